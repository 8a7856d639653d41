import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/kernel/digest.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import type { ListQuery, Page } from '../../../src/service/queries/views.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import {
  AT,
  correspondent,
  draft,
  exchangeOf,
  type House,
  inspection,
  keptMail,
  MAILBOX,
  office,
  openHouse,
  queuedFor,
  register,
} from './support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const PROVARIA = office('c_provaria', 'APROVA1');
let house: House;
beforeAll(async () => {
  house = await openHouse([ESEMPIO, PROVARIA]);
  const owner = uuidv7(AT);
  for (const at of [ESEMPIO, PROVARIA]) {
    await house.store.leaseMailbox(at.aoo, MAILBOX, owner, 45);
    await house.store.keepMails(
      at.aoo,
      MAILBOX,
      owner,
      7n,
      25,
      Array.from({ length: 25 }, (_, index) => keptMail(index + 1)),
    );
    // All at the same time, with the same numbers in both offices.
    for (let count = 0; count < 25; count += 1) {
      await house.store.inOffice(at.aoo, async (tx) => {
        const work = openUnitOfWork(at, tx, AT);
        await work.register(draft());
        work.put(exchangeOf());
        await tx.save(work.changes());
      });
    }
  }
});
afterAll(() => house.close());

/** Reads all pages. */
async function walk<T>(
  list: (asked: ListQuery) => Promise<Page<T>>,
  aoo: ListQuery['aoo'],
  limit: number,
): Promise<T[][]> {
  const pages: T[][] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await list({ aoo, cursor, limit });
    pages.push([...page.items]);
    cursor = page.cursor;
  } while (cursor !== null && pages.length < 100);
  return pages;
}

describe.each(['messages', 'registrations', 'exchanges'] as const)('the list of %s', (name) => {
  const list = (asked: Omit<ListQuery, 'filter'>): Promise<Page<{ id: string; aoo: string }>> =>
    house.views[name](asked);

  it.each([1, 7, 25, 50, 500])(
    'shows each once, in pages of %d, also where all are of the same moment',
    async (limit) => {
      const pages = await walk(list, null, limit);
      const ids = pages.flat().map(({ id, aoo }) => `${aoo} ${id}`);
      expect(ids.length).toBe(50);
      expect(new Set(ids).size).toBe(50);
      expect(pages.length).toBe(Math.ceil(50 / limit));
      const [whole] = await walk(list, null, 500);
      expect(pages.flat()).toEqual(whole);
    },
  );

  it('of one office shows nothing of another', async () => {
    const found = (await walk(list, PROVARIA.aoo, 10)).flat();
    expect(found.length).toBe(25);
    expect(new Set(found.map(({ aoo }) => aoo))).toEqual(new Set([PROVARIA.aoo]));
  });

  it('shows nothing for an invented cursor', async () => {
    for (const cursor of ['x', '0', "'; drop table mail; --", Buffer.from('["x"]').toString('base64url'), '-']) {
      expect(await list({ aoo: null, cursor, limit: 5 })).toEqual({ items: [], cursor: null, forged: true });
    }
  });

  it('finds one of its own by id, and none of another office', async () => {
    const [one] = (await list({ aoo: null, cursor: null, limit: 1 })).items;
    const show = {
      messages: house.views.message,
      registrations: house.views.registration,
      exchanges: house.views.exchange,
    };
    expect(await show[name](one?.id ?? '')).toMatchObject({ id: one?.id });
    for (const id of ['', 'x', '../..', 'a/b/c/d/e', 'c_esempio/AESEMP1/PROT/2026/999', uuidv7(AT)]) {
      expect(await show[name](id)).toBeNull();
    }
  });
});

