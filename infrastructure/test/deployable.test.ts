// A template that can't work refuses to be deployed, with the command to run.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import type { Template } from 'aws-cdk-lib/assertions';

import { binariesFolder } from '../lib/binary.ts';
import { cargoLambdaArguments } from '../lib/cargo-lambda.ts';
import { environmentNames } from '../lib/settings/environment-files.ts';
import { all, folderOfBinaries, infrastructure, templates } from './production.ts';

const ARM64 = 0xb7;
const X86_64 = 0x3e;

/** The messages of the template's rules, each after a proof that the rule always fails. */
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
  it('refuses, stack by stack, with the command that builds them', () => {
    const { shared, api, processing } = templates();
    assert.deepEqual(refusals(shared), []);
    for (const [template, names] of [[api, ['api']], [processing, ['processor', 'watch']]] as const) {
      const found = refusals(template);
      assert.equal(found.length, names.length);
      for (const [at, name] of names.entries()) {
        assert.match(found[at] ?? '', new RegExp(`the ${name} function's binary.*npm run deploy -- -c environment=prod$`));
      }
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
    const { api, processing } = templates({ binaries: folderOfBinaries(X86_64), settings: { architecture: 'x86_64' } });
    for (const template of [api, processing]) {
      assert.deepEqual(refusals(template), []);
      for (const each of all(template, 'AWS::Lambda::Function')) assert.deepEqual(each.Architectures, ['x86_64']);
    }
  });
});

describe('a template that does not know whose tokens to trust', () => {
  it('refuses, with the setting that names it', () => {
    const binaries = folderOfBinaries(ARM64);
    const [refusal] = refusals(templates({ binaries, settings: { jwtAudience: undefined } }).api);
    assert.match(refusal ?? '', /-c jwtIssuer=https:\/\/ISSUER -c jwtAudience=AUDIENCE/);
  });
});

describe('a template without a handler', () => {
  it('refuses in every stack, also if one is deployed alone, and names the choices', () => {
    const { shared, api, processing } = templates({ binaries: folderOfBinaries(ARM64), settings: { handler: undefined } });
    for (const template of [shared, api, processing]) {
      const [refusal, ...others] = refusals(template);
      assert.match(refusal ?? '', /npm run deploy -- -c environment=prod -c handler=record\|webhook\|lambda\|own$/);
      assert.deepEqual(others, []);
    }
  });
});

describe('the build', () => {
  it('is of the package, for the processor of the environment, against the C library of Amazon Linux 2023', () => {
    assert.equal(
      cargoLambdaArguments('api', 'arm64', '/dist', []).join(' '),
      'lambda build --profile lambda --locked --package taskline-api --bin api --features lambda '
        + '--target aarch64-unknown-linux-gnu.2.34 --lambda-dir /dist',
    );
    assert.ok(cargoLambdaArguments('processor', 'x86_64', '/dist', []).includes('x86_64-unknown-linux-gnu.2.34'));
  });

  it('gives only an API that has schemas the library for them', () => {
    const featuresOf = (name: 'api' | 'processor' | 'watch', schema: string | undefined): string | undefined => {
      const given = cargoLambdaArguments(name, 'arm64', '/dist', [{ schema: undefined }, { schema }]);
      return given[given.indexOf('--features') + 1];
    };
    assert.equal(featuresOf('api', 'invoice.json'), 'lambda,schemas');
    assert.equal(featuresOf('api', undefined), 'lambda');
    assert.deepEqual([featuresOf('processor', 'invoice.json'), featuresOf('watch', 'invoice.json')], ['lambda', 'lambda']);
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
    for (const name of environmentNames()) {
      for (const template of Object.values(templates({ settings: { environment: name } }))) {
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
