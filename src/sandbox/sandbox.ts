import { join } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { certificatePem, issueAuthority, issueProvider, type Provider, type SealOwner } from './authority.ts';
import type { SigningDigest } from './cms.ts';
import type { FaultySigner } from './dispatch.ts';
import { startImap } from './imap/server.ts';
import type { ImapMoment } from './imap/session.ts';
import type { StoredMail } from './mail-store.ts';
import { type Boxes, createBoxes, type MailboxLogin } from './mailboxes.ts';
import { createPostOffice } from './post-office.ts';
import {
  createRules,
  type ImapAction,
  type ImapFault,
  lifted,
  type RefuseAction,
  type Rule,
  type Rules,
} from './rules.ts';
import { type SmtpServerOptions, startSmtp } from './smtp.ts';
import { openVault, type Vault } from './vault.ts';

/**
 * PEC providers as an office sees them: SMTP submission, IMAP mailboxes, and every receipt and notice of certified mail.
 * Each domain is a provider with its own signer; all share one certification authority.
 */
export interface SandboxOptions {
  /** Keeps the authority and the mail across restarts. Omitted: everything stays in memory. */
  readonly folder?: string;
  readonly host?: string;
  /** A free one when 0 or omitted. */
  readonly smtpPort?: number;
  readonly imapPort?: number;
  /** Certified domains without mailboxes: mail to them fails as `no-dest`. */
  readonly domains?: readonly string[];
  /** Certified domains that never answer: their mail leads to the notices after 12 and 24 hours. */
  readonly deadDomains?: readonly string[];
  readonly mailboxes: readonly MailboxLogin[];
  readonly digest?: SigningDigest;
  /** Size × recipients, in bytes; 100 MB when omitted, which the larger providers allow. */
  readonly limitBytes?: number;
  readonly clock?: Clock;
  /** Hears one line for every mail that is put into a mailbox. */
  readonly log?: (line: string) => void;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** The two files of a seal that a configuration names, in PEM. */
export interface SealFiles {
  /** The seal's certificate, then that of the intermediate authority. */
  readonly certPem: string;
  /** PKCS #8, not encrypted. */
  readonly keyPem: string;
}

export interface Sandbox {
  readonly smtp: Endpoint;
  readonly imap: Endpoint;
  /** The root of the authority; clients have to trust it. */
  readonly caPem: string;
  /** The certified domain of the first mailbox. */
  readonly domain: string;
  readonly mailboxes: readonly MailboxLogin[];
  /** The provider of a certified domain, to craft further mail in its name. */
  provider(domain: string): Provider;
  /**
   * An electronic seal for the segnature of a body, under the same root. An administration gets the same seal at every
   * call, with a folder also after a restart.
   */
  sealFor(owner: SealOwner): Promise<SealFiles>;
  addMailbox(login: MailboxLogin): Promise<void>;
  /**
   * All mail in a mailbox, oldest first. Providers have mailboxes too: presa-in-carico and rilevazione-virus go to
   * `posta-certificata@<domain>`.
   */
  mails(address: string): readonly StoredMail[];
  /** Resolves as soon as the mailbox holds `count` mails; rejects after `milliseconds`. */
  arrived(address: string, count: number, milliseconds?: number): Promise<readonly StoredMail[]>;
  /** Puts any bytes into a mailbox, as they are. */
  deliverRaw(address: string, bytes: Uint8Array): void;
  /** Ordinary mail from outside: it arrives in an anomaly envelope. */
  receiveOrdinary(address: string, bytes: Uint8Array): Promise<void>;
  /** Returns a function that takes the rule back. */
  misbehave(rule: Rule): () => void;
  /** Moves the sandbox's clock ahead, and sends the time-out notices that become due. */
  advance(hours: number): Promise<void>;
  /** Cuts every IMAP connection. */
  dropImapConnections(): void;
  /** The mailbox gets a new UIDVALIDITY, and every mail a new UID. */
  renumber(address: string): void;
  stop(): Promise<void>;
}

const TIMEOUT_CHECK_MS = 60_000;
const MEGABYTE = 1024 * 1024;

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const host = options.host ?? '127.0.0.1';
  const folder = options.folder ?? null;
  const log = options.log ?? (() => undefined);
  let offset = 0;
  const clock: Clock = { now: () => new Date((options.clock?.now().getTime() ?? Date.now()) + offset) };
  const vault = await openVault(folder && join(folder, 'ca'));
  const boxes = createBoxes(folder && join(folder, 'mail'), vault, options.log);
  const rules = createRules();
  const limitBytes = options.limitBytes ?? 100 * MEGABYTE;

