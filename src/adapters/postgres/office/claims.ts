/** What a transaction writes, as the audit chain covers it: one claim a row, in the order of the columns of `covered-rows.ts`. */
import type { Changes } from '../../../service/register/changes.ts';
import { type CoveredTable, claimOf, type RowClaim, type RowValues } from './covered-rows.ts';

const claim = (table: CoveredTable, row: readonly unknown[], documents: RowValues['documents'] = []): RowClaim =>
  claimOf(table, { row, documents });

/** The claims of everything a transaction writes. */
export const claimsOf = (changes: Changes): readonly RowClaim[] => [
  ...registrations(changes),
  ...marks(changes),
  ...beside(changes),
  ...assignments(changes),
  ...exchanged(changes),
];

const registrations = ({ registrations: written, byHand }: Changes): readonly RowClaim[] => [
  ...written.map((one) =>
    claim(
      'registration',
      [
        ...[one.register, one.year, one.number, one.direction, one.registeredAt, one.date, one.time, one.subject],
        ...[one.sender, one.recipients, one.peerIdentifier, one.flags, one.mailId],
      ],
      one.documents.map(({ role, name, mediaType, sha256, size, source }, position) => [
        ...[position, role, name, mediaType, sha256, size, source?.sha256, source?.part],
      ]),
    ),
  ),
  ...byHand.arrivals.map((one) =>
    claim('registration_arrival', [
      ...[one.register, one.year, one.number, one.carrier, one.receivedAt, one.deferral, one.registeredBy],
      ...[one.registeredByName, one.correspondentId, one.templateId],
    ]),
  ),
];

/** DPR 445/2000 art. 54: annulments, changes of classification and office, and who asked for an annulment. */
const marks = (changes: Changes): readonly RowClaim[] => [
  ...changes.annulments.map(({ register, year, number, reason, provision, by }) =>
    claim('registration_annulment', [register, year, number, changes.at, reason, provision, by]),
  ),
  ...changes.registrationChanges.map(({ register, year, number, version, field, oldValue, newValue, by }) =>
    claim('registration_change', [register, year, number, version, changes.at, field, oldValue, newValue, by]),
  ),
  ...changes.annulmentRequests.map(({ requestId, register, year, number, by, person, reason }) =>
    claim('annulment_request', [requestId, register, year, number, changes.at, by, person, reason]),
  ),
  ...changes.annulmentDecisions.map(({ requestId, by, person, outcome, answer }) =>
    claim('annulment_decision', [requestId, changes.at, by, person, outcome, answer]),
  ),
  ...changes.closings.map(({ register, kind, day, counts, head, xml, pdf, ...one }) =>
    claim('daily_register', [
      ...[register, kind, day, one.year, one.progressive, one.closedAt, one.closedBy, one.first, one.last],
      ...[counts.registrations, counts.annulled, counts.changes, one.afterSeq, one.throughSeq, head],
      ...[xml.sha256, xml.size, pdf.sha256, pdf.size],
    ]),
  ),
  ...changes.notes.map(({ register, year, number, noteId, by, person, text }) =>
    claim('registration_note', [register, year, number, noteId, changes.at, by, person, text]),
  ),
];

function beside({ at, byHand, mailsAside }: Changes): readonly RowClaim[] {
  // A reserve that was lifted and is set again has its row already.
  const reserved = [...byHand.reserved, ...byHand.reserveChanges.filter(isFirst)];
  return [
    ...byHand.links.map(({ register, year, number, to, kind, by }) =>
      claim('registration_link', [register, year, number, to.register, to.year, to.number, kind, at, by]),
    ),
    ...reserved.map(({ register, year, number, registeredBy, by }) =>
      claim('registration_reserved', [register, year, number, registeredBy, at, by]),
    ),
    ...byHand.reserveChanges.map(({ register, year, number, version, act, by, person, reason }) =>
      claim('registration_reserve_history', [register, year, number, version, act, at, by, person, reason]),
    ),
    ...byHand.filings.map(({ register, year, number, version, fileId, by }) =>
      claim('registration_file_history', [register, year, number, version, fileId, at, by]),
    ),
    ...byHand.files.map(({ fileId, year, classification, number, by }) =>
      claim('file', [fileId, year, classification, number, at, by]),
    ),
    ...byHand.deferrals.map(({ deferralId, provision, reason, receivedFrom, receivedTo, registerUntil, by }) =>
      claim('deferral', [deferralId, provision, reason, receivedFrom, receivedTo, registerUntil, at, by]),
    ),
    ...byHand.emergencies.map(({ emergencyId, cause, provision, startedAt, by }) =>
      claim('emergency_register', [emergencyId, cause, provision, startedAt, at, by]),
    ),
    ...byHand.emergencyExtensions.map(({ emergencyId, position, endsAt, provision, by }) =>
      claim('emergency_extension', [emergencyId, position, endsAt, provision, at, by]),
    ),
    ...byHand.emergencyClosings.map(({ emergencyId, endedAt, declaration, registrations: taken, by }) =>
      claim('emergency_closing', [emergencyId, endedAt, declaration, taken, at, by]),
    ),
    ...byHand.emergencyNumbers.map((one) =>
      claim('registration_emergency', [
        ...[one.register, one.year, one.number, one.emergencyId, one.emergencyYear, one.emergencyNumber],
        ...[one.emergencyDate, one.emergencyTime, one.operator, one.row],
      ]),
    ),
    ...mailsAside.map(({ mailId, by, reason }) => claim('mail_set_aside', [mailId, at, by, reason])),
  ];
}

const isFirst = ({ act, version }: Changes['byHand']['reserveChanges'][number]): boolean =>
  act === 'set' && version === 1;

/** An assignment as it is after each passage, and the passage itself. Of several at once, the last is what it is. */
function assignments({ at, assignments: passages }: Changes): readonly RowClaim[] {
  const states = new Map(
    passages
      .filter(({ event }) => event.act !== 'noted')
      .map(({ assignment }) => [assignment.assignmentId, assignment]),
  );
  return [
    ...states
      .values()
      .map((one) =>
        claim('assignment', [
          ...[one.assignmentId, one.register, one.year, one.number, one.kind, one.unitId, one.personId, one.state],
          ...[one.assignedBy, one.since, one.version],
        ]),
      ),
    ...passages.map(({ assignment: { assignmentId, version }, event }) =>
      claim('assignment_event', [
        ...[assignmentId, event.eventId, version, event.act, at, event.byPerson, event.byName, event.onBehalfOf],
        ...[event.from?.unitId, event.from?.personId, event.from?.name],
        ...[event.to?.unitId, event.to?.personId, event.to?.name, event.note],
      ]),
    ),
  ];
}

const exchanged = (changes: Changes): readonly RowClaim[] => [
  ...changes.exchanges.map(({ exchangeId, direction, registered, mailId }) =>
    claim('exchange', [exchangeId, direction, registered?.register, registered?.year, registered?.number, mailId]),
  ),
  ...changes.settled.map(({ kept, exchangeId }) => {
    const { mailId, mailbox, uidValidity, uid, sha256, size, arrivedAt } = kept;
    return claim('mail', [mailId, mailbox, uidValidity, uid, sha256, size, arrivedAt, exchangeId]);
  }),
];
