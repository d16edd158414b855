// The kinds of values that settings have.
import { InvalidValue, type Kind } from './setting.ts';

/** One line of visible text. */
export const text: Kind<string> = {
  json: 'string',
  read: (given) => {
    if (given === '' || given !== given.trim() || /\p{Cc}/u.test(given)) throw new InvalidValue('must be one line of text, without blanks around it');
    return given;
  },
};

/** Text that matches a pattern; `problem` describes it, as in `must be the ARN of an SNS topic`. */
export function textLike(pattern: RegExp, problem: string): Kind<string> {
  return {
    json: 'string',
    read: (given) => {
      if (!pattern.test(given)) throw new InvalidValue(problem);
      return given;
    },
  };
}

/** The name of a type of tasks. */
export const taskTypeName = textLike(/^[a-z0-9._-]{1,64}$/, 'must be 1 to 64 of a to z, 0 to 9, . _ -');

/** A whole number, written in digits. */
export function wholeNumber(min: number, max: number): Kind<number> {
  return {
    json: 'number',
    read: (given) => {
      const number = /^(?:0|[1-9]\d*)$/.test(given) ? Number(given) : NaN;
      if (!(number >= min && number <= max)) throw new InvalidValue(`must be a whole number from ${min} to ${max}`);
      return number;
    },
  };
}

/** The seconds of `rate(N minutes)`, as EventBridge writes it; NaN if it is none. */
export function secondsOfRate(rate: string): number {
  const units: Record<string, number> = { minute: 60, hour: 3_600, day: 86_400 };
  const [, count = '', unit = '', plural] = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(rate) ?? [];
  const isEnglish = (count === '1') === (plural === '');
  return isEnglish ? Number(count) * (units[unit] ?? NaN) : NaN;
}

/** `rate(N minutes)`, within bounds. */
export function rate(secondsMin: number, secondsMax: number): Kind<string> {
  return {
    json: 'string',
    read: (given) => {
      const seconds = secondsOfRate(given);
      if (seconds >= secondsMin && seconds <= secondsMax) return given;
      throw new InvalidValue(`must be a rate from ${secondsMin / 60} minutes to ${secondsMax / 3_600} hours, such as rate(15 minutes)`);
    },
  };
}

/** One of a few numbers. */
export function oneNumberOf<const T extends number>(...choices: T[]): Kind<T> {
  return {
    json: 'number',
    read: (given) => choices.find((each) => String(each) === given) ?? refuse(`must be ${listed(choices)}`),
  };
}

/** One of a few words. */
export function oneOf<const T extends string>(...choices: T[]): Kind<T> {
  return { json: 'string', read: (given) => choices.find((each) => each === given) ?? refuse(`must be ${listed(choices)}`) };
}

export const flag: Kind<boolean> = {
  json: 'boolean',
  read: (given) => oneOf('true', 'false').read(given) === 'true',
};

/** At least one item and at most `max`, each once. */
export function listOf(each: Kind<string>, max: number): Kind<readonly string[]> {
  return {
    json: 'list',
    read: (given) => {
      const items = given.split(',').map((item) => item.trim());
      if (items.includes('')) throw new InvalidValue('must be a list without empty items');
      if (new Set(items).size < items.length) throw new InvalidValue('must be a list that holds each item once');
      if (items.length > max) throw new InvalidValue(`must be a list of at most ${max} items`);
      return items.map((item) => each.read(item));
    },
  };
}

function refuse(problem: string): never {
  throw new InvalidValue(problem);
}

function listed(choices: readonly (string | number)[]): string {
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`;
}
