import type { XmlElement } from '../xml/tree.ts';
import { readDigest } from './digests.ts';
import {
  readAddress,
  readClassification,
  readFirstRegistration,
  readIdentifier,
  readTime,
  readYes,
  textOf,
} from './fields.ts';
import type { Findings } from './findings.ts';
import type { DeclaredDocument, Generation, MessageReference, ProtocolMessage, Recipient } from './model.ts';
import { readAdministration, readContacts, readPersons, unknownCorrespondent } from './read-correspondents.ts';
import { readMessageReference } from './read-returns.ts';

/** `Segnatura` of the circulars: AIPA/CR/28 of 2001, CNIPA 45/2009, AgID 60/2013. */
export function readCircular(root: XmlElement, generation: Generation, findings: Findings): ProtocolMessage | null {
  const heading = root.child('Intestazione');
  const found = readIdentifier(heading?.child('Identificatore') ?? null, generation, findings);
  if (heading === null || found.identifier === null) {
    findings.add('segnatura-no-identifier', heading?.at ?? root.at, found.missing);
    return null;
  }
  const time = readTime(heading.child('OraRegistrazione'), findings) ?? found.identifier.time;
  const identifier = { ...found.identifier, time };
  const recipients = readRecipients(heading, findings);
  const sender = readSender(heading.child('Origine'), identifier, findings);
  const references = readReferences(root.child('Riferimenti'), generation, findings);
  const description = root.child('Descrizione');
  return {
    kind: 'protocol-message',
    identifier,
    firstRegistration: readFirstRegistration(heading, generation, findings),
    subject: readSubject(heading, description, findings),
    sender,
    recipients,
    replyTo: readAddress(heading.child('Risposta')?.child('IndirizzoTelematico') ?? null, findings) ?? sender.address,
    confirmationRequested: recipients.some((each) => each.confirmationRequested),
    classifications: heading.all('Classifica').map(readClassification),
    reserved: heading.child('Riservato')?.text() ?? null,
    operatorRequest: heading.child('InterventoOperatore')?.text() ?? null,
    paperDocuments: heading.child('RiferimentoDocumentiCartacei') !== null,
    telematicReferences: heading.child('RiferimentiTelematici') !== null,
    notes: textOf(heading, 'Note'),
    documents: readDocuments(description, generation, findings),
    ...(references.length === 0 ? {} : { references }),
  };
}

function readSubject(heading: XmlElement, description: XmlElement | null, findings: Findings): string {
  const subject = textOf(heading, 'Oggetto');
  if (subject !== null) return subject;
  const misplaced = textOf(description?.child('Documento') ?? null, 'Oggetto') ?? textOf(description, 'Oggetto');
  findings.add(misplaced === null ? 'segnatura-subject-missing' : 'segnatura-subject-misplaced', heading.at);
  return misplaced ?? '';
}

/** The sender's codes stand in `Identificatore`; inside `Mittente` they are repeated by some. */
function readSender(
  origin: XmlElement | null,
  identifier: { readonly administration: string; readonly aoo: string },
  findings: Findings,
) {
  const sender = origin?.child('Mittente') ?? null;
  const address = readAddress(origin?.child('IndirizzoTelematico') ?? null, findings);
  const body = readAdministration(sender, findings);
  return {
    ...body,
    administration: body.administration ?? identifier.administration,
    aoo: body.aoo ?? identifier.aoo,
    address: address ?? body.address,
  };
}

function readRecipients(heading: XmlElement, findings: Findings): Recipient[] {
  const recipients: Recipient[] = [];
  for (const element of heading.elements()) {
    if (element.name !== 'Destinazione' && element.name !== 'PerConoscenza') continue;
    const common = {
      confirmationRequested: readYes(element, 'confermaRicezione', false, findings),
      copy: element.name === 'PerConoscenza',
    };
    const address = readAddress(element.child('IndirizzoTelematico'), findings);
    const bodies = element.all('Destinatario');
    for (const body of bodies) {
      const read = readRecipient(body, findings);
      recipients.push({ ...read, address: read.address ?? address, ...common });
    }
    if (bodies.length === 0) recipients.push({ ...unknownCorrespondent, address, ...common });
  }
  return recipients;
}

