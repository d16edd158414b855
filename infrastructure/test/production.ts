// The production pipeline as the tests see it: its own props, and binaries that are missing unless a test brings some.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

import { Pipeline } from '../lib/pipeline.ts';
import { environmentFile } from '../lib/settings/environment-files.ts';
import { PipelineName } from '../lib/settings/pipeline-name.ts';
import { readSettings, typedSource } from '../lib/settings/read.ts';
import type { FunctionName } from '../lib/settings/setting.ts';
import type { Settings } from '../lib/settings/table.ts';
import { emptyFolder } from './folder.ts';

export const infrastructure = join(import.meta.dirname, '..');

/** The feature flags that the CLI would pass: templates differ without them. */
export const flags = (JSON.parse(readFileSync(join(infrastructure, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }).context;

export interface Given {
  /** In place of those of {@link ordinary}; undefined for one that is not set. */
  readonly settings?: { readonly [Name in keyof Settings]?: Settings[Name] | undefined };
  readonly binaries?: string;
}

/** The settings of a usual production deployment. */
const ordinary = { environment: 'prod', jwtIssuer: 'https://id.example', jwtAudience: ['taskline'], handler: 'record' };

export function newApp(): App {
  return new App({ context: flags, outdir: emptyFolder() });
}

export function pipelineIn(app: App, given: Given = {}): Pipeline {
  const all = { ...ordinary, ...given.settings };
  const settings = readSettings(typedSource(all, (name) => `-c ${name}=…`), environmentFile(all.environment ?? ordinary.environment));
  return new Pipeline(app, new PipelineName(settings).full, { ...settings, binaries: given.binaries ?? join(infrastructure, 'cdk.out', 'no-binaries') });
}

export interface Templates {
  readonly shared: Template;
  readonly api: Template;
  readonly processing: Template;
}

const synthesised = new Map<string, Templates>();

/** Each is synthesised once. */
export function templates(given: Given = {}): Templates {
  // A setting that is undefined counts: it is not the default.
  const key = JSON.stringify(given, (_name, value: unknown) => value ?? null);
  const known = synthesised.get(key);
  if (known !== undefined) return known;
  const pipeline = pipelineIn(newApp(), given);
  const made = {
    shared: Template.fromStack(pipeline.shared),
    api: Template.fromStack(pipeline.api),
    processing: Template.fromStack(pipeline.processing),
  };
  synthesised.set(key, made);
  return made;
}

export type Properties = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- a template is JSON

/** The properties of all resources of a type. */
export function all(template: Template, type: string): Properties[] {
  return Object.values(template.findResources(type)).map((resource) => (resource as { Properties: Properties }).Properties);
}

/** The properties of the only resource of a type that fits. */
export function one(template: Template, type: string, fits: (properties: Properties) => boolean = () => true): Properties {
  const found = all(template, type).filter(fits);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${type}: ${found.length} of them fit`);
  return only;
}

/** The description of each function. */
const descriptions: Record<FunctionName, string> = { api: 'takes tasks', processor: 'handles tasks', watch: 'observes the pipeline' };

/** The properties of a function. */
export function functionIn(template: Template, name: FunctionName): Properties {
  return one(template, 'AWS::Lambda::Function', (each) => String(each.Description).includes(descriptions[name]));
}

/** The policy of a function's role. */
export function policyOf(template: Template, name: FunctionName): Properties {
  const role = { api: 'FunctionApiRole', processor: 'ProcessorRole', watch: 'WatchRole' }[name];
  return one(template, 'AWS::IAM::Policy', (policy) => JSON.stringify(policy.Roles).includes(`"Ref":"${role}`));
}

/** A folder of binaries that are nothing but an ELF header for this machine. */
export function folderOfBinaries(machine: number): string {
  const folder = emptyFolder();
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  for (const name of ['api', 'processor', 'watch']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'bootstrap'), header, { mode: 0o755 });
  }
  return folder;
}
