import { randomBytes } from 'node:crypto';
import { mailAddress } from '../kernel/ids.ts';
import { containsTestVirus, withHashes } from './attachments.ts';
import type { Provider } from './authority.ts';
import { type ReceiptOptions, unsealedAnomaly, unsealedReceipt, unsealedTransport } from './craft.ts';
import type { Certified } from './daticert.ts';
import { type DispatchOptions, dispatcher } from './dispatch.ts';
import { type HeaderPair, headerBlock, latin1, stamp } from './mail-text.ts';
import type { FailAction } from './rules.ts';
import { readSubmission, type Submission } from './submission.ts';

/**
 * What a provider does with a message (RFC 6109, 3): checks it, answers its sender, wraps it, carries it to the
 * recipients' providers, which answer in turn. All of it is stored before the SMTP client gets its 250.
 */
export interface PostOfficeOptions extends DispatchOptions {
  /** Size × recipients beyond which a message is refused; the law asks for 30 MB at least. */
  readonly limitBytes: number;
  /** The provider of a certified domain; undefined for ordinary ones. */
  readonly provider: (domain: string) => Provider | undefined;
  /** Certified domains whose mail never arrives. */
  readonly dead: (domain: string) => boolean;
  /** Whether anybody reads there. */
  readonly exists: (address: string) => boolean;
}

export interface PostOffice {
  accept(envelope: { readonly from: string; readonly to: readonly string[] }, message: Buffer): Promise<string>;
  /** Ordinary mail from outside: it arrives inside an anomaly envelope. */
  receiveOrdinary(address: string, message: Buffer): Promise<void>;
  /** Sends the 12 and 24 hour notices that are due. */
  checkTimeouts(): Promise<void>;
  /** Forgets what is still delayed. */
  stop(): void;
}

interface Job {
  readonly mail: Certified;
  readonly submission: Submission;
  /** As every part of the world will see it: Received added, Message-ID replaced. */
  readonly original: Buffer;
  readonly provider: Provider;
}

const HOUR = 3_600_000;
const FAILURES = {
  'no-dest': ['errore-consegna', 'no-dest', '5.1.1 - indirizzo inesistente'],
  'no-dominio': ['errore-consegna', 'no-dominio', '5.1.2 - dominio inesistente'],
  altro: ['errore-consegna', 'altro', '5.2.2 - casella piena'],
  virus: ['errore-consegna', 'virus', '5.5.1 - virus informatico rilevato'],
  'timeout-12': ['preavviso-errore-consegna', 'altro', '4.4.1 - nessuna consegna nelle prime 12 ore'],
  'timeout-24': ['preavviso-errore-consegna', 'altro', '5.4.1 - nessuna consegna nelle 24 ore'],
} as const satisfies Record<FailAction['because'], readonly [ReceiptOptions['kind'], string, string]>;

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

