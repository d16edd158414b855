// A template that can't work refuses to be deployed, and says what to run.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import type { Template } from 'aws-cdk-lib/assertions';

import { binariesFolder } from '../lib/binary.ts';
import { cargoLambdaArguments } from '../lib/cargo-lambda.ts';
import { contextIn, readContext } from '../lib/context.ts';
import { environments } from '../lib/environments.ts';
import { folderOfBinaries, infrastructure, one, templates } from './production.ts';

const ARM64 = 0xb7;
const X86_64 = 0x3e;

/** What the template's own rules say when they refuse, each after a proof that it always does. */
function refusals(template: Template): string[] {
  const { Rules: rules = {}, Parameters: parameters = {} } = template.toJSON() as {
    Rules?: Record<string, { Assertions: { Assert: { 'Fn::Equals'?: [{ Ref: string }, string] }; AssertDescription: string }[] }>;
    Parameters?: Record<string, { Default?: string; AllowedValues?: string[] }>;
  };
  return Object.entries(rules).filter(([name]) => name !== 'CheckBootstrapVersion').flatMap(([, rule]) => rule.Assertions.map((assertion) => {
    const [parameter, wanted] = assertion.Assert['Fn::Equals'] ?? assert.fail('another kind of rule');
    const allowed = parameters[parameter.Ref]?.AllowedValues ?? assert.fail('a value that anyone can give');
    assert.ok(!allowed.includes(wanted), 'the assertion can hold');
    return assertion.AssertDescription;
  }));
}

describe('a template without binaries', () => {
  it('refuses, stack by stack, and says which command builds them', () => {
    const { shared, api, processing } = templates();
    assert.deepEqual(refusals(shared), []);
    for (const [template, name] of [[api, 'api'], [processing, 'processor']] as const) {
      const [refusal, ...others] = refusals(template);
      assert.match(refusal ?? '', new RegExp(`the ${name} function's binary.*npm run deploy -- -c environment=prod$`));
      assert.deepEqual(others, []);
    }
  });
});

describe('a template with binaries', () => {
  it('refuses nothing', () => {
    const { shared, api, processing } = templates({ binaries: folderOfBinaries(ARM64) });
    for (const template of [shared, api, processing]) assert.deepEqual(refusals(template), []);
  });

  it('is not made with those of another processor, or with none at all', () => {
    assert.throws(() => templates({ binaries: folderOfBinaries(X86_64) }), /is no Linux binary for arm64/);
    const { api, processing } = templates({ binaries: folderOfBinaries(X86_64), context: { architecture: 'x86_64' } });
    for (const template of [api, processing]) {
      assert.deepEqual(refusals(template), []);
      assert.deepEqual(one(template, 'AWS::Lambda::Function').Architectures, ['x86_64']);
    }
  });
});

describe('a template that does not know whose tokens to trust', () => {
  it('refuses, and says how to tell', () => {
    const binaries = folderOfBinaries(ARM64);
    const [refusal] = refusals(templates({ binaries, context: { jwtAudience: [] } }).api);
    assert.match(refusal ?? '', /-c jwtIssuer=https:\/\/ISSUER -c jwtAudience=AUDIENCE/);
  });
});

describe('a template that does not say what is done with tasks', () => {
  it('refuses in both stacks of functions, and says what there is to say', () => {
    const { shared, api, processing } = templates({ binaries: folderOfBinaries(ARM64), context: { handler: undefined } });
    assert.deepEqual(refusals(shared), []);
    for (const template of [api, processing]) {
      const [refusal, ...others] = refusals(template);
      assert.match(refusal ?? '', /npm run deploy -- -c environment=prod -c handler=record\|webhook\|own$/);
      assert.deepEqual(others, []);
    }
  });
});

describe('the build', () => {
  it('is of the package, for the processor of the environment, against the C library of Amazon Linux 2023', () => {
    assert.equal(
      cargoLambdaArguments('api', 'arm64', '/dist').join(' '),
      'lambda build --profile lambda --locked --package api --bin api --features lambda '
        + '--target aarch64-unknown-linux-gnu.2.34 --lambda-dir /dist',
    );
    assert.ok(cargoLambdaArguments('processor', 'x86_64', '/dist').includes('x86_64-unknown-linux-gnu.2.34'));
  });
});

