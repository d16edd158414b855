// The URL that tasks are posted to: over TLS, and never an address of the function's host or network link.
import { BlockList, isIP, isIPv4 } from 'node:net';

import { InvalidValue, type Kind } from './setting.ts';

/**
 * Never a receiver: this host, link-local addresses (there AWS offers credentials and metadata, also at fd00:ec2::/32),
 * multicast and broadcast. https://www.iana.org/assignments/iana-ipv4-special-registry,
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
const forbidden = blockList('0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '224.0.0.0/3', '::/127', 'fe80::/10', 'fec0::/10', 'ff00::/8', 'fd00:ec2::/32');

/** Private networks: they can be reached only from within a VPC. */
const ofOnesOwn = blockList('10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7');

/** This host, and as which Lambda knows itself. */
const namesOfThisHost = /(?:^|\.)(?:localhost|localdomain|ip6-localhost|ip6-loopback)$/;

export const webhookUrl: Kind<string> = {
  json: 'string',
  read: (given) => {
    const url = /^[\x21-\x7e]+$/.test(given) && URL.canParse(given) ? new URL(given) : undefined;
    if (url !== undefined && isOfThisEmulator(url)) return given;
    if (url?.protocol !== 'https:') throw new InvalidValue('must be a URL that begins with https://');
    if (url.username !== '' || url.password !== '') throw new InvalidValue('must hold no user name and password: the signature proves who sends');
    if (url.hash !== '' || given.includes('#')) throw new InvalidValue('must not have a #: a receiver never gets the part behind it');
    if (isThisHost(url)) throw new InvalidValue('must not be at an address of the function itself, of its host or of its link: no receiver can be there');
    return given;
  },
};

/** Whether it can be reached from within a VPC alone. A name may be, too: only its resolver knows. */
export function isPrivate(url: string): boolean {
  return listed(ofOnesOwn, hostOf(new URL(url)));
}

function isThisHost(url: URL): boolean {
  return namesOfThisHost.test(hostOf(url)) || listed(forbidden, hostOf(url));
}

/** A pipeline that is tried on an emulator of AWS on this machine posts to this machine. */
function isOfThisEmulator(url: URL): boolean {
  const endpoint = process.env.AWS_ENDPOINT_URL ?? '';
  const isHere = ({ hostname }: URL): boolean => ['127.0.0.1', 'localhost'].includes(hostname);
  return URL.canParse(endpoint) && isHere(new URL(endpoint)) && isHere(url) && url.protocol === 'http:' && url.username === '';
}

/** The parser of URLs has made one spelling of each address: decimal, octal and hexadecimal ones are gone. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '').toLowerCase();
}

function blockList(...networks: string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** Also an IPv4 address that is mapped into IPv6 (::ffff:0:0/96) or translated (64:ff9b::/96, RFC 6052). */
function listed(list: BlockList, host: string): boolean {
  if (isIP(host) === 0) return false;
  if (isIPv4(host)) return list.check(host, 'ipv4');
  const [, high, low] = /^(?:64:ff9b:|:):(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/.exec(host) ?? [];
  const embedded = low === undefined ? undefined : `::ffff:${high ?? '0'}:${low}`;
  return list.check(host, 'ipv6') || (embedded !== undefined && list.check(embedded, 'ipv6'));
}
