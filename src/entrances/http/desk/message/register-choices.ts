/** What is offered to who registers a message: what was chosen before for its sender, and what looks like it. */
import { readerOf } from '../../../../service/people/rights.ts';
import type { MessageSheet } from '../../../../service/queries/message-sheets.ts';
import type { MessageDeps, OfficeVisit, RegisterChoices, SeenBefore } from './message-deps.ts';
import type { OfferedFiling } from './message-forms.ts';
import { documentsOfMail, type ShownDocument } from './shown-document.ts';

/** The sender's name, without the address that may stand behind it. */
const correspondentOf = ({ peer }: MessageSheet['exchange']): string => peer.replace(/ <[^<>]*>$/, '').slice(0, 300);

export const choicesFor = (
  visit: OfficeVisit,
  { exchange }: MessageSheet,
  { choices }: MessageDeps,
): Promise<RegisterChoices> => choices(visit.aoo, correspondentOf(exchange), readerOf(visit.caller));

export async function offeredFor(visit: OfficeVisit, sheet: MessageSheet, deps: MessageDeps): Promise<OfferedFiling> {
  const documents = sheet.mail === null ? [] : documentsOfMail(sheet.mail);
  const [choices, seen] = await Promise.all([
    choicesFor(visit, sheet, deps),
    seenBefore(visit, sheet, documents, deps),
  ]);
  return { ...choices, seen };
}

export async function seenBefore(
  visit: OfficeVisit,
  { exchange, mail, registration }: MessageSheet,
  documents: readonly ShownDocument[],
  deps: MessageDeps,
): Promise<readonly SeenBefore[]> {
  if (mail === null) return [];
  const found = await deps.seenBefore(
    visit.aoo,
    {
      digests: documents.flatMap(({ sha256 }) => (sha256 === null ? [] : [sha256])).slice(0, 50),
      peerNumber: mail.inspection?.segnatura?.identifier?.number ?? '',
      correspondent: correspondentOf(exchange),
      subject: exchange.subject.slice(0, 1_000),
    },
    readerOf(visit.caller),
  );
  // Not the very same.
  return found.filter(
    ({ register, year, number }) =>
      registration === null ||
      register !== registration.register ||
      year !== registration.year ||
      number !== registration.number,
  );
}