describe('the context', () => {
  const read = (context: Record<string, string>): ReturnType<typeof readContext> => readContext((name) => context[name]);

  it('names one of the environments, dev if it names none', () => {
    assert.equal(read({}).environment, 'dev');
    assert.equal(read({ environment: 'staging' }).environment, 'staging');
    assert.throws(() => read({ environment: 'production' }), /there are dev, staging, prod/);
  });

  it('takes several audiences and origins, and no origin that is everyone\'s', () => {
    assert.deepEqual(read({ jwtAudience: 'a, b' }).jwtAudience, ['a', 'b']);
    assert.deepEqual(read({ corsOrigins: 'https://a.example,http://localhost:3000' }).corsOrigins.length, 2);
    assert.throws(() => read({ corsOrigins: '*' }), /^Error: -c corsOrigins: "\*": there are no wildcards/);
    assert.throws(() => read({ corsOrigins: 'https://a.example/' }), /^Error: -c corsOrigins: "https:\/\/a.example\/": an origin ends/);
    assert.throws(() => read({ corsOrigins: '' }), /corsOrigins/);
    assert.throws(() => read({ jwtIssuer: 'http://id.example' }), /must begin with https/);
  });

  it('overrides processor and failure policy of an environment, with values that exist', () => {
    const { architecture, failurePolicy } = read({ architecture: 'x86_64', failurePolicy: 'hold' });
    assert.deepEqual([architecture, failurePolicy], ['x86_64', 'hold']);
    assert.throws(() => read({ architecture: 'amd64' }), /^Error: -c architecture=amd64: there are arm64, x86_64$/);
    assert.throws(() => read({ failurePolicy: 'stop' }), /^Error: -c failurePolicy=stop: there are dead-letter, hold$/);
    const { processing } = templates({ context: { failurePolicy: 'hold' } });
    assert.equal(one(processing, 'AWS::Lambda::Function').Environment.Variables.FAILURE_POLICY, 'hold');
  });

  it('posts tasks where nobody else reads them, and repeats no address that may hold a token', () => {
    for (const webhookUrl of ['https://hooks.example/t0ken', 'http://127.0.0.1:8000/', 'http://localhost/']) {
      assert.equal(read({ handler: 'webhook', webhookUrl }).webhookUrl, webhookUrl);
    }
    for (const webhookUrl of ['http://hooks.example/t0ken', 'hooks.example/t0ken', 'ftp://localhost/t0ken', 'https://a:t0ken@hooks.example/']) {
      assert.throws(() => read({ webhookUrl }), (error: Error) => error.message.startsWith('-c webhookUrl=… must') && !error.message.includes('t0ken'));
    }
  });

  it('says of the handler what fits together', () => {
    const url = 'https://hooks.example/t0ken';
    for (const [context, refusal] of [
      [{ webhookUrl: url }, /^Error: -c webhookUrl=… does nothing without -c handler=webhook/],
      [{ webhookUrl: url, handler: 'record' }, /^Error: -c webhookUrl=… does nothing with -c handler=record/],
      [{ webhookUrl: url, handler: 'own', binaries: '/b' }, /^Error: -c webhookUrl=… does nothing with -c handler=own/],
      [{ handler: 'webhook' }, /^Error: -c handler=webhook needs .* -c webhookUrl=/],
      [{ handler: 'own' }, /^Error: -c handler=own needs .* -c binaries=DIR/],
      [{ handler: 'Webhook', webhookUrl: url }, /^Error: -c handler=Webhook: there are record, webhook, own$/],
      [{ handler: '' }, /^Error: -c handler=… must be text$/],
    ] as const) {
      assert.throws(() => read(context), (error: Error) => refusal.test(String(error)) && !error.message.includes('t0ken'));
    }
    assert.equal(read({}).handler, undefined);
    assert.equal(read({ handler: 'own', binaries: '/b' }).handler, 'own');
  });

  it('is found among the arguments of a command in each way that the CLI takes it; the last one counts', () => {
    const pairs = contextIn(['-c', 'environment=dev', '-cfailurePolicy=hold', '--context=webhookUrl=https://a.example/?b=c', '--context', 'environment=prod']);
    assert.equal(pairs.get('environment'), 'prod');
    assert.equal(pairs.get('failurePolicy'), 'hold');
    assert.equal(pairs.get('webhookUrl'), 'https://a.example/?b=c');
    assert.equal(pairs.get('jwtIssuer'), undefined);
    assert.deepEqual([...contextIn(['--outputs-file', 'a=b', '--require-approval=never', '--all']).keys()], []);
    assert.throws(() => contextIn(['-c', 'handler']), /^Error: -c handler: write -c handler=VALUE$/);
  });
});

describe('binaries', () => {
  it('are where the build puts them, or in the folder that is given', () => {
    assert.equal(binariesFolder(infrastructure, undefined), join(infrastructure, 'dist'));
    const built = folderOfBinaries(ARM64);
    assert.equal(binariesFolder(infrastructure, built), built);
    assert.equal(binariesFolder(join(built, 'infrastructure'), '..'), built);
  });

  it('that are given must be there, both of them', () => {
    const built = folderOfBinaries(ARM64);
    rmSync(join(built, 'processor'), { recursive: true });
    assert.throws(() => binariesFolder(infrastructure, built), /^Error: -c binaries=.*: there is no .*processor.bootstrap$/);
  });
});

describe('templates', () => {
  it('know no account and no Region', () => {
    for (const name of Object.keys(environments) as (keyof typeof environments)[]) {
      for (const template of Object.values(templates({ context: { environment: name } }))) {
        const text = JSON.stringify(template);
        assert.doesNotMatch(text, /\b\d{12}\b/);
        assert.doesNotMatch(text, /\b(?:us|eu|ap|sa|ca|me|af)-[a-z]+-\d\b/);
      }
    }
  });

  it('hold on to each other: what others use can\'t be deleted from under them', () => {
    const { api, processing } = templates();
    for (const template of [api, processing]) {
      assert.match(JSON.stringify(template), /Fn::ImportValue/);
      assert.doesNotMatch(JSON.stringify(template), /Fn::GetStackOutput/);
    }
  });
});
