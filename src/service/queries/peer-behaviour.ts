import type { AooId } from '../../kernel/ids.ts';
import type { Reader } from '../people/rights.ts';

/** Exchanges with one address, in one direction. */
export interface Behaviour {
  readonly messages: number;
  /** Had a segnatura. */
  readonly signed: number;
  readonly confirmed: number;
  /** Half of the confirmations took no longer; null: there was none. */
  readonly medianSeconds: number | null;
  readonly exceptions: number;
}

/** How an office behaves with ours, from our own exchanges. */
export interface PeerBehaviour {
  /**
   * Of exchanges that began at or after `since`; at most the latest `LIMITS.behaviourExchanges` in each direction, looked for
   * among the latest ten times as many.
   */
  behaviour(
    aoo: AooId,
    address: string,
    since: Date,
    reader: Reader,
  ): Promise<{ readonly outgoing: Behaviour; readonly incoming: Behaviour }>;
}
