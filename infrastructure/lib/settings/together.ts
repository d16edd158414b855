// What settings must be in relation to each other.
import { visibilitySeconds } from '../limits.ts';
import { InvalidSetting } from './setting.ts';
import type { SettingName, Settings } from './table.ts';
import { isPrivate } from './webhook-url.ts';

/** Refuses the first contradiction; `label` names a setting as it was given. */
export function checkTogether(settings: Settings, label: (name: SettingName) => string): void {
  for (const [name, problem] of contradictions(settings)) throw new InvalidSetting(`${label(name)}: ${problem}`);
}

function* contradictions(settings: Settings): Generator<[SettingName, string]> {
  const { handler, webhookTimeoutSeconds, handlerTimeoutSeconds, retryBaseSeconds, retryMaxSeconds, oldestTaskSecondsMax } = settings;
  if (handler === 'webhook' && settings.webhookUrl === undefined) {
    yield ['handler', 'needs to know where to post tasks: set webhookUrl=https://...'];
  }
  if (handler === 'own' && settings.binaries === undefined) {
    yield ['handler', 'needs your function: -c binaries=DIR, with it as DIR/processor/bootstrap (docs/deploying.md)'];
  }
  if (settings.webhookUrl !== undefined && isPrivate(settings.webhookUrl) && settings.vpcId === undefined) {
    yield ['webhookUrl', 'is an address of a private network, which the processor reaches from within its VPC alone: set vpcId and subnetIds'];
  }
  if (webhookTimeoutSeconds !== undefined && webhookTimeoutSeconds > handlerTimeoutSeconds) {
    yield ['webhookTimeoutSeconds', `must be at most handlerTimeoutSeconds, which is ${handlerTimeoutSeconds}`];
  }
  if (retryMaxSeconds < retryBaseSeconds) {
    yield ['retryMaxSeconds', `must be at least retryBaseSeconds, which is ${retryBaseSeconds}`];
  }
  if (oldestTaskSecondsMax <= 2 * visibilitySeconds(handlerTimeoutSeconds)) {
    yield ['oldestTaskSecondsMax', `must be more than ${2 * visibilitySeconds(handlerTimeoutSeconds)}, two visibility time-outs of handlerTimeoutSeconds=${handlerTimeoutSeconds}`];
  }
  if (!settings.keep && settings.deletionProtection) {
    yield ['keep', 'can\'t be false with deletionProtection=true: a throwaway pipeline is an environment of its own'];
  }
}
