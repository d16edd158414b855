// The numbers that the stacks share with the Rust code. They are in limits.json; tests/tidy/limits.rs compares it
// with shared/src/limits.rs and the processor's defaults, so that neither side can drift.
import limits from '../limits.json' with { type: 'json' };

export { limits };

/** How long a run can last: the handler and the calls after it, as ProcessorSettings::run_timeout has it. */
export function runSeconds(handlerTimeoutSeconds: number): number {
  return handlerTimeoutSeconds + limits.leaseMarginSeconds;
}

/** How long a claim holds, as ProcessorSettings::lease has it: as long as its run, or it is renewed. */
export function leaseSeconds(handlerTimeoutSeconds: number): number {
  return Math.min(runSeconds(handlerTimeoutSeconds), limits.leaseSecondsMax);
}

/** How long the line hides what it delivered, as ProcessorSettings::visibility_seconds has it. */
export function visibilitySeconds(handlerTimeoutSeconds: number): number {
  return limits.visibilityRuns * runSeconds(handlerTimeoutSeconds);
}

/**
 * When Lambda ends the processor. Exactly as long as a run can last: a lease begins after its run does, so a run that
 * doesn't renew its lease is over before it lapses and can't be taken over alive; and a sixth of the visibility, which AWS
 * advises so that throttled invocations are retried before the message is redelivered.
 */
export function processorTimeoutSeconds(handlerTimeoutSeconds: number): number {
  return runSeconds(handlerTimeoutSeconds);
}
