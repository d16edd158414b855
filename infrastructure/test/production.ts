// The production pipeline as the tests see it: its own props, and binaries that are missing unless a test brings some.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

import { readContext, type DeploymentContext } from '../lib/context.ts';
import type { Environment } from '../lib/environments.ts';
import { Pipeline } from '../lib/pipeline.ts';

export const infrastructure = join(import.meta.dirname, '..');

/** The feature flags that the CLI would pass: templates differ without them. */
const flags = (JSON.parse(readFileSync(join(infrastructure, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }).context;

export interface Given {
  readonly context?: Partial<DeploymentContext>;
  readonly binaries?: string;
  readonly environment?: Environment;
}

/** What production is told when nothing is out of the ordinary. */
const ordinary = readContext((name) => ({ environment: 'prod', jwtIssuer: 'https://id.example', jwtAudience: 'taskline', handler: 'record' })[name]);

export function newApp(): App {
  return new App({ context: flags, outdir: mkdtempSync(join(tmpdir(), 'taskline-')) });
}

export function pipelineIn(app: App, given: Given = {}): Pipeline {
  return new Pipeline(app, {
    context: { ...ordinary, ...given.context },
    binaries: given.binaries ?? join(tmpdir(), 'taskline-has-no-binaries'),
    ...(given.environment !== undefined && { environment: given.environment }),
  });
}

export interface Templates {
  readonly shared: Template;
  readonly api: Template;
  readonly processing: Template;
}

export function templates(given: Given = {}): Templates {
  const pipeline = pipelineIn(newApp(), given);
  return {
    shared: Template.fromStack(pipeline.shared),
    api: Template.fromStack(pipeline.api),
    processing: Template.fromStack(pipeline.processing),
  };
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

/** A folder of binaries that are nothing but an ELF header for this machine. */
export function folderOfBinaries(machine: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'taskline-binaries-'));
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  for (const name of ['api', 'processor']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'bootstrap'), header, { mode: 0o755 });
  }
  return folder;
}
