/**
 * Visura: a sender asks what became of its own message here. The answer is the same, null, for somebody else's message and
 * for one that does not exist: nobody learns of other people's correspondence by trying numbers.
 */
import type { IncomingState } from '../../domain/exchange/incoming.ts';
import { type VisuraState, visuraSentence, visuraState } from '../../domain/exchange/visura.ts';
import { identityOf } from '../../domain/register/registration.ts';
import type { AooId, ProtocolNumber } from '../../kernel/ids.ts';
import { protocolNumber } from '../../kernel/ids.ts';
import { sameText } from '../../kernel/same-text.ts';
import type { Identifier } from '../../model/segnatura.ts';

/** Who is asking, as authenticated: by its codes, a certified address, or both. Null: not by that. */
export interface Asker {
  readonly codes: { readonly administration: string; readonly aoo: string } | null;
  readonly address: string | null;
}

/** The registration under which the asker sent its message. */
export interface AskedRegistration {
  readonly administration: string;
  readonly aoo: string;
  /** Null: the segnatura names none, as in the forms of 2001 and 2009. */
  readonly register: string | null;
  readonly year: number;
  readonly number: string;
}

export interface Visura {
  readonly state: VisuraState;
  /** The same as an Italian sentence. */
  readonly sentence: string;
  readonly receivedAt: string;
  /** Our registration, with its legal date and time in Rome; null: not registered. */
  readonly registration: {
    readonly register: string;
    readonly year: number;
    readonly number: ProtocolNumber;
    readonly date: string;
    readonly time: string;
  } | null;
  /** Where the message is assigned and how it is classified, if known. */
  readonly office: string | null;
  readonly classification: string | null;
  /** Why it was refused or annulled. */
  readonly reason: string | null;
  readonly annulment: {
    readonly at: string;
    /** Null: the sender annulled its own registration. */
    readonly provision: string | null;
  } | null;
}

/** What is recorded about an incoming exchange. */
export interface VisuraRecord {
  readonly state: IncomingState;
  readonly peerAddress: string;
  readonly peerIdentifier: Identifier | null;
  readonly receivedAt: string;
  readonly register: string | null;
  readonly year: number | null;
  readonly number: number | null;
  readonly date: string | null;
  readonly time: string | null;
  readonly office: string | null;
  readonly classification: string | null;
  /** Why a person refused it. */
  readonly refusedByHand: string | null;
  /** What the mail was found to be when it was received. */
  readonly judgement: { readonly action: string; readonly reasons: readonly string[] } | null;
  /** Our annulment of the registration, and the sender's of its own. */
  readonly ours: { readonly at: string; readonly reason: string; readonly provision: string } | null;
  readonly theirs: { readonly at: string; readonly reason: string | null } | null;
}

export interface VisuraRecords {
  incoming(aoo: AooId, identities: readonly string[]): Promise<readonly VisuraRecord[]>;
}

export async function visura(
  aoo: AooId,
  asker: Asker,
  asked: AskedRegistration,
  records: VisuraRecords,
): Promise<Visura | null> {
  const identities = identitiesOf(asked);
  if (identities === null || (asker.codes === null && asker.address === null)) return null;
  const found = await records.incoming(aoo, identities);
  const own = found.find((record) => isOwn(record, asker));
  return own === undefined ? null : toVisura(own);
}

/** Both with and without the register: the forms of 2001 and 2009 do not name it, though the sender has one. */
function identitiesOf({ administration, aoo, register, year, number }: AskedRegistration): readonly string[] | null {
  if (!Number.isInteger(year) || year < 1 || year > 9999 || !/^\d{1,20}$/.test(number)) return null;
  const named = { administration, aoo, number, date: `${String(year).padStart(4, '0')}-01-01`, time: null };
  const without = identityOf({ ...named, register: null });
  return register === null ? [without] : [identityOf({ ...named, register }), without];
}

/** Everything the asker was authenticated by must match: anybody can write somebody else's codes into a segnatura. */
function isOwn({ peerAddress, peerIdentifier }: VisuraRecord, { codes, address }: Asker): boolean {
  const byCodes =
    codes === null ||
    (sameText(peerIdentifier?.administration, codes.administration) && sameText(peerIdentifier?.aoo, codes.aoo));
  return byCodes && (address === null || sameText(peerAddress, address));
}

function toVisura(record: VisuraRecord): Visura {
  const { register, year, number, date, time, office, classification, ours, theirs } = record;
  const isNumbered = register !== null && year !== null && number !== null && date !== null && time !== null;
  const state = visuraState({ state: record.state, registered: isNumbered, annulled: ours !== null });
  const annulment = ours ?? theirs;
  const reasons: Readonly<Record<VisuraState, string | null>> = {
    ricevuto: null,
    'in attesa': null,
    registrato: null,
    rifiutato: refusalReason(record),
    annullato: annulment?.reason ?? null,
  };
  return {
    state,
    sentence: visuraSentence(state),
    receivedAt: record.receivedAt,
    registration: isNumbered ? { register, year, number: protocolNumber(number), date, time } : null,
    office,
    classification,
    reason: reasons[state],
    annulment:
      state === 'annullato' && annulment !== null ? { at: annulment.at, provision: ours?.provision ?? null } : null,
  };
}

/** What the person gave as the reason, else what the judgement of the mail found. */
const refusalReason = ({ refusedByHand, judgement }: VisuraRecord): string | null =>
  refusedByHand ?? (judgement?.action === 'exception' ? judgement.reasons.join('\n') || null : null);
