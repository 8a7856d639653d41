/** Where each recipient of a sent message stands, and what proves it. Reading changes nothing. */
import { newsOf } from '../../domain/delivery/receipt.ts';
import type { HistoryEventType } from '../../domain/exchange/event-types.ts';
import type { OutgoingState } from '../../domain/exchange/outgoing.ts';
import type { AooId } from '../../kernel/ids.ts';
import { receiptReason } from '../../kernel/receipt-words.ts';
import type { PecReport } from '../../model/pec.ts';
import type { RegistrationKey } from '../register/changes.ts';

/** What somebody has to see to, what is on its way, and what nothing more is awaited of. */
export const STANDINGS = ['trouble', 'waiting', 'done'] as const;
export type Standing = (typeof STANDINGS)[number];

/** `mail`: the kept mail that proves it; null where it is our own record. */
export interface LifeStep {
  readonly at: Date;
  readonly mail: string | null;
}

/** The stations of a message on its way to one recipient. */
export const STATIONS = ['registered', 'sent', 'accepted', 'delivered', 'confirmed'] as const;
export type Station = (typeof STATIONS)[number];

export interface RecipientLife {
  readonly exchangeId: string;
  readonly version: number;
  /** The name it gives itself or the index gives it; the address where there is none. */
  readonly name: string;
  readonly address: string;
  readonly state: OutgoingState;
  readonly standing: Standing;
  /** A firm or citizen: no confirmation is expected. */
  readonly plain: boolean;
  readonly answerWanted: boolean;
  readonly steps: Readonly<Record<Station, LifeStep | null>>;
  /** Where it stopped, while it is stopped. `detail`: why, as sentences; of a refusal, in the recipient's own words. */
  readonly stop:
    | (LifeStep & { readonly before: Station; readonly detail: string; readonly mailboxFull: boolean })
    | null;
  /** The recipient's number, `0000012/2026`. */
  readonly peerNumber: string | null;
  readonly dueAt: Date | null;
  /** The address it was sent to instead, or null. */
  readonly movedTo: string | null;
  /** The address it was sent to before, under the same number. */
  readonly insteadOf: string | null;
}

/** An event that tells of a station or of a stop. */
export interface LifeEvent extends LifeStep {
  readonly type: HistoryEventType;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface LifeFacts
  extends Omit<RecipientLife, 'steps' | 'stop' | 'movedTo' | 'insteadOf' | 'standing'>,
    Pick<RecipientLife, 'standing' | 'insteadOf'> {
  /** The latest of each type. */
  readonly events: readonly LifeEvent[];
}

export interface LivesPage {
  readonly lives: readonly RecipientLife[];
  /** Null at the end. */
  readonly next: string | null;
}

export interface LivesQuery {
  readonly standing?: Standing;
  /** From an earlier page; null or one that is not ours: the first page. */
  readonly cursor: string | null;
  readonly limit: number;
}

export interface RecipientLives {
  /** How many recipients are in each state. */
  counts(aoo: AooId, registration: RegistrationKey): Promise<LifeCounts>;
  /** Trouble first, then what is waited for, then what is done; each in the order in which the recipients were named. */
  page(aoo: AooId, registration: RegistrationKey, query: LivesQuery): Promise<LivesPage>;
  /** These, in this order: what a page shows again without moving its rows. */
  those(aoo: AooId, registration: RegistrationKey, exchangeIds: readonly string[]): Promise<readonly RecipientLife[]>;
}

export type LifeCounts = Readonly<Record<Standing, number>> & {
  readonly states: Readonly<Partial<Record<OutgoingState, number>>>;
};

const STATION_OF: ReadonlyMap<HistoryEventType, Station> = new Map([
  ['registered', 'registered'],
  ['message-sent', 'sent'],
  ['receipt-accettazione', 'accepted'],
  ['receipt-avvenuta-consegna', 'delivered'],
  ['confirmation', 'confirmed'],
]);
const STOPS: ReadonlyMap<HistoryEventType, Station> = new Map([
  ['message-given-up', 'sent'],
  ['receipt-non-accettazione', 'accepted'],
  ['receipt-errore-consegna', 'delivered'],
  ['receipt-rilevazione-virus', 'delivered'],
  ['receipt-preavviso-errore-consegna', 'delivered'],
  ['exception', 'confirmed'],
  ['annulment', 'confirmed'],
]);
export const LIFE_EVENTS: readonly HistoryEventType[] = [...STATION_OF.keys(), ...STOPS.keys(), 'sent-elsewhere'];

/** Stations that a state has not reached, whatever an earlier try had reached. */
const NOT_YET: Partial<Record<OutgoingState, readonly Station[]>> = {
  queued: ['sent', 'accepted', 'delivered'],
  sent: ['accepted', 'delivered'],
};

export function lifeOf({ events, ...facts }: LifeFacts): RecipientLife {
  const { state } = facts;
  const stop = stopOf(state, facts.address, events);
  const steps = Object.fromEntries(
    STATIONS.map((station) => {
      const found = events.find(({ type }) => STATION_OF.get(type) === station);
      const isReached = found !== undefined && station !== stop?.before && !NOT_YET[state]?.includes(station);
      return [station, isReached ? { at: found.at, mail: found.mail } : null];
    }),
  ) as Record<Station, LifeStep | null>;
  const moved = events.find(({ type }) => type === 'sent-elsewhere')?.data['address'];
  return { ...facts, steps, stop, movedTo: state === 'replaced' && typeof moved === 'string' ? moved : null };
}

function stopOf(state: OutgoingState, address: string, events: readonly LifeEvent[]): RecipientLife['stop'] {
  const wanted = stopsIn(state);
  const [last] = events.filter(({ type }) => wanted.includes(type)).sort((a, b) => b.at.getTime() - a.at.getTime());
  const before = last && STOPS.get(last.type);
  if (last === undefined || before === undefined) return null;
  const isReceipt = last.type.startsWith('receipt-');
  const news = isReceipt ? newsOf(last.data as unknown as PecReport, address) : null;
  const { reason } = last.data;
  const told = news !== null && 'reason' in news ? receiptReason(news.reason) : reason;
  return {
    ...{ at: last.at, mail: last.mail, before, detail: typeof told === 'string' ? told : '' },
    mailboxFull: news?.type === 'non-delivery' && news.mailboxFull === true,
  };
}

/** Events that explain a state in which a message has stopped. */
function stopsIn(state: OutgoingState): readonly HistoryEventType[] {
  if (state === 'failed' || state === 'replaced')
    return [...STOPS.keys()].filter((type) => STOPS.get(type) !== 'confirmed');
  if (state === 'excepted') return ['exception'];
  return state === 'annulled' ? ['annulment'] : [];
}
