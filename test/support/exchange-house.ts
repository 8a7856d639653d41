/**
 * Three offices in one real database, with the real intake, outbox and commands. Between them, instead of a PEC provider,
 * lies a pile of signed letters: the test decides which arrives when, and how often.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { folderDocuments } from '../../src/adapters/documents/folder.ts';
import { loadGrammars } from '../../src/adapters/grammar-files.ts';
import { compose } from '../../src/adapters/smtp/compose.ts';
import { anchorsFrom } from '../../src/formats/pec/trust.ts';
import type { MailAddress } from '../../src/kernel/ids.ts';
import { uuidv7 } from '../../src/kernel/uuid.ts';
import { issueProvider } from '../../src/sandbox/authority.ts';
import { receipt, transportEnvelope } from '../../src/sandbox/craft.ts';
import type { ReceiptKind } from '../../src/sandbox/receipt-texts.ts';
import { openCommands } from '../../src/service/commands/commands.ts';
import { watchDeadlines } from '../../src/service/deadlines/watch-deadlines.ts';
import { keepMails } from '../../src/service/intake/keep-mails.ts';
import { judgeHere } from '../../src/service/intake/mail-judge.ts';
import { retryMails } from '../../src/service/intake/retry-mails.ts';
import { settleMails } from '../../src/service/intake/settle-mails.ts';
import { openCircuits } from '../../src/service/outbox/circuits.ts';
import { leaseQueued, sendLeased } from '../../src/service/outbox/deliver-outbox.ts';
import type { Handover } from '../../src/service/outbox/mail-sender.ts';
import type { MailRecipe } from '../../src/service/register/mail-recipe.ts';
import type { Office } from '../../src/service/register/office.ts';
import { office, openHouse } from '../adapters/postgres/support.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const REFUSED: Handover = { outcome: 'permanent', concerns: 'mail', response: '550 no' };
const DOMAIN = 'pec.esempio.example.it';

export interface Letter {
  readonly to: Office;
  readonly bytes: Buffer;
}
/** What the provider does with a mail: refuse it at SMTP (`taken` false), or send these receipts and perhaps deliver it. */
export interface Fate {
  readonly taken: boolean;
  readonly receipts: readonly ReceiptKind[];
  readonly arrives: boolean;
}

const named = (administration: string, code: string, name: string, change: Partial<Office> = {}): Office => {
  const address = `${name}@${DOMAIN}` as MailAddress;
  const base = office(administration, code);
  return { ...base, name, address, mailboxes: base.mailboxes.map((one) => ({ ...one, address })), ...change };
};

/** A request to send a message to these offices, by their addresses. */
export const request = (to: readonly Office[], subject: string, confirmationRequested = true) => ({
  subject,
  to: to.map(({ address }) => address),
  addressAsItIs: true,
  generation: '2013' as const,
  confirmationRequested,
  classifications: [],
  documents: [{ name: 'a.txt', mediaType: 'text/plain', bytes: Buffer.from(subject) }],
});

export type ExchangeHouse = Awaited<ReturnType<typeof openExchangeHouse>>;