  const dead = new Set((options.deadDomains ?? []).map((domain) => domain.toLowerCase()));
  for (const login of options.mailboxes) await boxes.addMailbox(login);
  for (const domain of [...(options.domains ?? []), ...dead]) await boxes.addDomain(domain.toLowerCase());
  const postOffice = createPostOffice({
    clock,
    rules,
    digest: options.digest ?? 'sha256',
    limitBytes,
    provider: boxes.provider,
    faultySigner: faultySigners(vault, clock),
    dead: (domain) => dead.has(domain),
    exists: boxes.has,
    store: boxes.store,
  });
  const { smtp, imap } = await startServers(host, options, { boxes, rules, limitBytes, accept: postOffice.accept });
  const ticking = setInterval(() => {
    postOffice.checkTimeouts().catch((error: unknown) => log(`time-out notices failed: ${error}`));
  }, TIMEOUT_CHECK_MS);
  ticking.unref();

  return {
    smtp: { host, port: smtp.port },
    imap: { host, port: imap.port },
    caPem: vault.authority.caPem,
    domain: boxes.domains()[0] ?? '',
    get mailboxes() {
      return boxes.logins();
    },
    provider(domain) {
      const found = boxes.provider(domain);
      if (!found) throw new Error(`the sandbox has no domain ${domain}`);
      return found;
    },
    async sealFor(owner) {
      const { certificate, key } = await vault.seal(owner);
      return {
        certPem: [certificate, vault.authority.intermediate.certificate].map(certificatePem).join(''),
        keyPem: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
      };
    },
    addMailbox: boxes.addMailbox,
    mails: (address) => [...boxes.inbox(address).messages],
    arrived: (address, count, milliseconds = 10_000) => boxes.arrived(address, count, milliseconds),
    deliverRaw(address, bytes) {
      const mail = Buffer.from(bytes);
      boxes.store(address, () => mail, clock.now());
    },
    receiveOrdinary: (address, bytes) => postOffice.receiveOrdinary(address.toLowerCase(), Buffer.from(bytes)),
    misbehave: rules.add,
    async advance(hours) {
      offset += hours * 3_600_000;
      await postOffice.checkTimeouts();
    },
    dropImapConnections: imap.dropConnections,
    renumber: (address) => boxes.inbox(address).renumber(),
    async stop() {
      clearInterval(ticking);
      postOffice.stop();
      await Promise.all([smtp.stop(), imap.stop()]);
    },
  };
}

interface Behind {
  readonly boxes: Boxes;
  readonly rules: Rules;
  readonly limitBytes: number;
  readonly accept: SmtpServerOptions['accept'];
}

/** Starts both, or neither. */
async function startServers(host: string, ports: SandboxOptions, { boxes, rules, limitBytes, accept }: Behind) {
  const imap = await startImap({
    host,
    port: ports.imapPort ?? 0,
    login(user, password) {
      const [refused] = rules.take(['refuse'], { from: user }, ({ service }) => service === 'imap');
      if (refused?.how === 'disconnect') return 'disconnect';
      return refused === undefined && boxes.opens(user, password) ? boxes.inbox(user) : null;
    },
    ordered: (faults, moment) => orderedFaults(rules, faults, moment),
  });
  try {
    const smtp = await startSmtp({
      host,
      port: ports.smtpPort ?? 0,
      // Messages above the provider's limit must still come in: a notice refuses them.
      maxBytes: 2 * limitBytes,
      authenticate: boxes.opens,
      refusal(from, to, at) {
        const here = ({ service, how }: RefuseAction) =>
          service !== 'imap' && (how === 'authentication' ? 'login' : 'data') === at;
        return rules.take(['refuse'], { from, to }, here)[0]?.how ?? null;
      },
      reply: (from, to) => lifted(rules.take(['receipts-first'], { from, to })),
      accept,
    });
    return { smtp, imap };
  } catch (error) {
    await imap.stop();
    throw error;
  }
}

/** The rules that apply now. A rule without a command applies to any, but not to the greeting. */
function orderedFaults(rules: Rules, faults: readonly ImapFault[], { user, command, uid }: ImapMoment) {
  const applies = (action: ImapAction) =>
    faults.includes(action.fault) &&
    (action.command === undefined ? command !== 'GREETING' : action.command.toUpperCase() === command) &&
    (ABOUT_A_COMMAND.has(action.fault) ? action.uid === uid : action.uid === undefined || action.uid === uid);
  return rules.take(['break-imap'], { from: user ?? '' }, applies);
}
/** Faults of a command; with a `uid` they wait until that mail is fetched. */
const ABOUT_A_COMMAND: ReadonlySet<ImapFault> = new Set(['stall', 'disconnect', 'refuse']);

/** Signers that must not be trusted, each issued when it is first needed. */
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
