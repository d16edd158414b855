// The table of settings: what each takes and refuses, from a command line and from a file.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { settingsFrom } from '../lib/settings/arguments.ts';
import { environmentFile, environmentNames, sourceOf } from '../lib/settings/environment-files.ts';
import { readSettings, typedSource } from '../lib/settings/read.ts';
import type { Kind, Setting } from '../lib/settings/setting.ts';
import { settingNames, table, type SettingName, type Settings } from '../lib/settings/table.ts';
import { infrastructure } from './production.ts';

const document = (path: string): string => readFileSync(join(infrastructure, path), 'utf8');
const settings = settingNames.map((name): { name: SettingName; setting: Setting<unknown> } => ({ name, setting: table[name] }));
const ofType = (json: Kind<unknown>['json']): typeof settings => settings.filter(({ setting }) => setting.kind.json === json);

const given = (context: Record<string, string>): Settings => settingsFrom(new Map(Object.entries(context)));
const inFile = (values: Record<string, unknown>): Settings => readSettings(sourceOf('environments/try.json', JSON.stringify(values)));

/** A default, as it is written on a command line. */
const written = (value: unknown): string => typeof value === 'string' ? value : JSON.stringify(value);

describe('the table of settings', () => {
  it('is the one in README.md', () => {
    const shown = ({ name, setting }: (typeof settings)[number]): string =>
      `| \`${name}\` | ${setting.default === undefined ? '' : `\`${written(setting.default)}\``} | ${setting.meaning} |`;
    const [, section = ''] = document('README.md').split(/^## Settings$/m);
    assert.deepEqual((section.split(/^## /m)[0] ?? '').split('\n').filter((line) => line.startsWith('| `')), settings.map(shown));
  });

  it('has defaults of its kind, and needs only settings that exist', () => {
    for (const { name, setting } of settings) {
      if (setting.default !== undefined) assert.deepEqual(setting.kind.read(written(setting.default)), setting.default, name);
      if (setting.needs !== undefined) assert.ok(Object.hasOwn(table, setting.needs.setting), name);
    }
  });

  it('has the bounds of the Rust code', () => {
    const code = document('../processor/src/settings.rs');
    const ofAFunction = /fn read_in_a_function.*?read_with\(lookup, (\w+)\)/s.exec(code)?.[1] ?? assert.fail('a function has no limit');
    const limit = (name: string): string | undefined => new RegExp(`const ${name}: u32 = ([\\d_]+);`).exec(document('../shared/src/limits.rs'))?.[1];
    const constant = (value: string): number => {
      const number = /^\d+$/.test(value) ? value : limit(value === 'handler_seconds_max' ? ofAFunction : value);
      return Number(number?.replaceAll('_', ''));
    };
    const bounds = [...code.matchAll(/whole_number\(lookup, "(\w+)", \d+, (\w+)\.\.=(\w+)\)/g)];
    assert.equal(bounds.length, 4);
    for (const [, variable, min = '', max = ''] of bounds) {
      const { setting } = settings.find((each) => each.setting.variable?.name === variable) ?? assert.fail(`no setting for ${String(variable)}`);
      for (const allowed of [constant(min), constant(max)]) assert.equal(setting.kind.read(String(allowed)), allowed);
      for (const refused of [constant(min) - 1, constant(max) + 1]) assert.throws(() => setting.kind.read(String(refused)));
    }
  });

  it('reaches every variable of the functions that the stacks don\'t set themselves', () => {
    const ofTheStacks = ['API_AUTHORIZER', 'TASK_HANDLER', 'WEBHOOK_SECRET_ARN', 'TYPES_FILE', 'WAIT_SECONDS_MAX', 'CODE_VERSION', 'QUEUE_URL', 'DEAD_LETTER_QUEUE_URL', 'MESSAGE_GROUP', 'TABLE_NAME', 'PIPELINE'];
    // Lambda sets the Region, and on AWS the secret is in Secrets Manager.
    const others = ['AWS_REGION', 'WEBHOOK_SECRET'];
    const set = settings.flatMap(({ setting }) => setting.variable?.name ?? []);
    for (const [, name = '', readBy = ''] of document('../docs/settings.md').matchAll(/^\| `(\w+)` \| [^|]* \| ([^|]*) \|/gm)) {
      if (/api|processor/.test(readBy)) assert.ok([...set, ...ofTheStacks, ...others].includes(name), `no setting for ${name}`);
    }
  });
});

