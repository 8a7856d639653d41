import { join } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { mailAddress } from '../kernel/ids.ts';
import { issueAuthority, issueProvider, type Provider, providerAddress } from './authority.ts';
import type { DigestName } from './cms.ts';
import type { FaultySigner } from './dispatch.ts';
import { type ImapMailbox, openMailbox, startImap } from './imap.ts';
import { keepInFolder, keepInMemory, type StoredMail } from './mailbox.ts';
import { createPostOffice } from './post-office.ts';
import { createRules, type Rule } from './rules.ts';
import { startSmtp } from './smtp.ts';
import { openVault, type Vault } from './vault.ts';

/**
 * PEC providers as an office meets them: SMTP submission, IMAP mailboxes, and everything that certified mail sends back.
 * Every domain is a provider of its own with its own signer; they share one certification authority.
 */
export interface SandboxOptions {
  /** Keeps the authority and the mail across restarts; omitted: everything in memory. */
  readonly folder?: string;
  readonly host?: string;
  /** 0 or omitted: a free one. */
  readonly smtpPort?: number;
  readonly imapPort?: number;
  /** Certified domains besides those of the mailboxes: mail to them fails as `no-dest`. */
  readonly domains?: readonly string[];
  /** Certified domains that never answer: their mail runs into the 12 and 24 hour notices. */
  readonly deadDomains?: readonly string[];
  readonly mailboxes: readonly MailboxLogin[];
  readonly digest?: DigestName;
  /** Size × recipients, in bytes; default 100 MB, as the larger providers allow. */
  readonly limitBytes?: number;
  readonly clock?: Clock;
  /** One line for every mail that is put into a mailbox. */
  readonly log?: (line: string) => void;
}

export interface MailboxLogin {
  readonly address: string;
  readonly password: string;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface Sandbox {
  readonly smtp: Endpoint;
  readonly imap: Endpoint;
  /** The root of the authority: what a client has to trust. */
  readonly caPem: string;
  /** The first certified domain. */
  readonly domain: string;
  readonly mailboxes: readonly MailboxLogin[];
  /** The provider of a certified domain, to craft further mail in its name. */
  provider(domain: string): Provider;
  addMailbox(login: MailboxLogin): Promise<void>;
  /**
   * Everything in a mailbox, oldest first. Providers have one too (`posta-certificata@<domain>`: presa-in-carico and
   * rilevazione-virus go there).
   */
  mails(address: string): readonly StoredMail[];
  /** Resolves as soon as the mailbox holds so many mails; rejects after `milliseconds`. */
  arrived(address: string, count: number, milliseconds?: number): Promise<readonly StoredMail[]>;
  /** Puts any bytes into a mailbox, as they are. */
  deliverRaw(address: string, bytes: Uint8Array): void;
  /** Ordinary mail from outside, which arrives in an anomaly envelope. */
  receiveOrdinary(address: string, bytes: Uint8Array): Promise<void>;
  /** Returns the way to take the rule back. */
  misbehave(rule: Rule): () => void;
  /** Moves the sandbox's clock ahead and sends the time-out notices that are due. */
  advance(hours: number): Promise<void>;
  /** Cuts every IMAP connection. */
  dropImapConnections(): void;
  /** The mailbox gets a new UIDVALIDITY, and every mail a new UID. */
  renumber(address: string): void;
  stop(): Promise<void>;
}

interface Box {
  readonly mailbox: ImapMailbox;
  readonly password: string | null;
}

const TIMEOUT_CHECK_MS = 60_000;

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const host = options.host ?? '127.0.0.1';
  const { folder } = options;
  let offset = 0;
  const clock: Clock = { now: () => new Date((options.clock?.now().getTime() ?? Date.now()) + offset) };
  const vault = await openVault(folder === undefined ? null : join(folder, 'ca'));
  const providers = new Map<string, Provider>();
  const boxes = new Map<string, Box>();
  const waiting = new Set<() => void>();
  const rules = createRules();
  const limitBytes = options.limitBytes ?? 100 * 1024 * 1024;

  const open = (address: string, password: string | null): Box => {
    const kept =
      folder === undefined ? keepInMemory() : keepInFolder(join(folder, 'mail', encodeURIComponent(address)));
    const box = { mailbox: openMailbox(kept), password };
    boxes.set(address, box);
    return box;
  };
  const box = (address: string): Box => {
    const found = boxes.get(address.toLowerCase());
    if (!found) throw new Error(`the sandbox has no mailbox ${address}`);
    return found;
  };
  const addDomain = async (domain: string) => {
    if (providers.has(domain)) return;
    providers.set(domain, await vault.provider(domain));
    open(providerAddress(domain), null);
  };
  const addMailbox = async ({ address, password }: MailboxLogin) => {
    const valid = mailAddress(address);
    if (valid === null) throw new RangeError(`not a mail address: ${address}`);
    await addDomain(valid.slice(valid.lastIndexOf('@') + 1));
    if (boxes.has(valid)) throw new RangeError(`the mailbox ${address} exists already`);
    open(valid, password);
  };
  const store = (address: string, bytes: Buffer, at: Date) => {
    box(address).mailbox.append(bytes, at);
    options.log?.(`${at.toISOString()} -> ${address} (${bytes.length} bytes)`);
    for (const wake of waiting) wake();
  };

