/** What traffic teaches about other offices, kept in the index as observed, apart from what is declared. */

import type { Exchange } from '../../domain/exchange/exchange.ts';
import type { Log } from '../../kernel/log.ts';
import type { Generation } from '../../model/segnatura.ts';
import type { Settlement } from '../register/changes.ts';
import type { IndexLayer } from './ports.ts';

export const confirmsIn = (generation: Generation): string => `confirms-${generation}`;

type Observations = Parameters<IndexLayer['observe']>[0];

export interface SettledMail {
  readonly settlement: Settlement;
  readonly exchange: Exchange | undefined;
  readonly generation: Generation | null;
}

/** Keeps observations. What cannot be kept is lost without harm: traffic will teach it again. */
export type Learn = (observations: Observations) => Promise<void>;

export const peerObserver =
  (layer: Pick<IndexLayer, 'observe'>, log: Log): Learn =>
  async (observations) => {
    if (observations.length === 0) return;
    await layer
      .observe(observations)
      .catch((error: unknown) => log.warn({ err: error }, 'an observation was not kept'));
  };

/** Of mails settled at one moment: in which form a peer confirms, and whose mailbox bounces. */
export function observationsOf(settled: readonly SettledMail[], at: Date): Observations {
  return settled.flatMap(({ settlement, exchange, generation }) => {
    const what = lessonOf(settlement, generation);
    const target = exchange?.direction === 'outgoing' ? targetOf(exchange) : null;
    if (what === null || target === null) return [];
    return [
      { ...target, what, lastAt: at, evidence: { exchange: exchange?.exchangeId, mail: settlement.kept.mailId } },
    ];
  });
}

/** Of exchanges whose confirmation is late. */
export const neverAnswers = (exchanges: readonly Exchange[], at: Date): Observations =>
  exchanges.flatMap((exchange) => {
    const target = exchange.awaits === 'confirmation' ? targetOf(exchange) : null;
    return target === null
      ? []
      : [{ ...target, what: 'never-answers', lastAt: at, evidence: { exchange: exchange.exchangeId } }];
  });

function lessonOf({ inspection }: Settlement, generation: Generation | null): string | null {
  switch (inspection.kind) {
    case 'confirmation':
    case 'update':
      return generation && confirmsIn(generation);
    case 'pec-receipt':
      return inspection.pec?.type === 'errore-consegna' ? 'mailbox-bounces' : null;
    default:
      return null;
  }
}

/** In the index's own letters. */
const targetOf = ({ peer }: Exchange) =>
  peer?.administration == null ? null : { body: peer.administration.toLowerCase(), aoo: peer.aoo?.toLowerCase() ?? '' };
