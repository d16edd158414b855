// A name that nothing reads is refused, with the nearest that something does.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { contextNames, refuseUnknownNames } from '../lib/context-names.ts';
import { infrastructure } from './production.ts';

describe('a name of the context', () => {
  it('that is misspelt is refused with the one that is meant', () => {
    for (const [written, meant] of [
      ['webHookUrl', 'webhookUrl'], ['webhookURL', 'webhookUrl'], ['webhook-url', 'webhookUrl'], ['WEBHOOK_URL', 'webhookUrl'],
      ['webhokUrl', 'webhookUrl'], ['webhookUri', 'webhookUrl'], ['failurepolicy', 'failurePolicy'], ['failure_policy', 'failurePolicy'],
      ['handlers', 'handler'], ['hanlder', 'handler'], ['handler ', 'handler'], ['Environment', 'environment'], ['enviroment', 'environment'],
      ['jwtIsuer', 'jwtIssuer'], ['jwtAudiance', 'jwtAudience'], ['corsOrigin', 'corsOrigins'], ['achitecture', 'architecture'],
    ] as const) {
      for (const forAllApps of [new Set<string>(), new Set([written])]) {
        assert.throws(() => { refuseUnknownNames([written], forAllApps); }, { message: `-c ${written}=… is not known: did you mean ${meant}?` });
      }
    }
  });

  it('that nothing reads is refused with those that there are, unless it is there for all apps', () => {
    for (const name of ['alarmEmial', 'alarmEmail', 'env', 'stage', '']) {
      assert.throws(() => { refuseUnknownNames([name]); }, /is not known: there are environment, handler, /);
      refuseUnknownNames([name], new Set([name]));
    }
  });

  it('that is ours or the CDK\'s is let pass', () => {
    const flags = Object.keys((JSON.parse(readFileSync(join(infrastructure, 'cdk.json'), 'utf8')) as { context: object }).context);
    assert.ok(flags.length > 50);
    refuseUnknownNames([
      ...contextNames, ...flags, 'aws:cdk:enable-path-metadata', 'aws:cdk:bundling-stacks', 'aws-cdk:enableDiffNoFail',
      'availability-zones:account=1:region=eu-central-1', 'acknowledged-issue-numbers', '@aws-cdk/core:newStyleStackSynthesis',
    ]);
  });
});

describe('the app', () => {
  const home = mkdtempSync(join(tmpdir(), 'taskline-home-'));
  writeFileSync(join(home, '.cdk.json'), JSON.stringify({ context: { account: '1' } }));
  const synth = (...context: string[]): { status: number | null; stderr: string } => spawnSync(
    process.execPath,
    [join(infrastructure, 'node_modules/aws-cdk/bin/cdk'), 'synth', '--quiet', '--output', join(home, 'cdk.out'), ...context.flatMap((each) => ['-c', each])],
    { cwd: infrastructure, encoding: 'utf8', env: { ...process.env, HOME: home } },
  );

  it('is made without any context, and not with a name that nothing reads', () => {
    const bare = synth();
    assert.equal(bare.status, 0, bare.stderr);
    for (const [name, said] of [['webHookUrl', 'did you mean webhookUrl?'], ['alarmEmial', 'there are environment, handler']] as const) {
      const { status, stderr } = synth(`${name}=https://hooks.example/`);
      assert.notEqual(status, 0);
      assert.ok(stderr.includes(`-c ${name}=… is not known: ${said}`), stderr);
    }
  });
});

describe('npm run deploy', () => {
  const deploy = (...given: string[]): { status: number | null; stderr: string } => spawnSync(
    process.execPath, ['--import', 'tsx', 'bin/deploy.ts', ...given], { cwd: infrastructure, encoding: 'utf8' },
  );

  it('refuses before it builds: what it is not told, what nothing reads, what contradicts', () => {
    for (const [given, said] of [
      [[], /Which environment\?/],
      [['-c', 'environment=dev'], /What is done with tasks\? record .* webhook .* own .*-c handler=record\|webhook\|own/],
      [['-c', 'environment=dev', '-c', 'handler'], /-c handler: write -c handler=VALUE/],
      [['-c', 'environment=dev', '-c', 'handler=record', '-c', 'webHookUrl=https://a.example'], /did you mean webhookUrl\?/],
      [['-c', 'environment=dev', '-c', 'handler=record', '-c', 'webhookUrl=https://a.example'], /does nothing with -c handler=record/],
    ] as const) {
      const { status, stderr } = deploy(...given);
      assert.equal(status, 2, stderr);
      assert.match(stderr, said);
      assert.doesNotMatch(stderr, /> cargo/);
    }
  });
});

describe('the workflow that deploys', () => {
  it('is told the handler by each environment, and ends where it is not', () => {
    const workflow = readFileSync(join(infrastructure, '../.github/workflows/deploy-environment.yml'), 'utf8');
    const [, script] = /name: The handler is said\n(?:.*\n)*? {8}run: \|\n((?: {10}.*\n)+)/.exec(workflow) ?? [];
    assert.ok(script !== undefined);
    for (const [HANDLER, status] of [['', 1], ['record', 0]] as const) {
      const ran: { status: number | null; stdout: string } = spawnSync('bash', ['-e', '-c', script], { encoding: 'utf8', env: { ...process.env, HANDLER, ENVIRONMENT: 'dev' } });
      assert.equal(ran.status, status, ran.stdout);
    }
    assert.match(workflow, /-c "handler=\$HANDLER"/);
  });
});
