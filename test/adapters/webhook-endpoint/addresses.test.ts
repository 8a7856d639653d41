import { describe, expect, it } from 'vitest';
import { webhookEndpoint } from '../../../src/adapters/webhook-endpoint/endpoint.ts';
import { allowedHosts, isPublic } from '../../../src/kernel/public-address.ts';

describe('addresses of the public internet', () => {
  it.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4002::200e',
    '::ffff:1.1.1.1',
    '64:ff9b::101:101',
    '2002:101:101::1',
  ])('%s', (address) => {
    expect(isPublic(address)).toBe(true);
  });
});

describe('addresses outside the public internet', () => {
  it.each([
    ['unspecified', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['link-local', '169.254.169.254'],
    ['shared by carriers', '100.64.0.1'],
    ['shared by carriers', '100.127.255.255'],
    ['protocol assignments', '192.0.0.170'],
    ['documentation', '192.0.2.1'],
    ['documentation', '198.51.100.7'],
    ['documentation', '203.0.113.9'],
    ['6to4 relay', '192.88.99.1'],
    ['benchmarks', '198.19.255.255'],
    ['multicast', '224.0.0.1'],
    ['multicast', '239.255.255.250'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['loopback, in full', '0:0:0:0:0:0:0:1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-compatible', '::1.1.1.1'],
    ['mapped loopback', '::ffff:127.0.0.1'],
    ['mapped loopback, in words', '::ffff:7f00:1'],
    ['mapped loopback, in full', '0:0:0:0:0:ffff:7f00:0001'],
    ['mapped private', '::ffff:10.1.2.3'],
    ['mapped link-local', '::ffff:a9fe:a9fe'],
    ['translated', '::ffff:0:127.0.0.1'],
    ['NAT64 loopback', '64:ff9b::127.0.0.1'],
    ['NAT64 private', '64:ff9b::a00:1'],
    ['NAT64 of local use', '64:ff9b:1::1'],
    ['NAT64 look-alike', '64:ff9b::1:101:101'],
    ['6to4 loopback', '2002:7f00:1::1'],
    ['6to4 private', '2002:c0a8:101::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['benchmarks', '2001:2::1'],
    ['ORCHID', '2001:20::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff:fff::1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fd12:3456::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['discard', '100::1'],
    ['segment routing', '5f00::1'],
    ['a name', 'localhost'],
    ['nothing', ''],
  ])('%s %s', (_class, address) => {
    expect(isPublic(address)).toBe(false);
  });
});

describe('what the node allows', () => {
  const allowed = allowedHosts(['127.0.0.1', '10.20.0.0/16', 'fd00:1::/32', 'Ricevitore.Esempio.example.it']);

  it.each([
    ['127.0.0.1', true],
    ['::ffff:127.0.0.1', true],
    ['127.0.0.2', false],
    ['10.20.255.1', true],
    ['64:ff9b::a14:1', true],
    ['10.21.0.1', false],
    ['fd00:1::5', true],
    ['fd00:2::5', false],
  ])('%s: %s', (address, expected) => {
    expect(allowed.contains(address)).toBe(expected);
  });

  it('the listed names in any case, and no others', () => {
    expect(allowed.names('ricevitore.esempio.example.it')).toBe(true);
    expect(allowed.names('x.ricevitore.esempio.example.it')).toBe(false);
  });
});

describe('what a URL tells before its name is looked up', () => {
  const strict = webhookEndpoint();
  const lenient = webhookEndpoint({ allowed: ['127.0.0.1', 'fd00::/8', 'interno'] });
  const LOCAL = "l'indirizzo non è della rete pubblica";

  it.each([
    ['https://ricevitore.esempio.example.it/eventi?a=1', null],
    ['https://1.1.1.1:8443/', null],
    ['https://[2606:4700:4700::1111]/', null],
    ['', 'non è un indirizzo web'],
    ['eventi', 'non è un indirizzo web'],
    [`https://example.it/${'x'.repeat(2_000)}`, 'non è un indirizzo web'],
    ['http://ricevitore.esempio.example.it/', 'serve un indirizzo https'],
    ['ftp://ricevitore.esempio.example.it/', 'serve un indirizzo https'],
    ['file:///etc/passwd', 'serve un indirizzo https'],
    ['https://user:password@example.it/', "l'indirizzo contiene credenziali"],
    ['https://example.it/#x', "l'indirizzo contiene un frammento"],
    ['https://127.0.0.1/', LOCAL],
    ['https://2130706433/', LOCAL],
    ['https://0x7f000001/', LOCAL],
    ['https://0177.0.0.1/', LOCAL],
    ['https://127.1/', LOCAL],
    ['https://１２７.０.０.１/', LOCAL],
    ['https://0/', LOCAL],
    ['https://169.254.169.254/latest/meta-data', LOCAL],
    ['https://[::1]/', LOCAL],
    ['https://[::ffff:7f00:1]/', LOCAL],
    ['https://[64:ff9b::10.0.0.1]/', LOCAL],
    ['https://localhost/', LOCAL],
    ['https://localhost./', LOCAL],
    ['https://a.localhost/', LOCAL],
    ['https://stampante.local/', LOCAL],
    ['https://metadata.google.internal/', LOCAL],
    ['https://interno/', LOCAL],
  ])('%s: %s', (url, expected) => {
    expect(strict.refusal(url)).toBe(expected);
  });

  it.each([
    ['http://127.0.0.1:8080/', null],
    ['https://127.0.0.1/', null],
    ['http://[fd12::1]/', null],
    ['http://interno/eventi', null],
    ['http://127.0.0.2/', 'serve un indirizzo https'],
    ['https://127.0.0.2/', LOCAL],
    ['http://ricevitore.esempio.example.it/', 'serve un indirizzo https'],
    ['ftp://127.0.0.1/', 'serve un indirizzo https'],
  ])('%s, where some hosts are allowed: %s', (url, expected) => {
    expect(lenient.refusal(url)).toBe(expected);
  });
});
