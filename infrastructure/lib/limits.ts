// The numbers that the stacks share with the Rust code. They are in limits.json; tests/tidy/limits.rs compares it
// with shared/src/limits.rs and the processor's defaults, so that neither side can drift.
import limits from '../limits.json' with { type: 'json' };

export { limits };

/** How long a claim holds: longer than its run can last, as ProcessorSettings::lease has it. */
export function leaseSeconds(handlerTimeoutSeconds: number): number {
  return handlerTimeoutSeconds + limits.leaseMarginSeconds;
}

/** How long the line hides what it delivered, as ProcessorSettings::visibility_seconds has it. */
export function visibilitySeconds(handlerTimeoutSeconds: number): number {
  return limits.visibilityLeases * leaseSeconds(handlerTimeoutSeconds);
}

/**
 * When Lambda ends the processor. Exactly the lease: a lease begins after its run does, so a run is over before its
 * lease lapses and can't be taken over alive; and a sixth of the visibility, which AWS advises so that throttled
 * invocations are retried before the message is redelivered.
 */
export function processorTimeoutSeconds(handlerTimeoutSeconds: number): number {
  return leaseSeconds(handlerTimeoutSeconds);
}
