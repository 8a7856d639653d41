import { withHashes } from './attachments.ts';
import type { Provider } from './authority.ts';
import { type ReceiptOptions, unsealedReceipt, unsealedTransport } from './craft.ts';
import type { Certified } from './daticert.ts';
import type { Dispatcher, DispatchOptions } from './dispatch.ts';
import type { HeaderPair } from './mail-text.ts';
import type { FailAction } from './rules.ts';
import { readSubmission, type Submission } from './submission.ts';

/** The way from the sender's provider to the recipients' (RFC 6109, 3): the envelope and the providers' receipts. */
export interface PecDeliveryOptions extends DispatchOptions {
  /** The provider of a certified domain; undefined for an ordinary one. */
  readonly provider: (domain: string) => Provider | undefined;
  /** Certified domains whose mail never arrives. */
  readonly dead: (domain: string) => boolean;
  /** Whether there is such a mailbox. */
  readonly exists: (address: string) => boolean;
}

/** A message on its way. */
export interface AcceptedMessage {
  readonly mail: Certified;
  readonly submission: Submission;
  /** The message as the recipients see it: with Received, and with the provider's Message-ID. */
  readonly original: Buffer;
  /** The sender's. */
  readonly provider: Provider;
}

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

const HOUR = 3_600_000;

type Failure = readonly [kind: ReceiptOptions['kind'], error: string, detail: string];

const FAILURES = {
  'no-dest': ['errore-consegna', 'no-dest', '5.1.1 - indirizzo inesistente'],
  'no-dominio': ['errore-consegna', 'no-dominio', '5.1.2 - dominio inesistente'],
  altro: ['errore-consegna', 'altro', '5.2.2 - casella piena'],
  virus: ['errore-consegna', 'virus', '5.5.1 - virus informatico rilevato'],
  'timeout-12': ['preavviso-errore-consegna', 'altro', '4.4.1 - nessuna consegna nelle prime 12 ore'],
  'timeout-24': ['preavviso-errore-consegna', 'altro', '5.4.1 - nessuna consegna nelle 24 ore'],
} as const satisfies Record<FailAction['because'], Failure>;

interface Overdue {
  readonly message: AcceptedMessage;
  readonly to: string;
  noticed: boolean;
}

export class PecDelivery {
  readonly #options: PecDeliveryOptions;
  readonly #dispatcher: Dispatcher;
  readonly #overdue = new Set<Overdue>();

  constructor(options: PecDeliveryOptions, dispatcher: Dispatcher) {
    this.#options = options;
    this.#dispatcher = dispatcher;
  }

  /** Sends one receipt or notice, about one recipient or about the message as a whole. */
  answer(
    issuer: Provider,
    { mail }: AcceptedMessage,
    fields: Omit<ReceiptOptions, keyof Certified>,
    to = mail.from,
  ): Promise<void> {
    const { clock } = this.#options;
    return this.#dispatcher.send(
      { kind: fields.kind, from: mail.from, to, mailbox: fields.mailbox ?? mail.from },
      issuer,
      (signer, signing) => unsealedReceipt(signer, { ...mail, date: clock.now(), ...fields, ...signing }),
    );
  }

  /** Delivers to the certified recipients; the sandbox reaches no others. */
  async deliver(message: AcceptedMessage): Promise<void> {
    await this.#takeInCharge(message);
    for (const { address, certified } of message.mail.to) if (certified) await this.#carry(message, address);
  }

  /** The receiving provider tells the sending provider, not the sender. */
  async #takeInCharge(message: AcceptedMessage): Promise<void> {
    const { provider: sending, mail } = message;
    const certified = mail.to.filter((recipient) => recipient.certified).map(({ address }) => address);
    for (const [domain, received] of Map.groupBy(certified, domainOf)) {
      const issuer = this.#options.provider(domain);
      if (!issuer || domain === sending.domain || this.#options.dead(domain)) continue;
      await this.answer(issuer, message, { kind: 'presa-in-carico', received, mailbox: sending.address });
    }
  }

  async #carry(message: AcceptedMessage, to: string): Promise<void> {
    const { mail, submission, original, provider } = message;
    const { from } = mail;
    const issuer = this.#options.provider(domainOf(to)) ?? provider;
    const [failure] = this.#options.rules.take(['fail'], { from, to });
    if (failure) return this.#fail(message, issuer, to, failure.because);
    if (this.#options.dead(domainOf(to))) {
      this.#overdue.add({ message, to, noticed: false });
      return;
    }
    if (!this.#options.exists(to)) return this.#fail(message, issuer, to, 'no-dest');
    await this.#dispatcher.send({ kind: 'posta-certificata', from, to, mailbox: to }, provider, (signer, signing) =>
      unsealedTransport(signer, { ...mail, original, inherited: inherited(original), ...signing }),
    );
    // X-TipoRicevuta is for the recipients in To; those in copy always lead to a short receipt.
    const receiptType = submission.to.includes(to) ? submission.receiptType : 'sintetica';
    const attached = { completa: () => original, breve: () => withHashes(original), sintetica: () => null };
    const fields = { receiptType, deliveredTo: to, original: attached[receiptType]() };
    await this.answer(issuer, message, { kind: 'avvenuta-consegna', ...fields }, to);
  }

  async #fail(message: AcceptedMessage, issuer: Provider, to: string, because: FailAction['because']): Promise<void> {
    const { provider } = message;
    const [kind, error, errorDetail] = FAILURES[because];
    const fields = { error, errorDetail, deliveredTo: to };
    if (because === 'virus')
      await this.answer(issuer, message, { kind: 'rilevazione-virus', ...fields, mailbox: provider.address }, to);
    // The sender's provider noticed the time-out, or was told of the virus by the recipient's.
    const author = kind === 'preavviso-errore-consegna' || because === 'virus' ? provider : issuer;
    await this.answer(author, message, { kind, ...fields }, to);
  }

  /** Sends the notices that are due after 12 and after 24 hours. */
  async checkTimeouts(): Promise<void> {
    const now = this.#options.clock.now().getTime();
    for (const entry of this.#overdue) {
      const { message, to } = entry;
      const age = now - message.mail.date.getTime();
      if (age >= 12 * HOUR && !entry.noticed) {
        entry.noticed = true;
        await this.#fail(message, message.provider, to, 'timeout-12');
      }
      if (age < 24 * HOUR) continue;
      this.#overdue.delete(entry);
      await this.#fail(message, message.provider, to, 'timeout-24');
    }
  }
}

/** The headers that the envelope takes over from the original. */
const inherited = (original: Buffer): readonly HeaderPair[] =>
  readSubmission(original).headers.filter(([name]) => /^(?:received|return-path|to|cc)$/i.test(name));
