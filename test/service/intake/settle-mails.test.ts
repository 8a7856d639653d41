import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DocumentStore } from '../../../src/adapters/documents/document-store.ts';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { problem } from '../../../src/kernel/problems.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import { DocumentsError } from '../../../src/service/documents/documents.ts';
import { JudgingError } from '../../../src/service/documents/judging-error.ts';
import { keepMails } from '../../../src/service/intake/keep-mails.ts';
import { judgeHere } from '../../../src/service/intake/mail-judge.ts';
import type { FetchedMail } from '../../../src/service/intake/mailbox.ts';
import { retryMails } from '../../../src/service/intake/retry-mails.ts';
import { type SettleDeps, settleMails } from '../../../src/service/intake/settle-mails.ts';
import { AT, type House, MAILBOX, office, openHouse } from '../../adapters/postgres/support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('kept mails', () => {
  let house: House;
  let folder: string;
  let documents: DocumentStore;
  let deps: SettleDeps & { readonly owner: string };
  beforeAll(async () => {
    house = await openHouse([ESEMPIO]);
    folder = await mkdtemp(join(tmpdir(), 'interpro-settle-'));
    documents = await folderDocuments(folder, { maxBytes: 2_000 });
    deps = {
      store: house.store,
      documents,
      clock: { now: () => AT },
      trust: { anchors: [] },
      judge: judgeHere((await loadGrammars()).validate),
      log: silent,
      senders: null,
      learn: async () => undefined,
      isPassing: (error) => error instanceof DocumentsError && error.isPassing,
      owner: uuidv7(AT),
    };
    await house.store.leaseMailbox(ESEMPIO.aoo, MAILBOX, deps.owner, 45);
  });
  afterAll(async () => {
    await house.close();
    await rm(folder, { recursive: true, force: true });
  });

  const mail = (uid: number, bytes: Buffer | Readable, size = 10): FetchedMail => ({ uid, size, arrivedAt: AT, bytes });
  const text = (of: string) => Buffer.from(`From: a@b.example.it\r\nSubject: ${of}\r\n\r\n${of}\r\n`);
  const keep = (...page: FetchedMail[]) => keepMails(ESEMPIO, MAILBOX, 7n, page, deps);
  const states = async (from: number) => {
    const { rows } = await house.pool.query<{ uid: number; state: string; note: string | null }>(
      'select uid, state, note from mail where uid >= $1 order by uid',
      [from],
    );
    return rows;
  };

  it('beyond the limit are recorded and shown, even if the server lied about their size, and the next ones are read', async () => {
    const kept = await keep(
      mail(1, text('uno')),
      mail(2, Readable.from([Buffer.alloc(1_500), Buffer.alloc(1_500)], { objectMode: false })),
      mail(3, Buffer.alloc(3_000)),
      mail(4, text('quattro')),
    );
    expect(kept.map((one) => one.kept.uid)).toEqual([1, 4]);
    await settleMails(ESEMPIO, kept, deps);
    expect((await states(1)).map(({ uid, state }) => [uid, state])).toEqual([
      [1, 'settled'],
      [2, 'failed'],
      [3, 'failed'],
      [4, 'settled'],
    ]);
    expect((await states(2))[0]?.note).toContain('dimensione massima');
  });

  it('without their bytes are shown as failed, and the others are settled', async () => {
    const kept = await keep(mail(11, text('undici')), mail(12, text('dodici')));
    const [lost] = kept;
    const [file] = (await readdir(folder, { recursive: true })).filter((name) => basename(name) === lost?.kept.sha256);
    await rm(join(folder, file ?? 'no such file'));
    await settleMails(
      ESEMPIO,
      kept.map((one) => ({ ...one, bytes: null })),
      deps,
    );
    expect((await states(11)).map(({ state }) => state)).toEqual(['failed', 'settled']);
  });

  it('whose judgement takes too long are shown as failed with the reason, and the next ones are settled', async () => {
    const kept = await keep(mail(13, text('tredici')), mail(14, text('quattordici')));
    const judge: SettleDeps['judge'] = async (bytes, under) => {
      if (bytes.includes('tredici')) throw new JudgingError('judging-too-long', '60');
      return deps.judge(bytes, under);
    };
    await settleMails(ESEMPIO, kept, { ...deps, judge });
    const [first, second] = await states(13);
    expect([first?.state, second?.state]).toEqual(['failed', 'settled']);
    expect(first?.note).toBe(problem('judging-too-long', '', '60').message);
    await retryMails(ESEMPIO, [kept[0]?.kept.mailId ?? ''], deps);
    await settleMails(ESEMPIO, kept.slice(0, 1), deps);
  });

  it('that failed are settled on request, unless they were never taken from the server', async () => {
    const [lost] = await keep(mail(15, text('quindici')));
    const gone = { ...documents, read: () => Promise.reject(new DocumentsError('missing', 'lost')) };
    const again = lost === undefined ? [] : [{ ...lost, bytes: null }];
    await settleMails(ESEMPIO, again, { ...deps, documents: gone });
    expect((await states(15))[0]?.state).toBe('failed');
    const id = lost?.kept.mailId ?? '';
    expect(await retryMails(ESEMPIO, [id, uuidv7(AT)], deps)).toEqual([id]);
    expect(await retryMails(ESEMPIO, [id], deps)).toEqual([]);
    const waiting = await house.store.mailsToSettle(ESEMPIO.aoo, MAILBOX, 10);
    expect(waiting.map(({ mailId }) => mailId)).toEqual([id]);
    await settleMails(ESEMPIO, again, deps);
    expect((await states(15))[0]).toMatchObject({ state: 'settled', note: null });
    // Mails 2 and 3 were never taken from the server; mail 11 was, but the store has lost it.
    expect((await retryMails(ESEMPIO, null, deps)).length).toBe(1);
    await settleMails(
      ESEMPIO,
      (await house.store.mailsToSettle(ESEMPIO.aoo, MAILBOX, 10)).map((kept) => ({ kept, bytes: null })),
      deps,
    );
  });

  it('wait undecided while the document store is unavailable', async () => {
    const kept = await keep(mail(21, text('ventuno')), mail(22, text('ventidue')));
    const away = { ...documents, read: () => Promise.reject(new DocumentsError('unusable', 'EIO')) };
    const waiting = kept.map((one) => ({ ...one, bytes: null }));
    await expect(settleMails(ESEMPIO, waiting, { ...deps, documents: away })).rejects.toThrow('EIO');
    expect((await states(21)).map(({ state }) => state)).toEqual(['kept', 'kept']);
    await settleMails(ESEMPIO, waiting, deps);
    expect((await states(21)).map(({ state }) => state)).toEqual(['settled', 'settled']);
  });

  it('are settled once by two at the same time', async () => {
    const kept = await keep(mail(31, text('trentuno')));
    await Promise.all([settleMails(ESEMPIO, kept, deps), settleMails(ESEMPIO, kept, deps)]);
    const { rows } = await house.pool.query(
      `select content::jsonb ->> 'action' as action from audit where content like $1 order by seq`,
      [`%${kept[0]?.kept.mailId}%`],
    );
    expect(rows).toEqual([{ action: 'left-to-a-person' }, { action: 'covers-rows' }]);
  });

  it('whose judgements weigh too much together are settled in their order, in several transactions', async () => {
    const kept = await keep(...[41, 42, 43, 44, 45].map((uid) => mail(uid, text(`pesante ${uid}`))));
    const pages: number[][] = [];
    const saved = async (): Promise<void> => {
      const settled = (await states(41)).filter(({ state }) => state === 'settled').map(({ uid }) => Number(uid));
      if (settled.length > (pages.at(-1)?.length ?? 0)) pages.push(settled);
    };
    const judge: SettleDeps['judge'] = async (bytes, under) => {
      const found = await deps.judge(bytes, under);
      return {
        ...found,
        opened: { ...found.opened, headers: { ...found.opened.headers, subject: 'x'.repeat(20_000) } },
      };
    };
    await settleMails(ESEMPIO, kept, { ...deps, judge, learn: saved }, undefined, 50_000);
    expect(pages).toEqual([
      [41, 42],
      [41, 42, 43, 44],
      [41, 42, 43, 44, 45],
    ]);
  });
});
