// URLs in settings.
import { InvalidValue, type Kind } from './setting.ts';

/** An address that begins with https:// and ends with its path. */
export const httpsUrl: Kind<string> = {
  json: 'string',
  read: (given) => {
    // A reader of URLs leaves out blanks and control characters, and escapes others.
    const isPlain = /^https:\/\/[\x21-\x7e]+$/.test(given) && !/[?#@\\]/.test(given);
    if (!isPlain || !URL.canParse(given)) throw new InvalidValue('must be a URL that begins with https://, without query, fragment, user and password');
    return given;
  },
};

/** A proxy, which is no more than a host and a port. Without a password: a function's configuration is no place for one. */
export const proxyUrl: Kind<string> = {
  json: 'string',
  read: (given) => {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol) || ![url.origin, `${url.origin}/`].includes(given)) {
      throw new InvalidValue('must be http://HOST:PORT or https://HOST:PORT, without user and password');
    }
    return given;
  },
};
