// What a deployment is told with `-c name=value`: which environment, and the addresses that belong to whoever deploys.
import type { Node } from 'constructs';

import { environments, isEnvironmentName, type EnvironmentName } from './environments.ts';

export interface DeploymentContext {
  readonly environment: EnvironmentName;
  /** Who issues callers' tokens: `-c jwtIssuer=https://…`. Without it the template refuses to deploy. */
  readonly jwtIssuer?: string;
  /** Whom tokens must be meant for: `-c jwtAudience=…`, several separated by commas. */
  readonly jwtAudience: readonly string[];
  /** Whose web pages may call: `-c corsOrigins=https://…`, several separated by commas; none by default. */
  readonly corsOrigins: readonly string[];
}

/** Reads the context; a value that can't be used is refused by its name. */
export function readContext(node: Node): DeploymentContext {
  const text = (name: string): string | undefined => {
    const value: unknown = node.tryGetContext(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '') throw new Error(`-c ${name}=… must be text`);
    return value;
  };
  const list = (name: string): string[] => (text(name) ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');

  // A template of dev is what a bare `cdk synth` makes; deploying asks for a name (bin/deploy.ts).
  const environment = text('environment') ?? 'dev';
  if (!isEnvironmentName(environment)) {
    throw new Error(`-c environment=${environment}: there are ${Object.keys(environments).join(', ')}`);
  }
  const jwtIssuer = text('jwtIssuer');
  if (jwtIssuer !== undefined && !jwtIssuer.startsWith('https://')) {
    throw new Error('-c jwtIssuer=… must begin with https://');
  }
  const corsOrigins = list('corsOrigins');
  for (const origin of corsOrigins) {
    // Any page anywhere could spend a caller's token with `*`.
    if (!/^https?:\/\/[^/*]+$/.test(origin)) throw new Error(`-c corsOrigins: ${origin} is no origin, such as https://example.org`);
  }
  return { environment, jwtAudience: list('jwtAudience'), corsOrigins, ...(jwtIssuer !== undefined && { jwtIssuer }) };
}