/** `change` is applied to the first two offices, as their configuration would. */
export async function openExchangeHouse(at: Date, change: Partial<Office> = {}) {
  const offices = [
    named('c_esempio', 'AESEMP1', 'esempio', change),
    named('c_provaria', 'APROVA1', 'provaria', change),
    named('c_esterno', 'AESTER1', 'esterno', { numbering: 'external' }),
  ] as const;
  const house = await openHouse(offices);
  const folder = await mkdtemp(join(tmpdir(), 'interpro-exchange-'));
  const { store } = house;
  await store.declareOffices(
    offices,
    offices.map(({ aoo, address }) => ({ aoo, mailbox: address })),
  );
  const documents = await folderDocuments(folder);
  const provider = await issueProvider({ domain: DOMAIN });
  const { trust } = anchorsFrom([{ name: 'sandbox.pem', bytes: Buffer.from(provider.caPem) }]);
  const time = { at };
  const clock = { now: () => time.at };
  const owner = uuidv7(at);
  const learn = async () => undefined;
  const judge = judgeHere((await loadGrammars()).validate);
  const shared = {
    store,
    documents,
    clock,
    trust,
    judge,
    log: silent,
    senders: null,
    learn,
    owner,
  };
  const byAoo = new Map(offices.map((one) => [one.aoo, one]));
  const unknown = { status: 'unknown', problem: { code: 'not-found', message: '', at: null, detail: '' } };
  const commands = openCommands({ ...shared, resolve: () => Promise.resolve(unknown as never) });
  let uid = 0;
  let count = 0;

  const lettersFor = async (recipe: MailRecipe, fate: Fate): Promise<readonly Letter[]> => {
    count += 1;
    const to = offices.find(({ address }) => address === recipe.to[0]);
    const from = offices.find(({ address }) => address === recipe.from);
    if (from === undefined || to === undefined) throw new Error(`nobody at ${recipe.to[0]}`);
    const { messageId, subject } = recipe;
    const about = { date: time.at, from: from.address, subject, messageId };
    const recipients = [{ address: to.address, certified: true }];
    const identifier = `opec.${count}@${DOMAIN}`;
    const letters = fate.receipts.map((kind) => {
      const isFinal = kind === 'avvenuta-consegna' || kind === 'errore-consegna';
      const error = kind === 'errore-consegna' || kind === 'non-accettazione' ? ({ error: 'altro' } as const) : {};
      const deliveredTo = isFinal ? { deliveredTo: to.address } : {};
      return {
        to: from,
        bytes: receipt(provider, { ...about, kind, identifier, to: recipients, ...error, ...deliveredTo }),
      };
    });
    if (!fate.arrives) return letters;
    const original = await buffer(compose(recipe, documents));
    return [...letters, { to, bytes: transportEnvelope(provider, { ...about, identifier, to: recipients, original }) }];
  };

  return {
    ...house,
    offices,
    commands,
    documents,
    provider,
    time,
    /** What `interpro retry` does. */
    retry: (to: Office, mailIds: readonly string[] | null = null) => retryMails(to, mailIds, { store, clock }),
    watch: () => watchDeadlines(byAoo, { store, clock, learn }),
    /** Puts mails into a mailbox, in this order, and settles them together. `trusting` false: the provider is unknown. */
    async deliver(to: Office, mails: readonly Buffer[], trusting = true): Promise<void> {
      const settling = { ...shared, isPassing: () => false, trust: trusting ? trust : { anchors: [] } };
      await store.leaseMailbox(to.aoo, to.address, owner, 45);
      const page = mails.map((bytes) => {
        uid += 1;
        return { uid, size: bytes.length, arrivedAt: time.at, bytes };
      });
      await settleMails(to, await keepMails(to, to.address, 7n, page, shared), settling);
      // Adopted receipts are settled later, like mails of a process that ended.
      const waiting = await store.mailsToSettle(to.aoo, to.address, 50);
      await settleMails(
        to,
        waiting.map((kept) => ({ kept, bytes: null })),
        settling,
      );
    },
    /** Hands over what is due and returns the letters that the provider makes of it. */
    async handOver(fate: () => Fate, limit: number): Promise<readonly Letter[]> {
      const letters: Promise<readonly Letter[]>[] = [];
      const sender = {
        async send(_: unknown, recipe: MailRecipe): Promise<Handover> {
          const chosen = fate();
          letters.push(lettersFor(recipe, chosen));
          return chosen.taken ? { outcome: 'accepted', response: '250 ok' } : REFUSED;
        },
        close: async () => undefined,
      };
      const random = () => 0.5;
      const circuits = openCircuits({ clock, random });
      const deps = { store, sender, clock, offices: byAoo, circuits, random };
      const never = new AbortController().signal;
      const conduct = { owner, stopping: never, abandoned: never, again: async () => false, onSent: () => undefined };
      for (const [aoo, items] of await leaseQueued(owner, limit, new Set(), deps))
        await sendLeased(aoo, items, conduct, deps);
      return (await Promise.all(letters)).flat();
    },
    async end(): Promise<void> {
      await house.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
