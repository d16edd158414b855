// Which URLs are taken, of receivers and of issuers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { settingsFrom } from '../lib/settings/arguments.ts';

const webhook = (webhookUrl: string, more: Record<string, string> = {}): void => {
  settingsFrom(new Map(Object.entries({ handler: 'webhook', webhookUrl, ...more })));
};
const issuer = (jwtIssuer: string): void => {
  settingsFrom(new Map([['jwtIssuer', jwtIssuer]]));
};

/** As a message that may be shown: it repeats nothing of the value. */
const refused = (problem: RegExp) => ({ message }: Error): boolean => problem.test(message) && !message.includes('t0ken') && !message.includes('\n');

describe('the URL of a webhook', () => {
  it('is any of a service elsewhere', () => {
    for (const url of ['https://hooks.example/t0ken?a=b', 'https://hooks.example:8443', 'https://8.8.8.8/', 'https://[2606:4700::1111]/', 'https://localhost.example/', 'https://169.253.0.1/', 'https://[::ffff:808:808]/']) webhook(url);
  });

  it('is https, without user, password and fragment', () => {
    for (const url of ['http://hooks.example/t0ken', 'hooks.example/t0ken', 'ftp://hooks.example/t0ken', 'https://', 'https:///', 'https://hooks.example/a t0ken', ' https://hooks.example/t0ken', 'https://hooks.example/\tt0ken', 'https://hööks.example/t0ken']) {
      assert.throws(() => { webhook(url); }, refused(/^-c webhookUrl=…: must be a URL that begins with https:\/\/$/), url);
    }
    for (const url of ['https://a:t0ken@hooks.example/', 'https://t0ken@hooks.example/', 'https://:t0ken@hooks.example/']) {
      assert.throws(() => { webhook(url); }, refused(/must hold no user name and password/), url);
    }
    assert.throws(() => { webhook('https://hooks.example/#t0ken'); }, refused(/must not have a #/));
  });

  it('is not at the function itself, its host or its link, however that is written', () => {
    for (const host of [
      'localhost', 'LOCALHOST', 'localhost.', 'localhost..', 'a.localhost', 'localhost.localdomain', 'sandbox.localdomain', 'sandbox.localdomain.',
      '127.0.0.1', '127.0.0.1.', '127.1', '127.255.255.254', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001', '%31%32%37.0.0.1',
      '0', '0.0.0.0', '0.1.2.3', '169.254.169.254', '169.254.100.1', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '255.255.255.255', '224.0.0.1',
      '[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:169.254.169.254]', '[::ffff:0.0.0.0]', '[::127.0.0.1]', '[64:ff9b::127.0.0.1]',
      '[fe80::1]', '[febf::1]', '[fd00:ec2::254]', '[ff02::1]', '１２７.0.0.1',
    ]) {
      assert.throws(() => { webhook(`https://${host}/t0ken`); }, refused(/must (?:not be at an address of the function itself|be a URL that begins)/), host);
      assert.throws(() => { webhook(`https://${host}:8443/t0ken`, { vpcId: 'vpc-0123456789abcdef0', subnetIds: 'subnet-0123456789abcdef0', securityGroupIds: 'sg-0123456789abcdef0' }); }, /webhookUrl/, host);
    }
  });
});

describe('an emulator on this machine', () => {
  const deployedTo = (endpoint: string | undefined, run: () => void): void => {
    const before = process.env.AWS_ENDPOINT_URL;
    if (endpoint === undefined) delete process.env.AWS_ENDPOINT_URL; else process.env.AWS_ENDPOINT_URL = endpoint;
    try { run(); } finally {
      if (before === undefined) delete process.env.AWS_ENDPOINT_URL; else process.env.AWS_ENDPOINT_URL = before;
    }
  };

  it('alone may post to this machine', () => {
    deployedTo('http://127.0.0.1:4566', () => { webhook('http://127.0.0.1:8000/'); webhook('http://localhost:8000/'); });
    for (const endpoint of [undefined, 'https://emulator.example', 'https://sqs.eu-central-1.amazonaws.com']) {
      deployedTo(endpoint, () => { assert.throws(() => { webhook('http://127.0.0.1:8000/'); }, /must be a URL that begins with https/); });
    }
  });
});

describe('the URL of an issuer', () => {
  it('is https, and nothing but a host and a path', () => {
    for (const url of ['https://id.example', 'https://id.example/', 'https://id.example:8443/realms/a', 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a']) issuer(url);
    for (const url of ['http://id.example', 'id.example', 'https://', 'https://id.example?a=b', 'https://id.example/?', 'https://id.example/#a', 'https://ann:t0ken@id.example', 'https://id.example /', ' https://id.example', 'https://id.example\n', 'https://ïd.example', 'HTTPS://id.example', 'https://id.example\\a']) {
      assert.throws(() => { issuer(url); }, refused(/^-c jwtIssuer=…: must be a URL that begins with https:\/\/, without query, fragment, user and password$/), url);
    }
  });
});
