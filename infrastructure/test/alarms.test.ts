// Alarms and runbook have the same headings, and every alarm has its severity, the first command and the link to the runbook.
// That each alarm fires and clears: tests/alarms.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { limits } from '../lib/limits.ts';
import { all, functionIn, infrastructure, one, templates, type Given, type Properties } from './production.ts';

/** Settings as they are written, whatever their values are read as. */
const written = (settings: object): Given => ({ settings });

const { shared, processing } = templates({ settings: { canary: 'rate(15 minutes)' } });
const withoutCanary = templates().processing;
const alarms = all(processing, 'AWS::CloudWatch::Alarm');
const form = /^taskline-prod-(page|ticket)-([A-Za-z]+)$/;
const read = (document: string): string => readFileSync(join(infrastructure, '../docs', document), 'utf8');

/** The runbook's sections by their headings. */
const runbook = new Map(read('runbook.md').split(/^## /m).slice(1).map((section) => {
  const [heading = '', ...text] = section.split('\n');
  return [heading, text.join('\n')] as const;
}));

const headingOf = (alarm: Properties): string => form.exec(String(alarm.AlarmName))?.[2] ?? assert.fail(String(alarm.AlarmName));
const severityOf = (alarm: Properties): string => form.exec(String(alarm.AlarmName))?.[1] ?? assert.fail(String(alarm.AlarmName));
const alarmNamed = (heading: string): Properties => one(processing, 'AWS::CloudWatch::Alarm', (alarm) => headingOf(alarm) === heading);

/** GitHub's anchor of a heading without punctuation. */
const anchorOf = (heading: string): string => {
  assert.match(heading, /^[A-Za-z]+$/);
  return heading.toLowerCase();
};

describe('alarms and runbook', () => {
  it('have the same headings', () => {
    assert.deepEqual(alarms.map(headingOf).sort(), [...runbook.keys()].sort());
  });

  for (const alarm of alarms) {
    const heading = headingOf(alarm);
    const description = String(alarm.AlarmDescription);
    const section = runbook.get(heading) ?? '';

    it(`${heading} links to its heading, and its command is in the section and in operating.md`, () => {
      assert.ok(description.split('\n').includes(`Runbook: docs/runbook.md#${anchorOf(heading)}`), description);
      const command = /^Run first: (taskline [a-z -]+?)( --(?:newer|older)-than \w+)? --stack taskline-prod-processing$/m.exec(description);
      assert.ok(command?.[1] !== undefined, description);
      assert.ok(section.includes(`    ${command[1]}${command[2] ?? ''} --stack NAME`), `${heading} does not have ${command[1]}`);
      assert.ok(read('operating.md').includes(command[1]), `operating.md does not know ${command[1]}`);
    });

    it(`${heading} says what it means, what to investigate and what to do`, () => {
      for (const part of ['**Meaning.**', '**Investigate.**', '**Do.**']) assert.ok(section.includes(part), `${heading}: ${part}`);
    });

    it(`${heading} notifies the topic, also when it clears, and has its severity as a tag`, () => {
      assert.equal((alarm.AlarmActions as unknown[]).length, 1);
      assert.deepEqual(alarm.OKActions, alarm.AlarmActions);
      const tags = alarm.Tags as { Key: string; Value: string }[];
      assert.deepEqual(tags.filter((tag) => tag.Key === 'severity'), [{ Key: 'severity', Value: severityOf(alarm) }]);
    });
  }

  it('every command of the runbook is one that operating.md knows', () => {
    const verbs = [...read('runbook.md').matchAll(/taskline ((?:[a-z-]+ )?[a-z]+)(?= )/g)].map((match) => match[1] ?? '');
    assert.ok(verbs.length >= alarms.length);
    for (const verb of verbs) assert.ok(read('operating.md').includes(`taskline ${verb}`) || verb === 'canary', verb);
  });
});

describe('severities', () => {
  it('are pages where callers are refused or the line does not move', () => {
    assert.deepEqual(alarms.filter((alarm) => severityOf(alarm) === 'page').map(headingOf).sort(), [
      'ApiServerErrors', 'CanaryMissed', 'HandlerUnavailable', 'HeadFailing', 'LineHeld', 'LineRetentionRunningOut',
      'OldestTaskTooOld', 'ProcessorThrottles', 'WatchSilent',
    ]);
  });
});

describe('missing data', () => {
  it('is health only for metrics that are written when something happens', () => {
    const treated = (treatment: string): string[] => alarms.filter((alarm) => alarm.TreatMissingData === treatment).map(headingOf).sort();
    assert.deepEqual(treated('notBreaching'), ['ApiLatencyHigh', 'ApiServerErrors', 'ProcessorErrors', 'ProcessorThrottles']);
    assert.deepEqual(treated('breaching'), ['WatchSilent']);
    assert.equal(treated('ignore').length, alarms.length - 5);
  });
});

