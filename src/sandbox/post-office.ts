import { randomBytes } from 'node:crypto';
import { containsTestVirus } from './attachments.ts';
import type { Provider } from './authority.ts';
import { unsealedAnomaly } from './craft.ts';
import type { Certified } from './daticert.ts';
import { dispatcher } from './dispatch.ts';
import { formalFault, type MailEnvelope } from './formal-checks.ts';
import { type HeaderPair, headerBlock, latin1, stamp } from './mail-text.ts';
import { domainOf, PecDelivery, type PecDeliveryOptions } from './pec-delivery.ts';
import { readSubmission, type Submission } from './submission.ts';

/**
 * What a provider does with a message (RFC 6109, 3): checks it, answers its sender, wraps it, carries it to the
 * recipients' providers, which answer in turn. All of it is stored before the SMTP client gets its 250.
 */
export interface PostOfficeOptions extends PecDeliveryOptions {
  /** The largest size × recipients; the law asks for 30 MB at least. */
  readonly limitBytes: number;
}

export interface PostOffice {
  /** Resolves with the answer for the SMTP client. */
  accept(envelope: MailEnvelope, message: Buffer): Promise<string>;
  /** Ordinary mail from outside: it arrives inside an anomaly envelope. */
  receiveOrdinary(address: string, message: Buffer): Promise<void>;
  /** Sends the 12 and 24 hour notices that are due. */
  checkTimeouts(): Promise<void>;
  /** Forgets what is still delayed. */
  stop(): void;
}

export function createPostOffice(options: PostOfficeOptions): PostOffice {
  const { clock, limitBytes } = options;
  const dispatch = dispatcher(options);
  const delivery = new PecDelivery(options, dispatch);
  const providerFor = (address: string): Provider => {
    const provider = options.provider(domainOf(address));
    if (!provider) throw new Error(`no provider for ${address}`);
    return provider;
  };
  return {
    async accept(envelope, message) {
      const provider = providerFor(envelope.from);
      const submission = readSubmission(message);
      const mail = certified(submission, envelope, provider, clock.now(), options.provider);
      const accepted = { mail, submission, provider, original: received(submission, mail, provider) };
      const wrong = whyRefused(submission, envelope, limitBytes);
      if (wrong !== null) await delivery.answer(provider, accepted, { kind: 'non-accettazione', ...wrong });
      else {
        await delivery.answer(provider, accepted, { kind: 'accettazione' });
        await delivery.deliver(accepted);
      }
      return `2.0.0 ${mail.identifier}`;
    },
    async receiveOrdinary(address, message) {
      const provider = providerFor(address);
      const date = clock.now();
      const identifier = newIdentifier(provider.domain, date);
      const { bytes: original, from, subject, messageId } = readSubmission(message);
      const sender = from[0] ?? 'mittente-sconosciuto@invalid';
      const mail = { identifier, date, from: sender, mailbox: address, subject, messageId, original };
      const destination = { kind: 'anomalia', from: sender, to: address, mailbox: address } as const;
      await dispatch.send(destination, provider, (signer, signing) => unsealedAnomaly(signer, { ...mail, ...signing }));
    },
    checkTimeouts: () => delivery.checkTimeouts(),
    stop: dispatch.stop,
  };
}

/** What all receipts and notices say about the message. */
function certified(
  { subject, messageId }: Submission,
  { from, to }: MailEnvelope,
  { domain }: Provider,
  date: Date,
  provider: PecDeliveryOptions['provider'],
): Certified {
  const recipients = to.map((address) => ({ address, certified: provider(domainOf(address)) !== undefined }));
  return { identifier: newIdentifier(domain, date), date, from, to: recipients, subject, messageId };
}

function whyRefused(submission: Submission, envelope: MailEnvelope, limitBytes: number) {
  const errorDetail = formalFault(submission, envelope, limitBytes);
  if (errorDetail !== null) return { error: 'altro', errorDetail };
  if (!containsTestVirus(submission.bytes)) return null;
  return { error: 'virus', errorDetail: '5.5.1 - virus informatico rilevato' };
}

let counter = 0;
function newIdentifier(domain: string, date: Date): string {
  counter += 1;
  return `sandbox.${stamp(date).digits}.${counter}.${randomBytes(6).toString('hex')}@${domain}`;
}

/** Adds the provider's Received and Message-ID; the sender's id moves to X-Riferimento-Message-ID. */
function received({ bytes, headers, bodyStart, messageId }: Submission, mail: Certified, provider: Provider): Buffer {
  const trace = `from [127.0.0.1] by ${provider.domain} (sandbox) with ESMTPA\r\n id ${mail.identifier};\r\n ${stamp(mail.date).header}`;
  const kept = headers.filter(([name]) => !/^(?:message-id|x-riferimento-message-id)$/i.test(name));
  const added: HeaderPair[] = [['Message-ID', `<${mail.identifier}>`]];
  if (messageId !== null) added.push(['X-Riferimento-Message-ID', messageId]);
  const head = headerBlock([['Return-Path', `<${mail.from}>`], ['Received', trace], ...kept, ...added]);
  return Buffer.concat([latin1(`${head}\r\n`), bytes.subarray(bodyStart)]);
}