describe('a number', () => {
  it('is refused unless it is whole, in digits and within its bounds', () => {
    for (const { name } of ofType('number')) {
      for (const value of ['', ' ', '-1', '+5', '1.5', '1e3', '0x10', '007', '5s', '1_000', '٣', 'NaN', 'Infinity', '4294967297', '9'.repeat(400)]) {
        assert.throws(() => given({ [name]: value }), ({ message }: Error) => message.startsWith(`-c ${name}=…: must be `), `${name}=${value}`);
      }
    }
  });

  it('has its type in a file', () => {
    for (const { name } of ofType('number')) {
      for (const value of ['5', 1.5, -1, 1e300, true, [5], {}]) {
        assert.throws(() => inFile({ [name]: value }), ({ message }: Error) => message.startsWith(`environments/try.json: ${name}: must be `), name);
      }
    }
  });
});

describe('every setting', () => {
  it('is refused if it is empty, or null in a file', () => {
    for (const { name, setting } of settings) {
      assert.throws(() => given({ [name]: '' }), ({ message }: Error) => message.startsWith(`-c ${name}=…: `));
      assert.throws(() => inFile({ [name]: setting.kind.json === 'list' ? [] : '' }), ({ message }: Error) => message.startsWith(`environments/try.json: ${name}: `));
      assert.throws(() => inFile({ [name]: null }), ({ message }: Error) => message.startsWith(`environments/try.json: ${name}: `));
    }
  });

  it('is refused in a message that does not repeat the value, but for an origin, which is public', () => {
    for (const { name } of settings.filter((each) => each.name !== 'corsOrigins')) {
      assert.throws(() => given({ [name]: 'https://ann:hunter2@hooks.example/t0ken\u0007' }), ({ message }: Error) => !/hunter2|t0ken/.test(message) && !message.includes('\n'), name);
    }
  });
});

describe('flags, words and lists', () => {
  it('have their types', () => {
    for (const { name } of ofType('boolean')) {
      for (const value of ['True', 'yes', '1', 'on']) assert.throws(() => given({ [name]: value }), /must be true or false/);
      assert.throws(() => inFile({ [name]: 'true' }), /must be true or false, without quotation marks$/);
    }
    assert.throws(() => given({ architecture: 'amd64' }), { message: '-c architecture=…: must be arm64 or x86_64' });
    assert.throws(() => given({ handler: 'Webhook' }), { message: '-c handler=…: must be record, webhook, lambda or own' });
    assert.throws(() => given({ logRetentionDays: '91' }), /must be 1, 3, 5, 7, 14, 30, 60, 90, /);
    assert.deepEqual(given({ jwtAudience: 'a, b' }).jwtAudience, ['a', 'b']);
    assert.deepEqual(inFile({ jwtAudience: ['a', 'b'] }).jwtAudience, ['a', 'b']);
    for (const value of ['a', ['a,b'], ['a', 1], ['']]) assert.throws(() => inFile({ jwtAudience: value }), /jwtAudience: must be a list/);
    assert.throws(() => given({ jwtAudience: 'a,,b' }), /without empty items/);
    assert.throws(() => given({ jwtAudience: 'a,a' }), /each item once/);
    const audiences = Array.from({ length: 51 }, (_, each) => `a${each}`);
    assert.equal(given({ jwtAudience: audiences.slice(1).join(',') }).jwtAudience?.length, 50);
    assert.throws(() => given({ jwtAudience: audiences.join(',') }), /at most 50 items/);
  });

  it('take origins as one machine does', () => {
    assert.deepEqual(given({ corsOrigins: 'https://a.example,http://localhost:3000' }).corsOrigins?.length, 2);
    assert.throws(() => given({ corsOrigins: '*' }), { message: '-c corsOrigins=…: "*": there are no wildcards; name each origin' });
  });
});

