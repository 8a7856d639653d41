import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sealedWith } from '../../src/adapters/secrets/sealed.ts';
import { ConfigError, readEnv, toConfig } from '../../src/config/config.ts';
import { effectOf } from '../../src/domain/exchange/problem-policy.ts';
import { PASSWORD_CONTEXT } from '../../src/service/access/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'interpro-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const passwordFile = join(folder, 'password');
writeFileSync(passwordFile, 'hidden\n', { mode: 0o600 });
const office = {
  administration: 'c_esempio',
  code: 'AESEMP1',
  name: 'Comune di Esempio',
  address: 'protocollo@pec.esempio.example.it',
  mailboxes: [{ address: 'protocollo@pec.esempio.example.it', host: 'imap.example.it', port: 993, passwordFile }],
  smtp: { host: 'smtp.example.it', port: 465 },
};

function file(content: unknown): string {
  const path = join(folder, `${crypto.randomUUID()}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const configured = (content: unknown, more: Record<string, string> = {}) =>
  toConfig(readEnv({ DATABASE_URL: 'postgres://localhost/x', INTERPRO_OFFICES: file(content), ...more }));

function faults(env: Record<string, string>): readonly string[] {
  try {
    toConfig(readEnv(env));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('configuration', () => {
  it('works with nothing set', () => {
    const config = toConfig(readEnv({}));
    expect(config).toMatchObject({
      databaseUrl: null,
      offices: [],
      http: { host: '127.0.0.1', port: 8080, token: null, isPortChosen: false },
    });
  });

  it('reads offices, with defaults', () => {
    const { offices } = configured({ offices: [office] });
    expect(offices[0]).toMatchObject({ aoo: 'c_esempio/AESEMP1', register: 'PROT', confirm: 'always' });
    expect(offices[0]?.mailboxes[0]?.account).toMatchObject({
      user: 'protocollo@pec.esempio.example.it',
      secure: true,
      folder: 'INBOX',
    });
  });

  it.each([
    ['strict', 'strict', 'exception', 'exception'],
    ['register-and-flag', 'register-and-flag', 'flag', 'flag'],
    ['a plain map', { 'seal-absent': 'note' }, 'note', 'flag'],
    ['a map on a base', { base: 'strict', 'seal-absent': 'note' }, 'note', 'exception'],
  ] as const)('reads the policy of an office: %s', (_, policy, seal, invalid) => {
    const read = configured({ offices: [{ ...office, policy }] }).offices[0]?.policy ?? new Map();
    expect([effectOf('seal-absent', read), effectOf('segnatura-invalid', read)]).toEqual([seal, invalid]);
  });

  const { passwordFile: _, ...mailbox } = office.mailboxes[0] ?? { passwordFile: '' };
  const withPassword = (how: object) => ({ offices: [{ ...office, mailboxes: [{ ...mailbox, ...how }] }] });
  const thrown = (content: unknown): readonly string[] =>
    faults({ DATABASE_URL: 'postgres://localhost/x', INTERPRO_OFFICES: file(content) });

  it('takes passwords from files, and names the file that cannot be read', () => {
    expect(configured({ offices: [office] }).offices[0]?.mailboxes[0]?.account.password).toBe('hidden');
    expect(() => configured(withPassword({ passwordFile: '/nowhere' }))).toThrow('/nowhere cannot be read');
  });

  it('accepts only sealed passwords that its key opens', () => {
    const key = Buffer.alloc(32, 7);
    const sealed = sealedWith([key]).seal('hidden', PASSWORD_CONTEXT);
    if (!sealed.ok) throw new Error(sealed.problem.message);
    const withSealed = withPassword({ passwordSealed: sealed.value });
    const known = configured(withSealed, { INTERPRO_SECRET_KEY: key.toString('base64') });
    expect(known.offices[0]?.mailboxes[0]?.account.password).toBe('hidden');
    expect(() => configured(withSealed)).toThrow('it does not open with INTERPRO_SECRET_KEY');
  });

  it('refuses a password in plain text: the fault says where it is and what to do, without repeating it', () => {
    const [fault, ...more] = thrown(withPassword({ password: 'parola-segreta' }));
    expect(more).toEqual([]);
    expect(fault).toContain('/offices/0/mailboxes/0/password: passwords are not kept in plain text');
    expect(fault).toContain('npm run -s interpro -- seal');
    expect(fault).not.toContain('parola-segreta');
    const both = { ...office, smtp: { ...office.smtp, password: 'parola-segreta', passwordFile } };
    expect(thrown({ offices: [both] })).toEqual([expect.stringContaining('/offices/0/smtp/password:')]);
  });

  it.each(['{"offices": parola-segreta}', '{"password": "parola-segreta" "x"}', '{"password": "parola-segreta'])(
    'quotes nothing of a file that is not JSON: %s',
    (content) => {
      const [fault, ...more] = thrown(content);
      expect(more).toEqual([]);
      expect(fault).toContain('it is not JSON');
      expect(fault).not.toContain('parola');
    },
  );

  it('names the files with passwords and keys that every user of the machine may read', () => {
    expect(configured({ offices: [office] }).exposedFiles).toEqual([]);
    const [open, writable, key, group] = [0o644, 0o602, 0o604, 0o640].map((mode, index) => {
      const path = file(index === 2 ? Buffer.alloc(32, 7).toString('base64') : 'x');
      chmodSync(path, mode);
      return path;
    });
    const mailboxes = [open, writable, group, open].map((path, index) => ({
      ...mailbox,
      address: `casella${index}@pec.esempio.example.it`,
      passwordFile: path,
    }));
    const config = configured({ offices: [{ ...office, mailboxes }] }, { INTERPRO_SECRET_KEY_FILE: key ?? '' });
    expect(config.exposedFiles).toEqual([key, open, writable]);
  });

  it('refuses a mailbox that an office has twice: its place in the mailbox would be lost', () => {
    const inbox = office.mailboxes[0];
    const archive = { ...inbox, folder: 'Archivio' };
    expect(thrown({ offices: [{ ...office, mailboxes: [inbox, archive] }] })).toEqual([
      expect.stringMatching(/\/mailboxes\/1: the mailbox .*@.* is there twice$/),
    ]);
  });

  it('reads who assigns numbers, deadlines in hours, rules for mail without segnatura and the size limit of the provider', () => {
    const rules = [{ from: '@pec.example.it', office: 'Anagrafe' }];
    const more = { numbering: 'external', deadlines: { acceptance: 2 }, plainMail: rules, mailLimit: 30 };
    expect(configured({ offices: [{ ...office, ...more }] }).offices[0]).toMatchObject({
      numbering: 'external',
      deadlines: { acceptance: 7_200, delivery: 86_400 },
      plainMail: rules,
      mailLimit: 30_000_000,
    });
    expect(() => configured({ offices: [{ ...office, plainMail: [{ office: 'x' }] }] })).toThrow('plainMail');
    const seal = { certificateFile: '/nowhere', keyFile: '/nowhere' };
    expect(() => configured({ offices: [{ ...office, seal }] })).toThrow('/seal');
  });

  it('reports everything that is wrong at once', () => {
    const found = faults({
      DATABASE_URL: 'mysql://x',
      INTERPRO_HTTP_PORT: '99999',
      INTERPRO_POLL_SECONDS: 'often',
      INTERPRO_LOG_LEVEL: 'loud',
      INTERPRO_TRUST: '/nowhere',
      INTERPRO_MAILBOX: 'x',
      INTERPRO_INDEX_URLS: 'https://example.it/enti.csv ftp://example.it/aoo.csv',
      INTERPRO_INDEX_TIME: '25:00',
      INTERPRO_INDEX_SHRINK: '101',
    });
    for (const name of [
      'DATABASE_URL does not',
      'INTERPRO_OFFICES is missing',
      'INTERPRO_HTTP_PORT is',
      'INTERPRO_POLL_SECONDS is',
      'INTERPRO_LOG_LEVEL is',
      'INTERPRO_TRUST: the folder',
      'INTERPRO_MAILBOX is not a variable',
      'INTERPRO_INDEX_URLS: "ftp://example.it/aoo.csv"',
      'INTERPRO_INDEX_TIME is "25:00"',
      'INTERPRO_INDEX_SHRINK is "101"',
    ])
      expect(
        found.some((fault) => fault.startsWith(name)),
        name,
      ).toBe(true);
  });

  it.each([
    ['offices without a database', { INTERPRO_OFFICES: '/nowhere.json' }, 'DATABASE_URL is missing'],
    ['a short token', { INTERPRO_API_TOKEN: 'short' }, 'INTERPRO_API_TOKEN is too short'],
  ])('refuses %s', (_, env, fault) => {
    expect(faults(env).some((found) => found.startsWith(fault))).toBe(true);
  });

  it.each([
    ['no JSON', '{', 'cannot be read'],
    ['an unknown field', { offices: [{ ...office, adress: 'x' }] }, '"adress"'],
    ['a code of the wrong form', { offices: [{ ...office, code: 'a/b' }] }, '/offices/0/code'],
    ['an address that is none', { offices: [{ ...office, address: 'nobody' }] }, 'is not a mail address'],
    ['an office twice', { offices: [office, office] }, 'is there twice'],
    [
      'a policy for an unknown problem',
      { offices: [{ ...office, policy: { nothing: 'flag' } }] },
      'no problem with the code',
    ],
    ['a policy of another name', { offices: [{ ...office, policy: 'lenient' }] }, '/offices/0/policy'],
    ['an effect that is none', { offices: [{ ...office, policy: { 'seal-absent': 'strict' } }] }, '/offices/0/policy'],
  ])('refuses a file with %s', (_, content, fault) => {
    expect(() => configured(content)).toThrow(fault);
  });
});
