import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/kernel/digest.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { type Documents, DocumentsError } from '../../../src/service/documents/documents.ts';
import { type KeepDeps, keepMails } from '../../../src/service/intake/keep-mails.ts';
import type { FetchedMail } from '../../../src/service/intake/mailbox.ts';
import type { KeptMail } from '../../../src/service/register/kept-mail.ts';
import type { Store } from '../../../src/service/register/store.ts';
import { AT, MAILBOX, office } from '../../adapters/postgres/support.ts';

const OFFICE = office('c_esempio', 'AESEMP1');

interface Written {
  readonly lastUid: number;
  readonly rows: readonly KeptMail[];
}

/** A store that records what it gets, and documents of at most `maxBytes`. */
function deps(written: Written[], isOurs = true, maxBytes: number = LIMITS.mailBytes): KeepDeps {
  const put = async (bytes: Buffer | Readable) => {
    const whole = Buffer.isBuffer(bytes) ? bytes : Buffer.concat(await Array.fromAsync(bytes));
    if (whole.length > maxBytes) throw new DocumentsError('too-large', 'too much');
    return { sha256: sha256(whole), size: whole.length };
  };
  const keep: Store['keepMails'] = async (_aoo, _mailbox, _owner, _uidValidity, lastUid, rows) => {
    written.push({ lastUid, rows });
    return isOurs;
  };
  return {
    store: { keepMails: keep } as unknown as Store,
    documents: { put } as unknown as Documents,
    clock: { now: () => AT },
    owner: 'prova',
  };
}

const mail = (uid: number, bytes: Buffer | Readable, size = 4): FetchedMail => ({ uid, size, arrivedAt: AT, bytes });
const streamed = (text: string) => Readable.from([Buffer.from(text)], { objectMode: false });
const keep = (page: readonly FetchedMail[], to: KeepDeps) => keepMails(OFFICE, MAILBOX, 7n, page, to);

describe('mails that are kept', () => {
  it('are settled in the order of the mailbox, streamed or not', async () => {
    const written: Written[] = [];
    const page = [mail(4, streamed('quattro')), mail(5, Buffer.from('cinque')), mail(9, streamed('nove'))];
    const kept = await keep(page, deps(written));
    expect(kept.map(({ kept: { uid } }) => uid)).toEqual([4, 5, 9]);
    expect(written[0]?.rows.map(({ uid, sha256: digest }) => [uid, digest])).toEqual([
      [4, sha256('quattro')],
      [5, sha256('cinque')],
      [9, sha256('nove')],
    ]);
    expect(written[0]?.lastUid).toBe(9);
    expect(kept.map(({ bytes }) => bytes?.toString() ?? null)).toEqual([null, 'cinque', null]);
  });

  it('have a row without bytes if they are too large, refused by the mailbox or larger than the server said', async () => {
    const written: Written[] = [];
    const large = streamed('mai letto');
    const page = [
      mail(1, large, LIMITS.mailBytes + 1),
      { ...mail(2, Buffer.alloc(0)), refusal: 'La casella non la rende.' },
      mail(3, streamed('più di quanto detto')),
      mail(4, Buffer.from('buono'), LIMITS.mailBytes),
    ];
    const kept = await keep(page, deps(written, true, 10));
    expect(kept.map(({ kept: { uid } }) => uid)).toEqual([4]);
    expect(
      written[0]?.rows.map(({ uid, refusal, sha256: digest }) => [uid, refusal?.slice(0, 12) ?? null, digest]),
    ).toEqual([
      [1, written[0]?.rows[2]?.refusal?.slice(0, 12), ''],
      [2, 'La casella n', ''],
      [3, expect.stringMatching(/\S/), ''],
      [4, null, sha256('buono')],
    ]);
    expect(large.destroyed).toBe(true);
  });

  it('are not ours if the lease was lost meanwhile', async () => {
    await expect(keep([mail(1, Buffer.from('uno'))], deps([], false))).rejects.toThrow('lease');
  });

  it('stop the page if they cannot be kept for another reason', async () => {
    const written: Written[] = [];
    const full = { put: () => Promise.reject(new DocumentsError('no-space', 'full')) } as unknown as Documents;
    const page = [mail(1, Buffer.from('uno'))];
    await expect(keep(page, { ...deps(written), documents: full })).rejects.toThrow('full');
    expect(written).toEqual([]);
  });
});