describe('environments', () => {
  it('are files, with dev for a bare synth', () => {
    assert.deepEqual(environmentNames(), ['dev', 'prod', 'staging']);
    assert.equal(given({}).environment, 'dev');
    assert.equal(given({ environment: 'staging' }).environment, 'staging');
    assert.throws(() => given({ environment: 'qa' }), { message: '-c environment=qa: there are dev, prod, staging; another one is a file infrastructure/environments/qa.json' });
    for (const name of ['Prod', '../prod', 'pro-d', '1', 'a'.repeat(21)]) assert.throws(() => given({ environment: name }), /^Error: -c environment=…: must be 1 to 20 lower-case letters/);
  });

  it('can all be read, and are overridden by -c', () => {
    for (const name of environmentNames()) readSettings(typedSource({ environment: name }, String), environmentFile(name));
    assert.equal(given({ environment: 'prod' }).logRetentionDays, 90);
    assert.equal(given({ environment: 'prod', logRetentionDays: '7' }).logRetentionDays, 7);
    assert.equal(given({ environment: 'prod' }).deletionProtection, true);
  });

  it('refuse by the name of their file what they can\'t hold', () => {
    for (const [json, problem] of [
      ['{"webHookUrl": "https://a.example"}', 'try.json: webHookUrl: is not known: did you mean webhookUrl?'],
      ['{"environment": "prod"}', 'try.json: environment: can only be set by -c environment=…'],
      ['{"binaries": "dist"}', 'try.json: binaries: can only be set by -c binaries=…'],
      ['[]', 'try.json: must be a JSON object of settings'],
      ['null', 'try.json: must be a JSON object of settings'],
    ] as const) {
      assert.throws(() => sourceOf('try.json', json), { message: problem });
    }
    assert.throws(() => sourceOf('try.json', '{"a": 1,}'), /^Error: try.json: is not JSON: /);
  });
});

describe('settings together', () => {
  it('are refused where one has no effect or contradicts another', () => {
    const webhook = { handler: 'webhook', webhookUrl: 'https://hooks.example/t0ken' };
    for (const [context, refusal] of [
      [{ webhookUrl: webhook.webhookUrl }, '-c webhookUrl=…: has no effect without handler=webhook; set that, or leave this out'],
      [{ ...webhook, handler: 'record' }, '-c webhookUrl=…: has no effect without handler=webhook; set that, or leave this out'],
      [{ webhookTimeoutSeconds: '5' }, '-c webhookTimeoutSeconds=…: has no effect without handler=webhook; set that, or leave this out'],
      [{ handler: 'webhook' }, '-c handler=…: needs to know where to post tasks: set webhookUrl=https://...'],
      [{ handler: 'own' }, '-c handler=…: needs your function: -c binaries=DIR, with it as DIR/processor/bootstrap (docs/deploying.md)'],
      [{ ...webhook, webhookTimeoutSeconds: '21' }, '-c webhookTimeoutSeconds=…: must be at most handlerTimeoutSeconds, which is 20'],
      [{ retryMaxSeconds: '5', retryBaseSeconds: '6' }, '-c retryMaxSeconds=…: must be at least retryBaseSeconds, which is 6'],
      [{ retryBaseSeconds: '61' }, '-c retryMaxSeconds=…: must be at least retryBaseSeconds, which is 61'],
      [{ handlerTimeoutSeconds: '840' }, '-c oldestTaskSecondsMax=…: must be more than 10236, two visibility timeouts of handlerTimeoutSeconds=840'],
      [{ taskTypes: 'a,b', canary: 'rate(5 minutes)' }, '-c taskTypes=…: must include task, which is the type of canary tasks, or leave canary out'],
      [{ environment: 'prod', keep: 'false' }, '-c keep=…: can\'t be false with deletionProtection=true: use a separate environment for a throwaway pipeline'],
    ] as const) {
      const environment = { environment: 'staging', ...context };
      assert.throws(() => given(environment), { message: refusal });
    }
    assert.equal(given({ ...webhook, webhookTimeoutSeconds: '20' }).webhookTimeoutSeconds, 20);
    assert.equal(given({}).handler, undefined);
    assert.equal(given({ handler: 'own', binaries: '/b' }).handler, 'own');
    assert.equal(given({ keep: 'false' }).keep, false);
    assert.deepEqual(given({ taskTypes: 'a,task', canary: 'rate(5 minutes)' }).taskTypes, ['a', 'task']);
  });
});
