// What a types file may hold, alone and beside the settings.
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';

import { visibilitySeconds } from '../lib/limits.ts';
import { settingsFrom } from '../lib/settings/arguments.ts';
import { InvalidSetting } from '../lib/settings/setting.ts';
import { example, typesFile } from './types-files.ts';

describe('a types file', () => {
  const readTogether = (context: Record<string, string>): void => { settingsFrom(new Map(Object.entries(context))); };
  const refused = (toml: string, files: Record<string, string> = {}): string => {
    const path = typesFile(toml, files);
    try {
      readTogether({ typesFile: path });
    } catch (error) {
      assert.ok(error instanceof InvalidSetting);
      const [start, ...more] = error.message.split(`-c typesFile=…: ${path}`);
      assert.deepEqual([start, more.length], ['', 1], error.message);
      assert.ok(!error.message.includes('\n'));
      return (more[0] ?? '').replace(dirname(path), 'FOLDER');
    }
    assert.fail(`was not refused: ${toml}`);
  };
  const ofType = (lines: string, files: Record<string, string> = {}): string => refused(`[[type]]\nname = "a"\n${lines}`, files);

  it('is read with all its keys', () => {
    readTogether({ typesFile: example, oldestTaskSecondsMax: '1800' });
  });

  it('that is not one is refused', () => {
    assert.match(refused('[[type]]\nname = "a'), /^: line 2, column \d+: Invalid TOML document: /);
    assert.match(refused('[[type]]\nname = "a"\nname = "b"'), /^: line 3, column \d+: Invalid TOML document: /);
    assert.equal(refused(''), ': must have a [[type]] table for each type');
    assert.equal(refused('type = []'), ': must have a [[type]] table for each type');
    assert.equal(refused('type = [1]'), ': must have a [[type]] table for each type');
    assert.equal(refused('[type]\nname = "a"'), ': must have a [[type]] table for each type');
    assert.equal(refused('[[types]]\nname = "a"'), ': types: is not known: there are [[type]] tables only');
    assert.throws(() => { readTogether({ typesFile: '/no/such.toml' }); }, /^Error: -c typesFile=…: \/no\/such.toml can't be read: ENOENT/);
  });

  it('names each type once', () => {
    assert.equal(refused('[[type]]\nname = "a"\n[[type]]\nrecord = true'), ': type number 2: name: is missing');
    assert.equal(refused('[[type]]\nname = 1'), ': type number 1: name: must be a text');
    assert.equal(refused('[[type]]\nname = "A b"'), ': type A b: name: must be 1 to 64 of a to z, 0 to 9, . _ -');
    assert.equal(refused('[[type]]\nname = "a"\n[[type]]\nname = "b"\n[[type]]\nname = "a"'), ': type a: is there twice');
  });

  it('has known keys, with values of their types and within their bounds', () => {
    for (const [line, problem] of [
      ['Webhook = "https://a.example"', 'Webhook: is not known: there are name, webhook, function, record, timeout_seconds, attempt_budget, schema'],
      ['webhook = "http://a.example"', 'webhook: must be a URL that begins with https://'],
      ['webhook = "https://169.254.169.254/"', 'webhook: must not be at an address of the function itself, of its host or of its link: no receiver can be there'],
      ['webhook = ["https://a.example"]', 'webhook: must be a text'],
      ['function = "a b"', 'function: must be a function\'s name, ARN or partial ARN (ACCOUNT:function:NAME), alone or followed by :ALIAS or :VERSION'],
      ['record = false', 'record: must be true, or absent'],
      ['record = "true"', 'record: must be true or false'],
      ['timeout_seconds = 0', 'timeout_seconds: must be a whole number from 1 to 840'],
      ['timeout_seconds = 841', 'timeout_seconds: must be a whole number from 1 to 840'],
      ['timeout_seconds = 20.0', 'timeout_seconds: must be a whole number'],
      ['timeout_seconds = "20"', 'timeout_seconds: must be a whole number'],
      ['attempt_budget = 0', 'attempt_budget: must be a whole number from 1 to 100'],
      ['attempt_budget = 101', 'attempt_budget: must be a whole number from 1 to 100'],
      ['schema = true', 'schema: must be a text'],
    ] as const) assert.equal(ofType(line), `: type a: ${problem}`);
  });

  it('has at most one handler for a type, and none that runs a program', () => {
    assert.equal(ofType('record = true\nwebhook = "https://a.example"'), ': type a: record: can\'t be set with webhook: a type has one handler');
    assert.equal(ofType('function = "a"\nwebhook = "https://a.example"'), ': type a: function: can\'t be set with webhook: a type has one handler');
    for (const key of ['command', 'server']) {
      assert.equal(ofType(`${key} = "python3 a.py"`), `: type a: ${key}: runs a program, which is possible on one machine only; on AWS set webhook or function`);
    }
  });

  it('names schemas that can travel with it', () => {
    for (const path of ['/etc/schema.json', '../schema.json', 'a/../schema.json', 'a/..', '..', 'a\\\\schema.json', '']) {
      assert.equal(ofType(`schema = "${path}"`, { 'schema.json': '{}' }), ': type a: schema: must be the path of a file in the folder of the types file or below it, with / and without ..');
    }
    assert.match(ofType('schema = "missing.json"'), /^: type a: schema: FOLDER\/missing.json can't be read: ENOENT/);
    assert.match(ofType('schema = "."'), /^: type a: schema: .* can't be read: EISDIR/);
    assert.match(ofType('schema = "s.json"', { 's.json': '{"a": }' }), /^: type a: schema: s.json is not JSON: /);
    for (const json of ['[]', '1', '"a"', 'null', 'false']) {
      assert.equal(ofType('schema = "s.json"', { 's.json': json }), ': type a: schema: s.json must be a JSON Schema: an object, or true');
    }
  });

  it('fits the other settings', () => {
    const given = { typesFile: example, oldestTaskSecondsMax: '1800' };
    const withoutTask = typesFile('[[type]]\nname = "a"');
    const visibility = visibilitySeconds(120);
    for (const [context, problem] of [
      [{ ...given, taskTypes: 'a,b' }, '-c taskTypes=…: can\'t be set with typesFile, which names the known types'],
      [{ typesFile: withoutTask, canary: 'rate(5 minutes)' }, '-c typesFile=…: must have the type task, which is that of canary tasks, or leave canary out'],
      [{ ...given, oldestTaskSecondsMax: String(2 * visibility) }, `-c oldestTaskSecondsMax=…: must be more than ${2 * visibility}, two visibility timeouts of timeout_seconds = 120 in typesFile`],
      [{ typesFile: typesFile('[[type]]\nname = "a"\nwebhook = "https://10.0.0.8/"') }, '-c typesFile=…: type a: webhook: is an address of a private network, which the processor reaches from within its VPC alone: set vpcId and subnetIds'],
      [{ ...given, webhookUrl: 'https://hooks.example/' }, '-c webhookUrl=…: has no effect without handler=webhook; set that, or leave this out'],
      [{ ...given, handlerFunction: 'orders' }, '-c handlerFunction=…: has no effect without handler=lambda; set that, or leave this out'],
    ] as const) assert.throws(() => { readTogether(context); }, { message: problem });
    readTogether({ ...given, canary: 'rate(5 minutes)' });
    for (const context of [{ httpsProxy: 'http://proxy.example:3128' }, { permanentErrors: 'ValueError' }]) {
      readTogether({ ...given, ...context });
      assert.throws(() => { readTogether({ ...context, typesFile: withoutTask }); }, /has no effect without handler=/);
    }
  });
});
