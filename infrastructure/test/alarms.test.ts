// Alarms and runbook are one: what rings is written down, and what is written down rings.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { limits } from '../lib/limits.ts';
import { all, infrastructure, one, templates, type Properties } from './production.ts';

const { processing } = templates();
const alarms = all(processing, 'AWS::CloudWatch::Alarm');
const prefix = 'taskline-prod-';
const read = (document: string): string => readFileSync(join(infrastructure, '../docs', document), 'utf8');

/** The runbook's sections by their headings. */
const runbook = new Map(read('runbook.md').split(/^## /m).slice(1).map((section) => {
  const [heading = '', ...text] = section.split('\n');
  return [heading, text.join('\n')] as const;
}));

const nameOf = (alarm: Properties): string => String(alarm.AlarmName).slice(prefix.length);
const alarmNamed = (name: string): Properties => one(processing, 'AWS::CloudWatch::Alarm', (alarm) => nameOf(alarm) === name);

describe('alarms and runbook', () => {
  it('have the same names', () => {
    assert.deepEqual(alarms.map(nameOf).sort(), [...runbook.keys()].sort());
  });

  for (const alarm of alarms) {
    const name = nameOf(alarm);
    const description = String(alarm.AlarmDescription);
    const section = runbook.get(name) ?? '';

    it(`${name} points at its heading, and its command stands there and in operating.md`, () => {
      assert.ok(description.includes(`docs/runbook.md#${name.toLowerCase()}`), description);
      const command = /^Begin with: (taskline [a-z -]+) --stack taskline-prod-processing$/m.exec(description)?.[1];
      assert.ok(command !== undefined, description);
      assert.ok(section.includes(`    ${command} --stack NAME`), `${name} does not say ${command}`);
      assert.ok(read('operating.md').includes(command), `operating.md does not know ${command}`);
    });

    it(`${name} says what it means, what to look at and what to do`, () => {
      for (const part of ['**Means.**', '**Look.**', '**Do.**']) assert.ok(section.includes(part), `${name}: ${part}`);
    });

    it(`${name} tells the topic, also when it is over, and takes no news for good news`, () => {
      assert.equal((alarm.AlarmActions as unknown[]).length, 1);
      assert.equal((alarm.OKActions as unknown[]).length, 1);
      assert.equal(alarm.TreatMissingData, 'notBreaching');
    });
  }

  it('every command of the runbook is one that operating.md knows', () => {
    const verbs = [...read('runbook.md').matchAll(/taskline ((?:[a-z-]+ )?[a-z]+)(?= )/g)].map((match) => match[1] ?? '');
    assert.ok(verbs.length >= alarms.length);
    for (const verb of verbs) assert.ok(read('operating.md').includes(`taskline ${verb}`), verb);
  });
});

describe('what alarms look at', () => {
  it('dead letters that are there, not those that were sent', () => {
    const alarm = alarmNamed('DeadLetterQueueNotEmpty');
    assert.equal(alarm.MetricName, 'ApproximateNumberOfMessagesVisible');
    assert.equal(alarm.Threshold, 0);
    assert.match(JSON.stringify(alarm.Dimensions), /DeadLetters/);
  });

  it('both queues at half of their retention', () => {
    for (const name of ['DeadLetterRetentionRunningOut', 'LineRetentionRunningOut']) {
      assert.equal(alarmNamed(name).MetricName, 'ApproximateAgeOfOldestMessage');
      assert.equal(alarmNamed(name).Threshold, limits.retentionSecondsMax / 2);
    }
    assert.match(JSON.stringify(alarmNamed('DeadLetterRetentionRunningOut').Dimensions), /DeadLetters/);
    assert.match(JSON.stringify(alarmNamed('LineRetentionRunningOut').Dimensions), /LineQueue/);
  });

  it('a hold for longer than it lasts before it is renewed, so that it does not flicker', () => {
    const alarm = alarmNamed('LineHeld');
    assert.ok(alarm.Period * alarm.EvaluationPeriods > limits.holdVisibilitySeconds);
    assert.equal(alarm.DatapointsToAlarm, 1);
    assert.deepEqual([alarm.Namespace, alarm.MetricName, alarm.Dimensions], ['Taskline', 'Held', [{ Name: 'Pipeline', Value: 'taskline-prod' }]]);
  });

  it('no farther back than CloudWatch allows', () => {
    for (const alarm of alarms) assert.ok(alarm.Period * alarm.EvaluationPeriods <= 86_400);
  });

  it('at least what can go wrong', () => {
    assert.deepEqual(alarms.map(nameOf).sort(), [
      'ApiLatencyHigh', 'ApiServerErrors', 'DeadLetterQueueNotEmpty', 'DeadLetterRetentionRunningOut', 'LineHeld',
      'LineRetentionRunningOut', 'OldestTaskTooOld', 'ProcessorErrors', 'ProcessorThrottles',
    ]);
  });
});
