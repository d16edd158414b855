// The origins of web pages, as their browsers send them: the serialisation of the URL standard
// (https://url.spec.whatwg.org, "origin"), which API Gateway compares an `Origin` header with. What is taken and what is
// refused is the same on one machine (api/src/origin.rs): tests/cors-origins.json holds both to each other.
import { InvalidValue, type Kind } from './setting.ts';

/** A list separated by commas; duplicates are removed. */
export const origins: Kind<readonly string[]> = {
  json: 'list',
  read: (list) => {
    const items = list.split(',').map((item) => item.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''));
    return [...new Set(items.map((item) => readOrigin(item, (fault) => new InvalidValue(`${shown(item)}: ${fault}`))))];
  },
};

/** The part before an `@` may be a password. */
function shown(item: string): string {
  return JSON.stringify(item.replace(/^.*@/s, '…@'));
}

function readOrigin(item: string, refusal: (fault: string) => Error): string {
  if (item === '') throw refusal('the list has an empty item');
  if (item === 'null') throw refusal('null is the origin of many pages, not of one site');
  // Any page anywhere could spend a caller's token with `*`.
  if (item.includes('*')) throw refusal('there are no wildcards; name each origin');
  const [, scheme, rest] = /^(https?):\/\/(.*)$/is.exec(item) ?? [];
  if (scheme === undefined || rest === undefined) throw refusal('an origin begins with https:// or http://');
  if (rest.includes('@')) throw refusal('an origin has no user name and no password');
  if (/[/\\?#]/.test(rest)) throw refusal('an origin ends after its host and port; leave out what follows, also a slash');
  const origin = serialised(`${scheme}://${rest}`);
  if (origin === undefined) throw refusal('the host or the port can\'t be read');
  return origin;
}

function serialised(text: string): string | undefined {
  // A URL may hold blanks and control characters, which its reader leaves out, and escapes.
  if (/[\p{Cc} %]/u.test(text) || !URL.canParse(text)) return undefined;
  const { hostname: host, origin } = new URL(text);
  // No name in DNS has one of the other characters that a URL may have there.
  const isName = /^[a-z0-9._-]+$/.test(host) && !host.startsWith('.') && !host.includes('..');
  return isName || host.startsWith('[') ? origin : undefined;
}
