/** The desk as its users have it: the whole node, mail coming in, and persons before a real browser. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { TestRunner } from 'vitest';
import { sessionCookie } from '../../../src/entrances/http/desk/gate.ts';
import type { AooId } from '../../../src/kernel/ids.ts';
import type { MessageDetail } from '../../../src/service/queries/views.ts';
import type { Office } from '../../../src/service/register/office.ts';
import { ESEMPIO as ESEMPIO_FACTS, type Facts, PROVARIA as PROVARIA_FACTS } from '../../exchange/councils.ts';
import { sha256Hex } from '../../exchange/mails.ts';
import { ESEMPIO, type Node, type NodeOptions, PROVARIA, startNode, until } from '../../support/node.ts';
import { launchChromium, openBrowserContext, type PageOptions } from './browser.ts';
import { type LetterKind, letter, WRITERS } from './letters.ts';
import { type DeskPersons, enrol, type Who } from './persons.ts';

export interface DeskHouse extends Omit<Node, 'stop'>, DeskPersons {
  /** A browser of this person, on an empty page. */
  openPage(who: Who, options?: PageOptions): Promise<Page>;
  /** A browser that nobody has signed in to. */
  stranger(options?: PageOptions): Promise<Page>;
  /** Asks without a browser, as this person: null is nobody. */
  ask(who: Who | null, path: string, init?: RequestInit): Promise<Response>;
  /** Puts mail into an office's mailbox and resolves with what the service made of it. */
  receive(kind: LetterKind, subject: string, to?: AooId): Promise<MessageDetail>;
  /** The same for a certified mail that a test has written itself. */
  deliver(bytes: Buffer, to?: AooId): Promise<MessageDetail>;
  stop(): Promise<void>;
}

/** Two councils that number and a third that does not. One for a test file, in `beforeAll`; `stop` it in `afterAll`. */
export async function openDesk(options: NodeOptions = {}): Promise<DeskHouse> {
  const node = await startNode({
    previewOrigin: true,
    ...options,
    mailboxes: WRITERS,
    office: (one) => asksPersons(options.office?.(one) ?? one),
  });
  const enrolled = await enrol(node.service.people, node.pool).catch(async (error: unknown) => {
    await node.stop();
    throw error;
  });
  const cookieOf = (who: Who) => ({ name: sessionCookie({ isSecure: false }), value: enrolled.persons[who].token });
  let launched: Promise<Browser> | null = null;
  const context = async (cookies: readonly { name: string; value: string }[], wish: PageOptions) => {
    if (TestRunner.getCurrentTest() === undefined)
      throw new Error('pages are opened inside a test, which they can fail');
    launched ??= launchChromium();
    const { protocol, hostname } = new URL(node.origin);
    const viewer = node.service.previewOrigin({ protocol: protocol.slice(0, -1), hostname });
    const provider = options.accounts?.issuer;
    const alsoOrigins = [viewer, provider].filter((one) => one != null);
    return openBrowserContext(await launched, { origin: node.origin, alsoOrigins, cookies }, wish);
  };
  const pageOf = async (of: Promise<BrowserContext>) => (await of).newPage();
  return {
    ...node,
    ...enrolled,
    openPage: (who, wish = {}) => pageOf(context([cookieOf(who)], wish)),
    ask: (who, path, init = {}) =>
      fetch(`${node.origin}${path}`, {
        redirect: 'manual',
        ...init,
        headers: {
          ...(who !== null && { cookie: `${cookieOf(who).name}=${cookieOf(who).value}` }),
          ...(init.headers as Record<string, string> | undefined),
        },
      }),
    stranger: (wish = {}) => pageOf(context([], wish)),
    async receive(kind, subject, to = ESEMPIO) {
      const facts = factsOf(to);
      const bytes = letter(node.sandbox, kind, facts, subject);
      if (kind === 'ordinary') return arrived(node, subject, await throughProvider(node, facts, bytes));
      node.sandbox.deliverRaw(facts.address, bytes);
      return arrived(node, subject, bytes);
    },
    async deliver(bytes, to = ESEMPIO) {
      node.sandbox.deliverRaw(factsOf(to).address, bytes);
      return arrived(node, 'a letter', bytes);
    },
    async stop() {
      await (await launched)?.close();
      await node.stop();
    },
  };
}

/** A document that was changed on the way is refused by the standard policy; these offices want a person to look. */
const asksPersons = (office: Office): Office => ({
  ...office,
  policy: new Map([['document-digest-differs', 'operator'], ...office.policy]),
});

function factsOf(aoo: AooId): Facts {
  if (aoo === ESEMPIO) return ESEMPIO_FACTS;
  if (aoo === PROVARIA) return PROVARIA_FACTS;
  throw new Error(`no letters are written to ${aoo}`);
}

/** The provider wraps what is not certified: what lies in the mailbox has other bytes. */
async function throughProvider({ sandbox }: Node, { address }: Facts, bytes: Buffer): Promise<Buffer> {
  const before = sandbox.mails(address).length;
  await sandbox.receiveOrdinary(address, bytes);
  const mail = sandbox.mails(address)[before];
  if (mail === undefined) throw new Error('the provider kept the mail');
  return mail.bytes;
}

function arrived({ pool, service }: Node, subject: string, bytes: Buffer): Promise<MessageDetail> {
  return until(`a judgement of «${subject}»`, async () => {
    const { rows } = await pool.query<{ mail_id: string }>(
      `select mail_id from mail where sha256 = $1 and state <> 'kept'`,
      [sha256Hex(bytes)],
    );
    const [found] = rows;
    return found === undefined ? null : service.views.message(found.mail_id);
  });
}
