/** What a person fills in to register by hand, and what is wrong with it. */
import type { RegistrationDirection } from '../../domain/register/registration.ts';
import { isDay } from '../../kernel/clock.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, type ProblemCode, problem } from '../../kernel/problems.ts';
import type { Correspondent } from '../../model/segnatura.ts';
import type { ArrivalCarrier } from '../register/by-hand-writes.ts';
import type { RegistrationKey } from '../register/changes.ts';
import type { FileChoice } from '../register/file-registration.ts';

export interface HandCorrespondent {
  /** As it is written into the register. */
  readonly correspondent: Correspondent;
  /** Where it comes from the address book. */
  readonly correspondentId: string | null;
}

export interface HandRequest {
  readonly direction: RegistrationDirection;
  readonly carrier: ArrivalCarrier | null;
  /** When it really came; null for what goes out. */
  readonly receivedAt: Date | null;
  /** The sender of what comes in, the recipients of what goes out; of an internal document, who writes and who receives. */
  readonly correspondents: readonly HandCorrespondent[];
  /** The sender's own registration. */
  readonly peer: { readonly number: string; readonly date: string | null } | null;
  readonly subject: string;
  readonly classification: string | null;
  readonly file: FileChoice | null;
  readonly precedents: readonly RegistrationKey[];
  readonly reserved: boolean;
  readonly templateId: string | null;
  /** The head's authorisation to register later. */
  readonly deferralId: string | null;
  /** Uploads, the primary document first. Paper without a scan has none. */
  readonly uploads: readonly string[];
}

/** Fields of the form, as a problem names where it is. */
export type HandField =
  | 'carrier'
  | 'received'
  | 'correspondent'
  | 'peer'
  | 'subject'
  | 'classification'
  | 'file'
  | 'precedents'
  | 'deferral'
  | 'documents';

const CARRIERS_OF: Readonly<Record<RegistrationDirection, readonly ArrivalCarrier[]>> = {
  incoming: ['counter', 'post', 'registered-post', 'courier', 'notifier', 'email', 'fax', 'other'],
  outgoing: ['post', 'registered-post', 'counter', 'courier', 'notifier', 'email', 'fax', 'other'],
  internal: ['internal'],
};
export const carriersOf = (direction: RegistrationDirection): readonly ArrivalCarrier[] => CARRIERS_OF[direction];

/** Clocks differ. */
const TOLERATED_MS = 5 * 60_000;

/** Everything that can be told without the database, all at once, so that a form shows it all. */
export function checkHandRequest(request: HandRequest, at: Date): readonly Problem[] {
  const found: Problem[] = [];
  const say = (code: ProblemCode, field: HandField, detail: number | string = ''): void =>
    void found.push(problem(code, field, String(detail)));
  const { direction, subject, receivedAt, correspondents, peer } = request;
  if (request.carrier === null || !CARRIERS_OF[direction].includes(request.carrier))
    say('hand-carrier-unfit', 'carrier');
  if (direction === 'incoming') {
    if (receivedAt === null) say('hand-received-missing', 'received');
    else if (receivedAt.getTime() > at.getTime() + TOLERATED_MS) say('hand-received-future', 'received');
  }
  if (direction === 'internal' && correspondents.length < 2) say('hand-offices-missing', 'correspondent');
  else if (correspondents.length === 0)
    say(direction === 'incoming' ? 'hand-sender-missing' : 'hand-recipient-missing', 'correspondent');
  if (correspondents.some(({ correspondent }) => correspondent.name.length > LIMITS.handName))
    say('hand-name-long', 'correspondent', LIMITS.handName);
  if (peer !== null && peer.number.length > LIMITS.handPeerNumber)
    say('hand-peer-number-long', 'peer', LIMITS.handPeerNumber);
  if (peer?.date != null && (!isDay(peer.date) || Date.parse(peer.date) > at.getTime() + TOLERATED_MS))
    say('hand-peer-date-unfit', 'peer');
  if (subject === '') say('hand-subject-missing', 'subject');
  else if (subject.length > LIMITS.handSubject) say('hand-subject-long', 'subject', LIMITS.handSubject);
  if (request.file !== null && request.classification === null) say('hand-class-missing', 'classification');
  if (request.file?.fileId === null && request.file.subject === '') say('hand-file-subject-missing', 'file');
  if (request.uploads.length > LIMITS.messageFiles) say('hand-documents-many', 'documents', LIMITS.messageFiles);
  return found;
}
