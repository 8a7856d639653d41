import { describe, expect, it } from 'vitest';
import {
  databaseAdvice,
  mailboxAdvice,
  migrationsAdvice,
  smtpAdvice,
} from '../../../src/entrances/cli/doctor-advice.ts';
import { MailboxError } from '../../../src/service/intake/mailbox.ts';
import { checks } from '../../../src/wiring/cli.ts';
import { startSubmission } from '../../adapters/smtp/submission-server.ts';
import { createDatabase } from '../../support/postgres.ts';
import { selfSigned } from '../../support/self-signed.ts';

const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('it works'),
    (error: unknown) => error,
  );

describe('the advice of doctor', () => {
  it.each([
    ['tls', /"caFile"/],
    ['authentication', /user and password/],
    ['folder-missing', /"folder"/],
    ['unreachable', /host and port/],
    ['protocol', /ask the provider/],
  ] as const)('for a mailbox: %s', (fault, advice) => {
    expect(mailboxAdvice(new MailboxError(fault, 'x'))).toMatch(advice);
  });

  it('for outgoing mail names the authority, the account or the address, whichever it is', async () => {
    const server = await startSubmission({ tls: selfSigned() });
    try {
      expect(smtpAdvice(await failure(checks.smtp({ ...server.account, secure: true })))).toContain('"caFile"');
    } finally {
      await server.stop();
    }
    expect(smtpAdvice(Object.assign(new Error('535 no'), { code: 'EAUTH' }))).toContain('user and password');
    expect(smtpAdvice(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))).toContain('host and port');
  });

  it('for the database tells a wrong password, a missing database and a role that is not granted', async () => {
    const database = await createDatabase();
    const change = (part: object) => Object.assign(new URL(database.url), part).href;
    try {
      const wrong = await failure(checks.database(change({ pathname: '/nessuna' })));
      expect(databaseAdvice(wrong)).toContain('create the database');
    } finally {
      await database.drop();
    }
    const coded = (code: string) => Object.assign(new Error('x'), { code });
    expect(databaseAdvice(coded('28P01'))).toContain('password');
    for (const code of ['22023', '42501']) expect(databaseAdvice(coded(code))).toContain('migrate');
    expect(databaseAdvice(coded('ECONNREFUSED'))).toContain('start PostgreSQL');
    expect(migrationsAdvice(coded('42501'))).toContain('superuser');
    expect(migrationsAdvice(new Error('not applied: 0013'))).toContain('migrate');
  });
});