describe('alarms on the watch\'s metrics', () => {
  const ours = alarms.filter((alarm) => alarm.Namespace === 'Taskline');

  it('have the dimension that the functions write, and one run of the watch in each period', () => {
    const { Environment } = functionIn(processing, 'watch') as { Environment: { Variables: { PIPELINE: string } } };
    const { ScheduleExpression } = one(processing, 'AWS::Scheduler::Schedule') as { ScheduleExpression: string };
    assert.equal(ScheduleExpression, 'rate(1 minute)');
    for (const alarm of ours) {
      assert.deepEqual(alarm.Dimensions, [{ Name: 'Pipeline', Value: Environment.Variables.PIPELINE }]);
      assert.equal(alarm.Period, 60);
    }
    const everyFive = templates({ settings: { environment: 'dev' } }).processing;
    assert.equal((one(everyFive, 'AWS::Scheduler::Schedule') as { ScheduleExpression: string }).ScheduleExpression, 'rate(5 minutes)');
    for (const alarm of all(everyFive, 'AWS::CloudWatch::Alarm').filter((each) => each.Namespace === 'Taskline')) assert.equal(alarm.Period, 300);
  });

  it('have no longer period than CloudWatch allows', () => {
    for (const alarm of alarms) assert.ok(alarm.Period * alarm.EvaluationPeriods <= 86_400);
  });

  it('watch the oldest message and the oldest decision at half of SQS\'s retention', () => {
    for (const heading of ['AttentionOverdue', 'LineRetentionRunningOut']) {
      assert.equal(alarmNamed(heading).Threshold, limits.retentionSecondsMax / 2);
    }
    assert.match(JSON.stringify(alarmNamed('LineRetentionRunningOut').Dimensions), /LineQueue/);
  });

  it('have one for the canary where there is one, and its interval is the function\'s', () => {
    const variables = (template: typeof processing): Record<string, string> =>
      (functionIn(template, 'watch') as { Environment: { Variables: Record<string, string> } }).Environment.Variables;
    assert.equal(variables(processing).CANARY_SECONDS, '900');
    assert.equal(variables(withoutCanary).CANARY_SECONDS, undefined);
    assert.ok(!all(withoutCanary, 'AWS::CloudWatch::Alarm').some((alarm) => alarm.MetricName === 'CanaryMissed'));
  });
});

describe('the topic', () => {
  it('is the pipeline\'s own, with an address that is subscribed', () => {
    const { shared: withMail } = templates({ settings: { alarmEmail: 'ops@example.com' } });
    const { Protocol, Endpoint } = one(withMail, 'AWS::SNS::Subscription') as { Protocol: string; Endpoint: string };
    assert.deepEqual([Protocol, Endpoint], ['email', 'ops@example.com']);
    assert.equal(all(shared, 'AWS::SNS::Subscription').length, 0);
  });

  it('can be an existing one', () => {
    const arn = 'arn:aws:sns:eu-central-1:123456789012:alarms';
    const given = templates({ settings: { alarmTopicArn: arn } });
    assert.equal(all(given.shared, 'AWS::SNS::Topic').length, 0);
    for (const alarm of all(given.processing, 'AWS::CloudWatch::Alarm')) assert.deepEqual(alarm.AlarmActions, [arn]);
  });

  it('is not both, and what is no ARN, no address and no URL is refused by name', () => {
    const refused = (settings: object, message: RegExp): void => {
      assert.throws(() => templates(written(settings)), (error: Error) => message.test(error.message));
    };
    const arn = 'arn:aws:sns:eu-central-1:123456789012:alarms';
    refused({ alarmTopicArn: arn, alarmEmail: 'ops@example.com' }, /^-c alarmEmail=…: can't be set with alarmTopicArn/);
    for (const wrong of ['alarms', 'arn:aws:sqs:eu-central-1:123456789012:alarms', `${arn}.fifo`, `${arn} `]) refused({ alarmTopicArn: wrong }, /^-c alarmTopicArn=…: must be the ARN/);
    for (const wrong of ['ops', 'ops@localhost', 'a@b.example,c@d.example', 'Ops <ops@example.com>']) refused({ alarmEmail: wrong }, /^-c alarmEmail=…: must be one mail address/);
    for (const wrong of ['http://wiki.example/runbook', 'https://wiki.example/runbook#top']) refused({ runbookUrl: wrong }, /^-c runbookUrl=…: must be a URL/);
    for (const wrong of ['900', 'rate(15 minute)', 'rate(1 minutes)', 'rate(1 minute)', 'rate(2 days)', 'cron(0 * * * ? *)', 'rate(0 minutes)']) refused({ canary: wrong }, /^-c canary=…: must be a rate/);
    for (const wrong of [0, 6]) refused({ watchMinutes: wrong }, /^-c watchMinutes=…: must be a whole number from 1 to 5/);
  });
});

describe('the runbook\'s URL', () => {
  it('is named by every alarm with its heading', () => {
    const { processing: elsewhere } = templates({ settings: { runbookUrl: 'https://wiki.example/taskline/runbook' } });
    for (const alarm of all(elsewhere, 'AWS::CloudWatch::Alarm')) {
      assert.ok(String(alarm.AlarmDescription).split('\n').includes(`Runbook: https://wiki.example/taskline/runbook#${anchorOf(headingOf(alarm))}`));
    }
  });
});