function readRecipient(element: XmlElement, findings: Findings) {
  const address = readAddress(element.child('IndirizzoTelematico'), findings);
  if (element.child('Amministrazione') !== null) {
    const body = readAdministration(element, findings);
    return { ...readContacts(element), ...body, address: address ?? body.address };
  }
  const persons = readPersons(element);
  const name = textOf(element, 'Denominazione');
  const [first] = persons;
  const asPerson = name === null && first !== undefined;
  const fullName = [first?.firstName, first?.familyName].filter(Boolean).join(' ');
  return {
    ...unknownCorrespondent,
    kind: asPerson ? ('person' as const) : name === null ? ('unknown' as const) : ('legal-person' as const),
    name: name ?? first?.fullName ?? fullName,
    taxCode: asPerson ? first.taxCode : null,
    address,
    ...(persons.length === 0 ? {} : { persons }),
    ...readContacts(element),
  };
}

function readReferences(element: XmlElement | null, generation: Generation, findings: Findings): MessageReference[] {
  const messages = element?.all('Messaggio') ?? [];
  return messages.map((message) => readMessageReference(message, generation, findings));
}

function readDocuments(element: XmlElement | null, generation: Generation, findings: Findings): DeclaredDocument[] {
  const documents: DeclaredDocument[] = [];
  if (element === null) return documents;
  const text = element.child('TestoDelMessaggio');
  if (text !== null) documents.push(messageText(text));
  const standard = generation === '2001' ? 'SHA-1' : 'SHA-256';
  for (const each of element.all('Documento')) {
    documents.push(
      readDocument(each, documents.length === 0 ? 'primary' : 'attachment', standard, generation, findings),
    );
  }
  // A Fascicolo holds documents and further ones; the gate has bounded the depth.
  const walk = (holder: XmlElement): void => {
    for (const each of holder.elements()) {
      if (each.name === 'Documento') documents.push(readDocument(each, 'attachment', standard, generation, findings));
      else if (each.name === 'Fascicolo') walk(each);
    }
  };
  for (const attachments of element.all('Allegati')) walk(attachments);
  return documents;
}

const messageText = (element: XmlElement): DeclaredDocument => ({
  role: 'primary',
  name: null,
  mediaType: element.attribute('tipoMIME')?.trim() || null,
  title: null,
  reference: 'message-text',
  location: null,
  digest: null,
  at: element.at,
  ...optional('id', element.attribute('id')?.trim()),
});

function readDocument(
  element: XmlElement,
  role: DeclaredDocument['role'],
  standard: string,
  generation: Generation,
  findings: Findings,
): DeclaredDocument {
  const name = element.attribute('nome')?.trim() || null;
  const place = element.child('CollocazioneTelematica');
  const location = place?.text() || null;
  const reference = readReference(element, name, location, findings);
  return {
    role,
    name,
    mediaType: element.attribute('tipoMIME')?.trim() || null,
    title: textOf(element, 'TitoloDocumento'),
    reference,
    location,
    digest: readDigest(element.child('Impronta'), standard, findings),
    at: element.at,
    ...optional('id', element.attribute('id')?.trim()),
    ...optional('repeats', element.attribute('rife')?.trim()),
    ...optional('subject', textOf(element, 'Oggetto')),
    ...optional('type', textOf(element, 'TipoDocumento')),
    ...optional('pages', textOf(element, 'NumeroPagine')),
    ...optional('notes', textOf(element, 'Note')),
    ...optional('firstRegistration', readFirstRegistration(element, generation, findings)),
  };
}

function readReference(
  element: XmlElement,
  name: string | null,
  location: string | null,
  findings: Findings,
): DeclaredDocument['reference'] {
  const written = element.attribute('tipoRiferimento')?.trim() ?? 'MIME';
  const kind = written.toLowerCase();
  if (kind === 'cartaceo') return 'paper';
  if (kind === 'telematico') {
    if (location !== null) return 'telematic';
    findings.add('document-location-empty', element.at, name ?? '');
    // Said to lie elsewhere, but nowhere: where it has a name, it is looked for among the files that came along.
    return name === null ? 'telematic' : 'mime';
  }
  if (kind !== 'mime') findings.add('segnatura-value-unknown', element.at, `tipoRiferimento="${written}"`);
  if (name === null && element.attribute('rife') === null) findings.add('document-name-missing', element.at);
  return 'mime';
}

/** A property only where there is something to say. */
export const optional = <Name extends string, Value>(name: Name, value: Value | null | undefined | '') =>
  (value === null || value === undefined || value === '' ? {} : { [name]: value }) as { readonly [K in Name]?: Value };
