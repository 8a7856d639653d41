import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type MailboxJobDeps, type OfficeMailbox, readMailbox } from '../../../src/entrances/jobs/read-mailbox.ts';
import { refusedMails } from '../../../src/entrances/jobs/refused-mails.ts';
import { aooId, type Sha256 } from '../../../src/kernel/ids.ts';
import type { Documents } from '../../../src/service/documents/documents.ts';
import { type FetchedMail, type MailboxConnection, MailRefusedError } from '../../../src/service/intake/mailbox.ts';
import type { KeptMail } from '../../../src/service/register/kept-mail.ts';
import type { Office } from '../../../src/service/register/office.ts';
import type { Store } from '../../../src/service/register/store.ts';

const AT = new Date('2026-03-02T12:00:00Z');
const clock = { now: () => AT };

/** One mailbox with one mail, which `fetch` hands out; it is read until it has nothing new. */
function mailboxWith(fetch: () => Promise<readonly FetchedMail[]>) {
  const kept: KeptMail[] = [];
  const stop = new AbortController();
  const connection: MailboxConnection = {
    uidValidity: 1n,
    fetchAfter: async (after) => (after < 7 ? await fetch() : []),
    waitForMail: async () => stop.abort(),
    close: async () => undefined,
  };
  const store = {
    leaseMailbox: async () => ({ uidValidity: 1n, lastUid: kept.at(-1)?.uid ?? 0 }),
    releaseMailbox: async () => undefined,
    reportMailbox: async () => undefined,
    mailsToSettle: async () => [],
    keepMails: async (...given: Parameters<Store['keepMails']>) => {
      kept.push(...given[5]);
      return true;
    },
  } as Partial<Store> as Store;
  const documents = {
    put: async (bytes) => {
      if (Buffer.isBuffer(bytes)) return { sha256: 'd'.repeat(64) as Sha256, size: bytes.length };
      for await (const _ of bytes as Readable);
      throw new Error('no mail of these tests can be read to its end');
    },
  } as Partial<Documents> as Documents;
  const deps = {
    ...{ store, documents, clock, senders: null, owner: 'prova', pollSeconds: 1, random: () => 0 },
    connector: { connect: async () => connection },
  } as Partial<MailboxJobDeps> as MailboxJobDeps;
  const mailbox = { address: 'protocollo@pec.esempio.example.it', account: {} } as OfficeMailbox;
  const office = { aoo: aooId('c_esempio', 'AESEMP1'), mailboxes: [mailbox] } as Partial<Office> as Office;
  const reader = { refused: refusedMails(clock), onRead: () => undefined };
  return { kept, read: () => readMailbox(office, mailbox, deps, reader, stop.signal) };
}

const refused = () => new MailRefusedError(7, 'NO [UNAVAILABLE]');

describe('a mail that its server does not hand out', () => {
  it('is tried three times, then recorded without bytes and stepped over', async () => {
    const { kept, read } = mailboxWith(() => Promise.reject(refused()));
    await expect(read()).rejects.toThrow(MailRefusedError);
    await expect(read()).rejects.toThrow(MailRefusedError);
    expect(kept).toEqual([]);
    expect(await read()).toBe(true);
    expect(kept).toMatchObject([{ uid: 7, sha256: '', refusal: expect.stringContaining('NO [UNAVAILABLE]') }]);
  });

  it('of which only a part comes is tried three times, then recorded with that part', async () => {
    const part = Buffer.from('Subject: mez');
    const { kept, read } = mailboxWith(() => Promise.reject(new MailRefusedError(7, 'gives 12 of 40', part)));
    for (let attempt = 1; attempt <= 2; attempt += 1) await expect(read()).rejects.toThrow(MailRefusedError);
    expect(await read()).toBe(true);
    expect(kept).toMatchObject([
      { uid: 7, sha256: 'd'.repeat(64), refusal: expect.stringContaining('gives 12 of 40') },
    ]);
  });

  it('is stepped over as well when only reading it, after its page was listed, shows the refusal', async () => {
    const bytes = () =>
      new Readable({
        read() {
          this.destroy(refused());
        },
      });
    const { kept, read } = mailboxWith(async () => [{ uid: 7, size: 5_000_000, arrivedAt: AT, bytes: bytes() }]);
    for (let attempt = 1; attempt <= 3; attempt += 1) await expect(read()).rejects.toThrow(MailRefusedError);
    expect(kept).toEqual([]);
    expect(await read()).toBe(true);
    expect(kept).toMatchObject([
      { uid: 7, size: 5_000_000, sha256: '', arrivedAt: AT, refusal: expect.stringContaining('NO [UNAVAILABLE]') },
    ]);
  });

  it('is another mail when the mailbox has a new UIDVALIDITY', () => {
    const { count, stepOver } = refusedMails(clock);
    for (let attempt = 1; attempt <= 2; attempt += 1) expect(() => count(refused(), 1n)).toThrow(MailRefusedError);
    expect(count(refused(), 1n)).toHaveLength(1);
    const large = { uid: 7, size: 5_000_000, arrivedAt: AT, bytes: Readable.from(['large']) };
    expect(stepOver([large], 2n)).toEqual([large]);
    expect(() => count(refused(), 2n)).toThrow(MailRefusedError);
    expect(stepOver([large], 1n)[0]?.refusal).toContain('NO [UNAVAILABLE]');
  });

  it('is kept once its bytes have arrived after all', () => {
    const { count, stepOver } = refusedMails(clock);
    for (let attempt = 1; attempt <= 2; attempt += 1) expect(() => count(refused(), 1n)).toThrow(MailRefusedError);
    count(refused(), 1n);
    const whole = { uid: 7, size: 6, arrivedAt: AT, bytes: Buffer.from('intera') };
    expect(stepOver([whole], 1n)).toEqual([whole]);
  });

  it('is no refusal where the mailbox itself fails', async () => {
    const { read } = mailboxWith(() => Promise.reject(new Error('connection reset')));
    for (let attempt = 1; attempt <= 4; attempt += 1) await expect(read()).rejects.toThrow('connection reset');
  });
});
