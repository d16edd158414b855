// What settings must be in relation to each other.
import { visibilitySeconds } from '../limits.ts';
import { concurrencyOf, waitSecondsAllowed } from '../wait.ts';
import type { TaskType } from '../types/task-type.ts';
import { handlerSecondsOf } from '../types/types-file.ts';
import { InvalidSetting } from './setting.ts';
import type { SettingName, Settings } from './table.ts';
import { isPrivate } from './webhook-url.ts';

/** Refuses the first contradiction; `label` names a setting as it was given. */
export function checkTogether(settings: Settings, types: readonly TaskType[], label: (name: SettingName) => string): void {
  for (const [name, problem] of contradictions(settings, types)) throw new InvalidSetting(`${label(name)}: ${problem}`);
}

function* contradictions(settings: Settings, types: readonly TaskType[]): Generator<[SettingName, string]> {
  const { handler, webhookTimeoutSeconds, handlerTimeoutSeconds, retryBaseSeconds, retryMaxSeconds, oldestTaskSecondsMax } = settings;
  if (handler === 'webhook' && settings.webhookUrl === undefined) {
    yield ['handler', 'needs to know where to post tasks: set webhookUrl=https://...'];
  }
  if (handler === 'lambda' && settings.handlerFunction === undefined) {
    yield ['handler', 'needs the function that handles tasks: set handlerFunction=NAME or its ARN'];
  }
  if (handler === 'own' && settings.binaries === undefined) {
    yield ['handler', 'needs your function: -c binaries=DIR, with it as DIR/processor/bootstrap (docs/deploying.md)'];
  }
  if (settings.webhookUrl !== undefined && isPrivate(settings.webhookUrl) && settings.vpcId === undefined) {
    yield ['webhookUrl', 'is an address of a private network, which the processor reaches from within its VPC alone: set vpcId and subnetIds'];
  }
  if (settings.canary !== undefined && settings.taskTypes?.includes('task') === false) {
    yield ['taskTypes', 'must include task, which is the type of canary tasks, or leave canary out'];
  }
  yield* contradictionsOfTypes(settings, types);
  yield* contradictionsOfAuth(settings);
  if (webhookTimeoutSeconds !== undefined && webhookTimeoutSeconds > handlerTimeoutSeconds) {
    yield ['webhookTimeoutSeconds', `must be at most handlerTimeoutSeconds, which is ${handlerTimeoutSeconds}`];
  }
  if (retryMaxSeconds < retryBaseSeconds) {
    yield ['retryMaxSeconds', `must be at least retryBaseSeconds, which is ${retryBaseSeconds}`];
  }
  const handlerSeconds = handlerSecondsOf(settings, types);
  if (oldestTaskSecondsMax <= 2 * visibilitySeconds(handlerSeconds)) {
    const longest = handlerSeconds > handlerTimeoutSeconds ? `timeout_seconds = ${handlerSeconds} in typesFile` : `handlerTimeoutSeconds=${handlerSeconds}`;
    yield ['oldestTaskSecondsMax', `must be more than ${2 * visibilitySeconds(handlerSeconds)}, two visibility timeouts of ${longest}`];
  }
  if (settings.waitSecondsMax !== undefined && settings.waitSecondsMax > waitSecondsAllowed(settings)) {
    yield ['waitSecondsMax', `must be at most ${waitSecondsAllowed(settings)}: longer waits could occupy all ${concurrencyOf(settings)} executions of the API function; raise apiReservedConcurrency, or lower requestsPerSecond or requestsBurst`];
  }
  if (settings.alarmTopicArn !== undefined && settings.alarmEmail !== undefined) {
    yield ['alarmEmail', 'can\'t be set with alarmTopicArn: subscribe the address to that topic'];
  }
  if (!settings.keep && settings.deletionProtection) {
    yield ['keep', 'can\'t be false with deletionProtection=true: use a separate environment for a throwaway pipeline'];
  }
}

/** What the types of the types file must be in relation to the settings. */
function* contradictionsOfTypes(settings: Settings, types: readonly TaskType[]): Generator<[SettingName, string]> {
  if (types.length === 0) return;
  if (settings.taskTypes !== undefined) {
    yield ['taskTypes', 'can\'t be set with typesFile, which names the known types'];
  }
  if (settings.canary !== undefined && !types.some(({ name }) => name === 'task')) {
    yield ['typesFile', 'must have the type task, which is that of canary tasks, or leave canary out'];
  }
  for (const { name, webhook } of types) {
    if (webhook === undefined || !isPrivate(webhook) || settings.vpcId !== undefined) continue;
    yield ['typesFile', `type ${name}: webhook: is an address of a private network, which the processor reaches from within its VPC alone: set vpcId and subnetIds`];
  }
}

/** In addition to the needs of the table: of the two ways to name a permission only one is used. */
function* contradictionsOfAuth(settings: Settings): Generator<[SettingName, string]> {
  const { auth, jwtReadRole, jwtReadScope, jwtWriteScope, jwtAudience } = settings;
  if (jwtReadRole !== undefined && auth !== 'jwt') yield ['jwtReadRole', `has no effect with auth=${auth}; leave it out`];
  if (jwtReadRole !== undefined && jwtReadScope !== undefined) yield ['jwtReadScope', 'has no effect with jwtReadRole: name scopes or roles'];
  if (jwtReadRole !== undefined && jwtWriteScope !== undefined) yield ['jwtWriteScope', 'has no effect with jwtWriteRole: name scopes or roles'];
  if (auth === 'iam' && jwtAudience !== undefined) yield ['jwtAudience', 'has no effect with auth=iam; leave it out'];
}