describe('text from outside', () => {
  const LONG = Array.from({ length: 20_000 }, (_, index) =>
    String.fromCodePoint(0x4e00 + ((index * 7_919) % 20_000)),
  ).join('');
  it.each([
    ['NUL', 'a\0b', 'a\uFFFDb'],
    ['a lone surrogate', 'a\uD800b\uDC00', 'a\uFFFDb\uFFFD'],
    ['20,000 characters that no compression shortens', LONG, LONG],
    [
      'quotes, backslashes, controls, right-to-left',
      `'"\\\\u0000 \x01\x1b[31m\u202Egnp.exe`,
      `'"\\\\u0000 \x01\x1b[31m\u202Egnp.exe`,
    ],
  ])('%s is saved and read', async (_, text, saved) => {
    const owner = uuidv7(AT);
    const at = office('c_testo', `T${sha256(text).slice(0, 8)}`);
    await house.store.declareOffices([at], [{ aoo: at.aoo, mailbox: MAILBOX }]);
    await house.store.leaseMailbox(at.aoo, MAILBOX, owner, 45);
    const [mail, failed] = [keptMail(100), keptMail(101)];
    await house.store.keepMails(at.aoo, MAILBOX, owner, 7n, 101, [mail, failed]);
    const exchange = exchangeOf({ subject: text, peerAddress: text, peer: correspondent(text) });
    const event = { type: 'received', once: `received ${text}`, mailId: mail.mailId, data: { text } } as const;
    const save = () =>
      house.store.inOffice(at.aoo, async (tx) => {
        const work = openUnitOfWork(at, tx, AT);
        work.load(await tx.exchanges.byId([exchange.exchangeId]));
        work.seen(await tx.exchanges.eventsSeen([exchange.exchangeId]));
        const isNew = work.append(work.exchange(exchange.exchangeId) ?? exchange, event);
        if (!isNew) return false;
        await work.register(
          draft({
            subject: text,
            sender: correspondent(text),
            flags: [{ code: 'segnatura-invalid', at: text, message: text }],
            documents: [
              {
                role: 'primary',
                name: text,
                mediaType: text,
                sha256: sha256('x'),
                size: 1,
                source: { sha256: sha256('m'), part: '1' },
              },
            ],
          }),
        );
        work.queue(queuedFor(exchange.exchangeId, { subject: text, text }));
        work.audit('left-to-a-person', text, { text });
        work.settle({
          kept: mail,
          inspection: inspection({ decision: { action: 'operator', reasons: [text], codes: [] } }),
          subject: text,
          sender: text,
          messageId: text,
          exchangeId: exchange.exchangeId,
          receipt: null,
          note: text,
        });
        await tx.save(work.changes());
        return true;
      });
    expect(await save()).toBe(true);
    // The same event is recognised again, whatever characters its key has.
    expect(await save()).toBe(false);
    expect(await house.store.inOffice(at.aoo, (tx) => tx.outbox.byMessageId([text]))).toEqual(new Map());
    await house.store.failMail(at.aoo, failed.mailId, text);
    await house.store.reportMailbox(at.aoo, MAILBOX, text);

    const { views } = house;
    expect(await views.message(mail.mailId)).toMatchObject({ subject: saved, sender: saved, note: saved });
    expect(await views.message(failed.mailId)).toMatchObject({ state: 'failed', note: saved });
    expect(await views.exchange(exchange.exchangeId)).toMatchObject({
      subject: saved,
      events: [{ data: { text: saved } }],
    });
    expect(await views.registration(`${at.aoo}/PROT/2026/1`)).toMatchObject({
      subject: saved,
      correspondent: saved,
      documents: [{ name: saved, mediaType: saved }],
    });
    expect((await views.verifyAudit()).find(({ aoo }) => aoo === at.aoo)).toMatchObject({
      ...{ records: 3, brokenAt: null, covered: 3, found: 0 },
    });
    expect((await views.status()).mailboxes.find(({ aoo }) => aoo === at.aoo)).toMatchObject({ lastError: saved });
  });
});

describe('a text of any length', () => {
  const BEGINNING = 'è'.repeat(2_000);
  it.each([
    ['that fits', BEGINNING, BEGINNING],
    ['longer by one', `${BEGINNING}x`, `${BEGINNING}…`],
    ['of a hostile segnatura', 'è'.repeat(100_000), `${BEGINNING}…`],
  ])('%s is shown by its beginning in lists, and whole where one is shown', async (_, text, listed) => {
    const owner = uuidv7(AT);
    const at = office('c_lungo', `L${sha256(text).slice(0, 8)}`);
    await house.store.declareOffices([at], [{ aoo: at.aoo, mailbox: MAILBOX }]);
    await house.store.leaseMailbox(at.aoo, MAILBOX, owner, 45);
    const mail = keptMail(200);
    await house.store.keepMails(at.aoo, MAILBOX, owner, 7n, 200, [mail]);
    const exchange = exchangeOf({ subject: text, peer: correspondent(text) });
    await house.store.inOffice(at.aoo, async (tx) => {
      const work = openUnitOfWork(at, tx, AT);
      work.put(exchange);
      await work.register(draft({ subject: text, sender: correspondent(text) }));
      const what = { subject: text, sender: text, messageId: null, exchangeId: null, receipt: null, note: null };
      work.settle({ kept: mail, inspection: inspection(), ...what });
      work.show({ exchangeId: exchange.exchangeId, mailId: null, code: 'notice-failed', detail: text });
      await tx.save(work.changes());
    });
    const { views } = house;
    const asked = { aoo: at.aoo, cursor: null, limit: 5 };
    const peer = (name: string) => `${name} <${exchange.peerAddress}>`;
    expect((await views.messages(asked)).items).toMatchObject([{ subject: listed, sender: listed }]);
    expect(await views.message(mail.mailId)).toMatchObject({ subject: text, sender: text });
    expect((await views.registrations(asked)).items).toMatchObject([{ subject: listed, correspondent: listed }]);
    expect(await views.registration(`${at.aoo}/PROT/2026/1`)).toMatchObject({ subject: text, correspondent: text });
    expect((await views.exchanges(asked)).items).toMatchObject([{ subject: listed, peer: peer(listed) }]);
    expect(await views.exchange(exchange.exchangeId)).toMatchObject({ subject: text, peer: peer(text) });
    expect((await views.tasks(asked)).items).toMatchObject([{ peer: peer(listed) }]);
  });
});

describe('the status', () => {
  it('counts what waits, what failed and what a person has to do', async () => {
    const before = await house.views.status();
    const owner = uuidv7(AT);
    const at = office('c_stato', 'ASTATO1');
    await house.store.declareOffices([at], [{ aoo: at.aoo, mailbox: MAILBOX }]);
    await house.store.leaseMailbox(at.aoo, MAILBOX, owner, 45);
    const mails = [keptMail(1), keptMail(2), keptMail(3, { refusal: 'troppo grande' })];
    await house.store.keepMails(at.aoo, MAILBOX, owner, 7n, 3, mails);
    await register(house.store, at, AT);
    await house.store.failMail(at.aoo, mails[0]?.mailId ?? '', 'motivo');
    const after = await house.views.status();
    expect(after.messages.waiting - before.messages.waiting).toBe(1);
    expect(after.messages.failed - before.messages.failed).toBe(2);
    expect((await house.store.mailsToSettle(at.aoo, MAILBOX, 10)).map(({ uid }) => uid)).toEqual([2]);
  });
});
