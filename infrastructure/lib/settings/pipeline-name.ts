// The name of a pipeline, from which all other names follow. Two pipelines of an account and Region have no name in common:
// an environment's name has no hyphen, so that `a-b` in `c` can't be `a` in `b-c`.

/** With these every name fits: the longest is that of the dead-letter queue, for which SQS allows 80 characters. */
export const PIPELINE_CHARACTERS_MAX = 40;
export const ENVIRONMENT_CHARACTERS_MAX = 20;

export class PipelineName {
  readonly pipeline: string;
  readonly environment: string;

  constructor(settings: { readonly pipeline: string; readonly environment: string }) {
    this.pipeline = settings.pipeline;
    this.environment = settings.environment;
  }

  /** `taskline-dev`: the dimension `Pipeline` of metrics, the tag `pipeline`, and what every other name begins with. */
  get full(): string {
    return `${this.pipeline}-${this.environment}`;
  }

  /** `taskline-dev-processing`. */
  stack(part: 'Shared' | 'Api' | 'Processing'): string {
    return `${this.full}-${part.toLowerCase()}`;
  }

  /** `taskline-dev-line.fifo`. */
  queue(part: 'line' | 'dead-letters'): string {
    return `${this.full}-${part}.fifo`;
  }

  /** `/taskline/dev/api`. */
  logGroup(part: string): string {
    return `/${this.pipeline}/${this.environment}/${part}`;
  }

  /** The arguments that choose it, for a message that says what to run. */
  get arguments(): string {
    return `${this.pipeline === 'taskline' ? '' : `-c pipeline=${this.pipeline} `}-c environment=${this.environment}`;
  }
}
