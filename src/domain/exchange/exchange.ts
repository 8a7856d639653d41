import type { Sha256 } from '../../kernel/ids.ts';
import type { Correspondent, Generation, Identifier } from '../../model/segnatura.ts';
import type { IncomingState } from './incoming.ts';
import type { OutgoingState } from './outgoing.ts';
import type { Awaited } from './step.ts';

/** One message between two AOOs, from its registration or arrival to the last answer. */
export type Exchange = IncomingExchange | OutgoingExchange;

/** A message that came to us. */
export interface IncomingExchange extends ExchangeFacts {
  readonly direction: 'incoming';
  readonly state: IncomingState;
}

/** A message of ours to one recipient. */
export interface OutgoingExchange extends ExchangeFacts {
  readonly direction: 'outgoing';
  readonly state: OutgoingState;
}

export const isIncoming = (exchange: Exchange): exchange is IncomingExchange => exchange.direction === 'incoming';
export const isOutgoing = (exchange: Exchange): exchange is OutgoingExchange => exchange.direction === 'outgoing';

export type ExchangeState = Exchange['state'];

/** What may change besides the state: neither what it is about nor whose it is. */
export type ExchangeChange = Partial<Omit<ExchangeFacts, 'exchangeId' | 'identity' | 'version' | 'createdAt'>>;

interface ExchangeFacts {
  readonly exchangeId: string;
  /** Under which the message is recognised when it comes again. */
  readonly identity: string;
  /** Digest of what was sent: tells a repeat from another message under the same identity. */
  readonly content: Sha256;
  /** Number of events so far. */
  readonly version: number;
  readonly generation: Generation;
  readonly peerAddress: string;
  readonly peer: Correspondent | null;
  readonly subject: string;
  /** Our registration, once there is one. */
  readonly registered: { readonly register: string; readonly year: number; readonly number: number } | null;
  /** The peer's registration. */
  readonly peerIdentifier: Identifier | null;
  /** A confirmation was asked for: of us where it is incoming, by us where it is outgoing. */
  readonly answerWanted: boolean;
  /**
   * Without a segnatura: an incoming one came so (InterPRO's comunicazione non conforme), and we would answer in `generation`;
   * an outgoing one went so, to a firm or citizen.
   */
  readonly plain: boolean;
  /** The kept mail an incoming one came by. */
  readonly mailId: string | null;
  /** What it waits for and when that is late; null: nothing, or a person has been told already. */
  readonly awaits: Awaited | null;
  readonly dueAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