export function createPostOffice(options: PostOfficeOptions): PostOffice {
  const { clock, rules, provider: providerOf } = options;
  const dispatch = dispatcher(options);
  const overdue = new Set<{ readonly job: Job; readonly to: string; noticed: boolean }>();

  /** One answer to the sender about one recipient, or about the message as a whole. */
  const answer = (issuer: Provider, job: Job, fields: Omit<ReceiptOptions, keyof Certified>, to?: string) =>
    dispatch.send(
      { kind: fields.kind, from: job.mail.from, to: to ?? job.mail.from, mailbox: fields.mailbox ?? job.mail.from },
      issuer,
      (signer, signing) => unsealedReceipt(signer, { ...job.mail, date: clock.now(), ...fields, ...signing }),
    );

  async function accept(envelope: { readonly from: string; readonly to: readonly string[] }, message: Buffer) {
    const provider = providerOf(domainOf(envelope.from));
    if (!provider) throw new Error(`no provider for ${envelope.from}`);
    const date = clock.now();
    const identifier = newIdentifier(provider.domain, date);
    const submission = readSubmission(message);
    const mail: Certified = {
      identifier,
      date,
      from: envelope.from,
      to: envelope.to.map((address) => ({ address, certified: providerOf(domainOf(address)) !== undefined })),
      subject: submission.subject,
      messageId: submission.messageId,
    };
    const job: Job = { mail, submission, provider, original: received(submission, mail, provider) };
    const refused = refusal(submission, envelope, options.limitBytes);
    if (refused !== null) {
      await answer(provider, job, { kind: 'non-accettazione', error: 'altro', errorDetail: refused });
    } else if (containsTestVirus(submission.bytes)) {
      const errorDetail = '5.5.1 - virus informatico rilevato';
      await answer(provider, job, { kind: 'non-accettazione', error: 'virus', errorDetail });
    } else {
      await answer(provider, job, { kind: 'accettazione' });
      await takeInCharge(job);
      for (const { address, certified } of mail.to) if (certified) await carry(job, address);
    }
    return `2.0.0 ${identifier}`;
  }

  /** Between two providers: the receiving one answers the sending one, not the sender. */
  async function takeInCharge(job: Job): Promise<void> {
    const byDomain = Map.groupBy(
      job.mail.to.filter(({ certified }) => certified).map(({ address }) => address),
      domainOf,
    );
    for (const [domain, received] of byDomain) {
      const issuer = providerOf(domain);
      if (!issuer || domain === job.provider.domain || options.dead(domain)) continue;
      await answer(issuer, job, { kind: 'presa-in-carico', received, mailbox: job.provider.address });
    }
  }

  async function carry(job: Job, to: string): Promise<void> {
    const { from } = job.mail;
    const issuer = providerOf(domainOf(to)) ?? job.provider;
    const [failure] = rules.take(['fail'], { from, to });
    if (failure) return fail(job, issuer, to, failure.because);
    if (options.dead(domainOf(to))) {
      overdue.add({ job, to, noticed: false });
      return;
    }
    if (!options.exists(to)) return fail(job, issuer, to, 'no-dest');
    await dispatch.send({ kind: 'posta-certificata', from, to, mailbox: to }, job.provider, (signer, signing) =>
      unsealedTransport(signer, { ...job.mail, original: job.original, inherited: inherited(job), ...signing }),
    );
    // Recipients in copy always yield a short receipt (norm on X-TipoRicevuta).
    const receiptType = job.submission.to.includes(to) ? job.submission.receiptType : 'sintetica';
    const original = { completa: () => job.original, breve: () => withHashes(job.original), sintetica: () => null };
    await answer(
      issuer,
      job,
      { kind: 'avvenuta-consegna', receiptType, deliveredTo: to, original: original[receiptType]() },
      to,
    );
  }

  async function fail(job: Job, issuer: Provider, to: string, because: FailAction['because']): Promise<void> {
    const [kind, error, errorDetail] = FAILURES[because];
    if (because === 'virus') {
      const mailbox = job.provider.address;
      await answer(issuer, job, { kind: 'rilevazione-virus', error, errorDetail, deliveredTo: to, mailbox }, to);
    }
    // Time-outs are noticed by who waits: the sender's provider.
    const author = kind === 'preavviso-errore-consegna' || because === 'virus' ? job.provider : issuer;
    await answer(author, job, { kind, error, errorDetail, deliveredTo: to }, to);
  }

  return {
    accept,
    async receiveOrdinary(address, message) {
      const provider = providerOf(domainOf(address));
      if (!provider) throw new Error(`no provider for ${address}`);
      const date = clock.now();
      const { bytes, from, subject, messageId } = readSubmission(message);
      const sender = from[0] ?? 'mittente-sconosciuto@invalid';
      await dispatch.send(
        { kind: 'anomalia', from: sender, to: address, mailbox: address },
        provider,
        (signer, signing) =>
          unsealedAnomaly(signer, {
            ...{ identifier: newIdentifier(provider.domain, date), date, from: sender, mailbox: address, subject },
            ...{ messageId, original: bytes, ...signing },
          }),
      );
    },
    async checkTimeouts() {
      for (const entry of overdue) {
        const age = clock.now().getTime() - entry.job.mail.date.getTime();
        if (age >= 12 * HOUR && !entry.noticed) {
          entry.noticed = true;
          await fail(entry.job, entry.job.provider, entry.to, 'timeout-12');
        }
        if (age < 24 * HOUR) continue;
        overdue.delete(entry);
        await fail(entry.job, entry.job.provider, entry.to, 'timeout-24');
      }
    },
    stop: dispatch.stop,
  };
}

let counter = 0;
function newIdentifier(domain: string, date: Date): string {
  counter += 1;
  return `sandbox.${stamp(date).digits}.${counter}.${randomBytes(6).toString('hex')}@${domain}`;
}

/** The formal checks of RFC 6109, 3.1.1 in the norm's order; null: nothing wrong. */
function refusal(
  { wellFormed, from, to, cc, hasBcc, bytes }: Submission,
  envelope: { readonly from: string; readonly to: readonly string[] },
  limitBytes: number,
): string | null {
  const [author] = from;
  if (!wellFormed) return '5.6.0 - il messaggio non è conforme a RFC 5322';
  if (from.length !== 1 || author === undefined || mailAddress(author) === null) {
    return '5.6.0 - il campo From deve contenere un solo indirizzo';
  }
  if (author !== envelope.from) return '5.7.1 - il campo From non coincide con il mittente della busta (reverse path)';
  if (to.length === 0) return '5.6.0 - il campo To manca';
  if (hasBcc) return '5.6.0 - il campo Bcc non è ammesso';
  const hidden = envelope.to.find((address) => !to.includes(address) && !cc.includes(address));
  if (hidden !== undefined) return `5.6.0 - il destinatario ${hidden} non è presente nei campi To o Cc`;
  if (bytes.length * envelope.to.length > limitBytes) {
    return `5.3.4 - dimensione per numero di destinatari oltre il limite di ${limitBytes} byte`;
  }
  return null;
}

/** The provider's own Received and Message-ID; the sender's id moves to X-Riferimento-Message-ID. */
function received({ bytes, headers, bodyStart, messageId }: Submission, mail: Certified, provider: Provider): Buffer {
  const trace = `from [127.0.0.1] by ${provider.domain} (sandbox) with ESMTPA\r\n id ${mail.identifier};\r\n ${stamp(mail.date).header}`;
  const kept = headers.filter(([name]) => !/^(?:message-id|x-riferimento-message-id)$/i.test(name));
  const added: HeaderPair[] = [['Message-ID', `<${mail.identifier}>`]];
  if (messageId !== null) added.push(['X-Riferimento-Message-ID', messageId]);
  const head = headerBlock([['Return-Path', `<${mail.from}>`], ['Received', trace], ...kept, ...added]);
  return Buffer.concat([latin1(`${head}\r\n`), bytes.subarray(bodyStart)]);
}

/** What the envelope takes over from the original. */
function inherited({ original }: Job): readonly HeaderPair[] {
  return readSubmission(original).headers.filter(([name]) => /^(?:received|return-path|to|cc)$/i.test(name));
}
