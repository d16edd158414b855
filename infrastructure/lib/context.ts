// What a deployment is told with `-c name=value`: which environment, where it differs from it, and the addresses that
// belong to whoever deploys.
import type { ContextName } from './context-names.ts';
import { architectures, environments, failurePolicies, isEnvironmentName, type Environment, type EnvironmentName } from './environments.ts';
import { handlers, type Handler } from './handlers.ts';
import { readOrigins } from './origins.ts';

export interface DeploymentContext {
  readonly environment: EnvironmentName;
  /** What the functions are built for, where it is not the environment's: `-c architecture=x86_64`. */
  readonly architecture: Environment['architecture'] | undefined;
  /** What becomes of a task that can't succeed, where it is not the environment's: `-c failurePolicy=hold`. */
  readonly failurePolicy: Environment['failurePolicy'] | undefined;
  /** A folder of binaries that were built before: `-c binaries=DIR`. */
  readonly binaries: string | undefined;
  /** Who issues callers' tokens: `-c jwtIssuer=https://…`. Without it the template refuses to deploy. */
  readonly jwtIssuer: string | undefined;
  /** Whom tokens must be meant for: `-c jwtAudience=…`, several separated by commas. */
  readonly jwtAudience: readonly string[];
  /** Whose web pages may call: `-c corsOrigins=https://…`, several separated by commas; none by default. */
  readonly corsOrigins: readonly string[];
  /** What is done with tasks: `-c handler=record|webhook|own`. Without it the template refuses to deploy. */
  readonly handler: Handler | undefined;
  /** Where tasks are posted to: `-c webhookUrl=https://…`, with `-c handler=webhook` and no other. */
  readonly webhookUrl: string | undefined;
}

/** Finds what stands behind a name, if anything does. */
export type Lookup = (name: string) => unknown;

/** Finds `-c name=value`, in each way that `cdk` lets it be written, among the arguments of a command. */
export function contextIn(given: readonly string[]): Map<string, string> {
  const assignments = given.flatMap((argument, at) => {
    const joined = /^(?:--context=|-c=?)(.+)$/s.exec(argument)?.[1];
    return joined ?? (['-c', '--context'].includes(given[at - 1] ?? '') ? [argument] : []);
  });
  return new Map(assignments.map((assignment) => {
    const [name = '', ...value] = assignment.split('=');
    if (value.length === 0) throw new Error(`-c ${name}: write -c ${name}=VALUE`);
    return [name, value.join('=')];
  }));
}

/** Reads the context; a value that can't be used is refused by its name. */
export function readContext(lookup: Lookup): DeploymentContext {
  const text = (name: ContextName): string | undefined => {
    const value = lookup(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '') throw new Error(`-c ${name}=… must be text`);
    return value;
  };
  const list = (name: ContextName): string[] => (text(name) ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
  const oneOf = <T extends string>(name: ContextName, choices: readonly T[]): T | undefined => {
    const value = text(name);
    const choice = choices.find((each) => each === value);
    if (value !== choice) throw new Error(`-c ${name}=${String(value)}: there are ${choices.join(', ')}`);
    return choice;
  };

  // A template of dev is what a bare `cdk synth` makes; deploying asks for a name (bin/deploy.ts).
  const environment = text('environment') ?? 'dev';
  if (!isEnvironmentName(environment)) {
    throw new Error(`-c environment=${environment}: there are ${Object.keys(environments).join(', ')}`);
  }
  const jwtIssuer = text('jwtIssuer');
  if (jwtIssuer !== undefined && !jwtIssuer.startsWith('https://')) {
    throw new Error('-c jwtIssuer=… must begin with https://');
  }
  const corsOrigins = readOrigins('-c corsOrigins', text('corsOrigins'));
  const webhookUrl = text('webhookUrl');
  if (webhookUrl !== undefined) checkWebhookUrl(webhookUrl);
  const handler = oneOf('handler', handlers);
  const binaries = text('binaries');
  checkHandler(handler, webhookUrl, binaries);
  return {
    environment,
    architecture: oneOf('architecture', architectures),
    failurePolicy: oneOf('failurePolicy', failurePolicies),
    binaries,
    jwtIssuer,
    jwtAudience: list('jwtAudience'),
    corsOrigins,
    handler,
    webhookUrl,
  };
}

/** What is said of the handler must fit together: the rest would do nothing. */
function checkHandler(handler: Handler | undefined, webhookUrl: string | undefined, binaries: string | undefined): void {
  if (webhookUrl !== undefined && handler !== 'webhook') {
    throw new Error(`-c webhookUrl=… does nothing ${handler === undefined ? 'without -c handler=webhook' : `with -c handler=${handler}`}: `
      + 'set -c handler=webhook, or leave the URL away');
  }
  if (handler === 'webhook' && webhookUrl === undefined) {
    throw new Error('-c handler=webhook needs to know where to post tasks: -c webhookUrl=https://...');
  }
  if (handler === 'own' && binaries === undefined) {
    throw new Error('-c handler=own needs your function: -c binaries=DIR, with it as DIR/processor/bootstrap (docs/deploying.md)');
  }
}

/** Tasks leave by it, so nobody may read them on their way. Its text is not repeated: its path may hold a token. */
function checkWebhookUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url?.protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(url.hostname);
  if (url === undefined || (url.protocol !== 'https:' && !isLocal)) {
    throw new Error('-c webhookUrl=… must be an address that begins with https:// (http:// for localhost only)');
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error('-c webhookUrl=… must hold no user name and password: the signature proves who sends');
  }
}
