import type { Correspondent, Generation, Identifier, NetAddress, ProtocolMessage } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { derivedCodes } from './derived.ts';
import {
  circularTime,
  optional,
  proseOf,
  readClassifications,
  readNetAddress,
  readTime,
  unlessDerived,
} from './fields.ts';
import type { ProblemCollector } from './problem-collector.ts';
import { readDocumentContext } from './read-circular-documents.ts';
import { readAdministration, readDestination } from './read-correspondents.ts';
import { readFirstRegistration, readIdentifier } from './read-identifier.ts';
import { readMoreInfo } from './read-more-info.ts';

/** `Segnatura` of the circulars: AIPA/CR/28 of 2001, CNIPA 45/2009, AgID 60/2013. */
export function readCircular(
  root: XmlElement,
  generation: Generation,
  problems: ProblemCollector,
): ProtocolMessage | null {
  const heading = root.child('Intestazione');
  const found = readIdentifier(heading?.child('Identificatore') ?? null, generation, problems);
  if (heading === null || found.identifier === null) {
    problems.add('segnatura-no-identifier', heading?.at ?? root.at, found.missing);
    return null;
  }
  const identifier = withTime(found.identifier, heading.child('OraRegistrazione'), problems);
  const recipients = heading
    .elements()
    .filter(({ name }) => name === 'Destinazione' || name === 'PerConoscenza')
    .flatMap((each) => readDestination(each, problems));
  const { sender, ...origin } = readOrigin(heading.child('Origine'), identifier, problems);
  const { documents, ...context } = readDocumentContext(root, generation, problems);
  return {
    kind: 'protocol-message',
    identifier,
    firstRegistration: readFirstRegistration(heading, generation, problems),
    ...readSubject(heading, root.child('Descrizione'), problems),
    sender,
    recipients,
    ...readReply(heading, sender, problems),
    confirmationRequested: recipients.some((each) => each.confirmationRequested),
    classifications: readClassifications(heading),
    reserved: proseOf(heading, 'Riservato'),
    operatorRequest: proseOf(heading, 'InterventoOperatore'),
    paperDocuments: heading.child('RiferimentoDocumentiCartacei') !== null,
    telematicReferences: heading.child('RiferimentiTelematici') !== null,
    notes: proseOf(heading, 'Note'),
    documents,
    ...context,
    ...origin,
    ...optional('moreInfo', readMoreInfo(root, problems)),
    ...optional('clock', CLOCKS[heading.child('OraRegistrazione')?.attribute('tempo')?.trim() ?? '']),
  };
}

/** `rupa` and `spc` are the public networks of their years; `NMTOKEN` was meant as "any other". */
const CLOCKS: Readonly<Record<string, ProtocolMessage['clock']>> = {
  rupa: 'network',
  spc: 'network',
  NMTOKEN: 'other',
};

function withTime(identifier: Identifier, element: XmlElement | null, problems: ProblemCollector): Identifier {
  if (element === null) return identifier;
  const time = readTime(element, ',', problems);
  const content = element.content();
  const written = content === circularTime(time) ? {} : { written: { ...identifier.written, time: content } };
  return { ...identifier, time: time ?? identifier.time, ...written };
}

function readSubject(heading: XmlElement, description: XmlElement | null, problems: ProblemCollector) {
  const own = proseOf(heading, 'Oggetto');
  if (own !== null && own.trim() !== '') return { subject: own };
  const elsewhere = proseOf(description?.child('Documento') ?? null, 'Oggetto') ?? proseOf(description, 'Oggetto');
  const misplaced = elsewhere?.trim() ? elsewhere : null;
  problems.add(misplaced === null ? 'segnatura-subject-missing' : 'segnatura-subject-misplaced', heading.at);
  return misplaced === null ? { subject: own ?? '' } : { subject: misplaced, headingSubject: { text: own } };
}

/** The sender's codes stand in `Identificatore`; some writers repeat them inside `Mittente`. */
function readOrigin(element: XmlElement | null, identifier: Identifier, problems: ProblemCollector) {
  const address = readNetAddress(element?.child('IndirizzoTelematico') ?? null, problems);
  const body = readAdministration(element?.child('Mittente') ?? null, [], problems);
  const sender: Correspondent = {
    ...body,
    administration: body.administration || identifier.administration,
    aoo: body.aoo || identifier.aoo,
    address: address?.address || body.address,
  };
  const codes = { administration: body.administration, aoo: body.aoo };
  return {
    sender,
    ...optional('origin', unlessDerived(address, plainAddress(sender.address))),
    ...optional('senderCodes', unlessDerived(codes, derivedCodes(sender, identifier))),
  };
}

const plainAddress = (address: string | null): NetAddress | null => (address === null ? null : { address });

function readReply(heading: XmlElement, sender: Correspondent, problems: ProblemCollector) {
  const reply = readNetAddress(heading.child('Risposta')?.child('IndirizzoTelematico') ?? null, problems);
  const replyTo = reply?.address || sender.address;
  const derived = plainAddress(replyTo === sender.address ? null : replyTo);
  return { replyTo, ...optional('reply', unlessDerived(reply, derived)) };
}