  const dead = new Set((options.deadDomains ?? []).map((domain) => domain.toLowerCase()));
  for (const domain of [...(options.domains ?? []), ...dead]) await addDomain(domain.toLowerCase());
  for (const login of options.mailboxes) await addMailbox(login);
  const postOffice = createPostOffice({
    clock,
    rules,
    digest: options.digest ?? 'sha256',
    limitBytes,
    provider: (domain) => providers.get(domain),
    faultySigner: faultySigners(vault, clock),
    dead: (domain) => dead.has(domain),
    exists: (address) => boxes.has(address),
    store,
  });

  const authenticate = (user: string, password: string) => boxes.get(user.toLowerCase())?.password === password;
  const imap = await startImap({
    host,
    port: options.imapPort ?? 0,
    login(user, password) {
      const [refused] = rules.take(['refuse'], { from: user }, ({ service }) => service === 'imap');
      if (refused?.how === 'disconnect') return 'disconnect';
      return refused === undefined && authenticate(user, password) ? box(user).mailbox : null;
    },
  });
  const smtp = await startSmtp({
    host,
    port: options.smtpPort ?? 0,
    // Messages beyond the provider's limit still come in, so that they can be refused by a notice.
    maxBytes: 2 * limitBytes,
    authenticate,
    refusal(from, to, at) {
      const stage = (how: string) => (how === 'authentication' ? 'login' : 'data');
      const [refused] = rules.take(
        ['refuse'],
        { from, to },
        ({ service, how }) => service !== 'imap' && stage(how) === at,
      );
      return refused?.how ?? null;
    },
    accept: postOffice.accept,
  }).catch(async (error: unknown) => {
    await imap.stop();
    throw error;
  });
  const ticking = setInterval(() => void postOffice.checkTimeouts(), TIMEOUT_CHECK_MS);
  ticking.unref();

  return {
    smtp: { host, port: smtp.port },
    imap: { host, port: imap.port },
    caPem: vault.authority.caPem,
    domain: [...providers.keys()][0] ?? '',
    get mailboxes() {
      return [...boxes].flatMap(([address, { password }]) => (password === null ? [] : [{ address, password }]));
    },
    provider(domain) {
      const found = providers.get(domain);
      if (!found) throw new Error(`the sandbox has no domain ${domain}`);
      return found;
    },
    addMailbox,
    mails: (address) => box(address).mailbox.mails(),
    async arrived(address, count, milliseconds = 10_000) {
      const { mailbox } = box(address);
      if (mailbox.count() < count) {
        await new Promise<void>((resolve, reject) => {
          const done = () => {
            clearTimeout(timer);
            waiting.delete(look);
          };
          const look = () => {
            if (mailbox.count() < count) return;
            done();
            resolve();
          };
          const timer = setTimeout(() => {
            done();
            reject(new Error(`${address} holds ${mailbox.count()} mails after ${milliseconds} ms, not ${count}`));
          }, milliseconds);
          waiting.add(look);
        });
      }
      return mailbox.mails();
    },
    deliverRaw: (address, bytes) => store(address, Buffer.from(bytes), clock.now()),
    receiveOrdinary: (address, bytes) => postOffice.receiveOrdinary(box(address) && address, Buffer.from(bytes)),
    misbehave: rules.add,
    async advance(hours) {
      offset += hours * 3_600_000;
      await postOffice.checkTimeouts();
    },
    dropImapConnections: imap.dropConnections,
    renumber: (address) => box(address).mailbox.renumber(),
    async stop() {
      clearInterval(ticking);
      postOffice.stop();
      await Promise.all([smtp.stop(), imap.stop()]);
    },
  };
}

/** Signers that must not be believed, issued when first asked for. */
function faultySigners(vault: Vault, clock: Clock) {
  const issued = new Map<string, Promise<Provider>>();
  const issue = async ({ domain, name }: Provider, fault: FaultySigner): Promise<Provider> => {
    const { authority } = vault;
    if (fault === 'foreign') {
      return issueProvider({ domain, name, authority: await issueAuthority({ name: 'Autorita estranea' }) });
    }
    if (fault === 'san-mismatch')
      return issueProvider({ domain, name, authority, san: 'posta-certificata@altro.example.it' });
    const day = 86_400_000;
    const now = clock.now().getTime();
    const validity = { notBefore: new Date(now - 365 * day), notAfter: new Date(now - day) };
    return issueProvider({ domain, name, authority, ...validity });
  };
  return (provider: Provider, fault: FaultySigner): Promise<Provider> => {
    const key = `${provider.domain} ${fault}`;
    const signer = issued.get(key) ?? issue(provider, fault);
    issued.set(key, signer);
    return signer;
  };
}
