// What a deployment is told with `-c name=value`: which environment, where it differs from it, and the addresses that
// belong to whoever deploys.
import { architectures, environments, failurePolicies, isEnvironmentName, type Environment, type EnvironmentName } from './environments.ts';
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
  /** Where tasks are posted to: `-c webhookUrl=https://…`. Without it the record is all there is of a task. */
  readonly webhookUrl: string | undefined;
}

/** Finds what stands behind a name, if anything does. */
export type Lookup = (name: string) => unknown;

/** Finds `-c name=value`, in each way that `cdk` lets it be written, among the arguments of a command. */
export function contextIn(given: readonly string[]): Lookup {
  const pairs = given.map((argument) => /^(?:--context=|-c=?)?(\w+)=(.*)$/s.exec(argument)).filter((match) => match !== null);
  return (name) => pairs.findLast((match) => match[1] === name)?.[2];
}

/** Reads the context; a value that can't be used is refused by its name. */
export function readContext(lookup: Lookup): DeploymentContext {
  const text = (name: string): string | undefined => {
    const value = lookup(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '') throw new Error(`-c ${name}=… must be text`);
    return value;
  };
  const list = (name: string): string[] => (text(name) ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
  const oneOf = <T extends string>(name: string, choices: readonly T[]): T | undefined => {
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
  return {
    environment,
    architecture: oneOf('architecture', architectures),
    failurePolicy: oneOf('failurePolicy', failurePolicies),
    binaries: text('binaries'),
    jwtIssuer,
    jwtAudience: list('jwtAudience'),
    corsOrigins,
    webhookUrl,
  };
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
