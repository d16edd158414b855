// What is refused before anything is made: unknown names, and arguments of the scripts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { contextIn, settingsFrom } from '../lib/settings/arguments.ts';
import { settingNames } from '../lib/settings/table.ts';
import { emptyFolder } from './folder.ts';
import { infrastructure } from './production.ts';

const given = (name: string): Map<string, unknown> => new Map([[name, 'x']]);

describe('a name of the context', () => {
  it('that is misspelt is refused with the one that is meant', () => {
    for (const [written, meant] of [
      ['webHookUrl', 'webhookUrl'], ['webhookURL', 'webhookUrl'], ['webhook-url', 'webhookUrl'], ['WEBHOOK_URL', 'webhookUrl'],
      ['webhokUrl', 'webhookUrl'], ['webhookUri', 'webhookUrl'], ['failurepolicy', 'failurePolicy'], ['failure_policy', 'failurePolicy'],
      ['handlers', 'handler'], ['hanlder', 'handler'], ['handler ', 'handler'], ['Environment', 'environment'], ['enviroment', 'environment'],
      ['jwtIsuer', 'jwtIssuer'], ['jwtAudiance', 'jwtAudience'], ['corsOrigin', 'corsOrigins'], ['achitecture', 'architecture'],
      ['attempt_budget', 'attemptBudget'], ['ATTEMPT_BUDGET', 'attemptBudget'], ['piepline', 'pipeline'],
    ] as const) {
      for (const forAllApps of [new Set<string>(), new Set([written])]) {
        assert.throws(() => settingsFrom(given(written), forAllApps), { message: `-c ${written}=…: is not known: did you mean ${meant}?` });
      }
    }
  });

  it('that no setting has is refused with the known names, unless the user sets it for all apps', () => {
    for (const name of ['favouriteColour', 'env', 'stage', '']) {
      assert.throws(() => settingsFrom(given(name)), /is not known: there are environment, pipeline, /);
      settingsFrom(given(name), new Set([name]));
    }
  });

  it('that is the CDK\'s is let pass', () => {
    const flags = Object.keys((JSON.parse(readFileSync(join(infrastructure, 'cdk.json'), 'utf8')) as { context: object }).context);
    assert.ok(flags.length > 50);
    settingsFrom(new Map([
      ...flags, 'aws:cdk:enable-path-metadata', 'aws:cdk:bundling-stacks', 'aws-cdk:enableDiffNoFail',
      'availability-zones:account=1:region=eu-central-1', 'acknowledged-issue-numbers', '@aws-cdk/core:newStyleStackSynthesis',
    ].map((name) => [name, true])));
  });
});

describe('the arguments of a command', () => {
  it('are found in each way that the CLI takes them', () => {
    const context = contextIn(['-c', 'environment=dev', '-cfailurePolicy=hold', '--context=webhookUrl=https://a.example/?b=c', '--context', 'handler=own']);
    assert.deepEqual([...context], [['environment', 'dev'], ['failurePolicy', 'hold'], ['webhookUrl', 'https://a.example/?b=c'], ['handler', 'own']]);
    assert.deepEqual([...contextIn(['--outputs-file', 'a=b', '--require-approval=never', '--all']).keys()], []);
  });

  it('are refused without a value, and given twice', () => {
    assert.throws(() => contextIn(['-c', 'handler']), { message: '-c handler: write -c handler=VALUE' });
    assert.throws(() => contextIn(['-c', 'handler=own', '--context=handler=own']), { message: '-c handler=…: is given twice' });
  });
});

describe('the app', () => {
  const home = emptyFolder();
  writeFileSync(join(home, '.cdk.json'), JSON.stringify({ context: { account: '1' } }));
  const synth = (...context: string[]): { status: number | null; stderr: string } => spawnSync(
    process.execPath,
    [join(infrastructure, 'node_modules/aws-cdk/bin/cdk'), 'synth', '--quiet', '--output', join(home, 'cdk.out'), ...context.flatMap((each) => ['-c', each])],
    { cwd: infrastructure, encoding: 'utf8', env: { ...process.env, HOME: home } },
  );

  it('is made without any context', () => {
    const bare = synth();
    assert.equal(bare.status, 0, bare.stderr);
  });

  it('refuses with one line, before that of the CLI', () => {
    for (const [argument, refusal] of [
      ['webHookUrl=https://hooks.example/', '-c webHookUrl=…: is not known: did you mean webhookUrl?'],
      ['favouriteColour=red', `-c favouriteColour=…: is not known: there are ${settingNames.join(', ')}`],
      ['attemptBudget=0', '-c attemptBudget=…: must be a whole number from 1 to 100'],
      ['binaries=nowhere', `-c binaries=nowhere: there is no ${join(infrastructure, 'nowhere/api/bootstrap')}`],
    ] as const) {
      const { status, stderr } = synth(argument);
      assert.notEqual(status, 0);
      assert.deepEqual(stderr.trim().split('\n'), [refusal, 'node --import tsx bin/taskline.ts: Subprocess exited with error 2']);
    }
  });
});

describe('npm run deploy', () => {
  const deploy = (...given: string[]): { status: number | null; stderr: string } => spawnSync(
    process.execPath, ['--import', 'tsx', 'bin/deploy.ts', ...given], { cwd: infrastructure, encoding: 'utf8' },
  );

  it('refuses before it builds: missing, unread and contradictory settings', () => {
    for (const [given, message] of [
      [[], /^Which environment\? npm run deploy -- -c environment=dev\|prod\|staging$/],
      [['-c', 'environment=dev'], /^What is done with tasks\? record .* webhook .* lambda .* own .*-c handler=record\|webhook\|lambda\|own/],
      [['-c', 'environment=dev', '-c', 'handler'], /^-c handler: write -c handler=VALUE$/],
      [['-c', 'environment=dev', '-c', 'handler=record', '-c', 'webHookUrl=https://a.example'], /did you mean webhookUrl\?$/],
      [['-c', 'environment=dev', '-c', 'handler=record', '-c', 'webhookUrl=https://a.example'], /has no effect without handler=webhook/],
      [['-c', 'environment=dev', '-c', 'handler=lambda'], /^-c handler=…: needs the function that handles tasks: set handlerFunction=NAME or its ARN$/],
      [['-c', 'environment=dev', '-c', 'handler=record', '-c', 'handlerFunction=orders'], /^-c handlerFunction=…: has no effect without handler=lambda; set that, or leave this out$/],
      [['-c', 'environment=dev', '-c', 'handler=webhook', '-c', 'webhookUrl=https://a.example', '-c', 'permanentErrors=A'], /has no effect without handler=lambda/],
    ] as const) {
      const { status, stderr } = deploy(...given);
      assert.equal(status, 2, stderr);
      assert.match(stderr.trimEnd(), message);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    }
  });
});

describe('the workflow that deploys', () => {
  it('takes the handler from each environment, and fails without one', () => {
    const workflow = readFileSync(join(infrastructure, '../.github/workflows/deploy-environment.yml'), 'utf8');
    const [, script] = /name: Check that a handler is configured\n(?:.*\n)*? {8}run: \|\n((?: {10}.*\n)+)/.exec(workflow) ?? [];
    assert.ok(script !== undefined);
    for (const [HANDLER, status] of [['', 1], ['record', 0]] as const) {
      const ran: { status: number | null; stdout: string } = spawnSync('bash', ['-e', '-c', script], { encoding: 'utf8', env: { ...process.env, HANDLER, ENVIRONMENT: 'dev' } });
      assert.equal(ran.status, status, ran.stdout);
    }
    assert.match(workflow, /-c "handler=\$HANDLER"/);
  });
});
