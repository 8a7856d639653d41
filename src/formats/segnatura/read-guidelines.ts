import type {
  DeclaredDocument,
  FilePlace,
  MessageReference,
  ProtocolMessage,
  Recipient,
  Signing,
} from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { derivedPlace, derivedReserve } from './derived.ts';
import { readDigest } from './digests.ts';
import {
  optional,
  proseOf,
  readClassification,
  readClassifications,
  readFolder,
  readYes,
  unlessDerived,
} from './fields.ts';
import type { ProblemCollector } from './problem-collector.ts';
import { readSubjectOf } from './read-guidelines-subjects.ts';
import { readFirstRegistration, readIdentifier } from './read-identifier.ts';
import { readMessageReference } from './read-references.ts';

/** `SegnaturaInformatica` of the guidelines of 2021 (allegato 6, version 3.0.0). */
export function readGuidelines(root: XmlElement, problems: ProblemCollector): ProtocolMessage | null {
  const heading = root.child('Intestazione');
  const { identifier, missing } = readIdentifier(heading?.child('Identificatore') ?? null, '3.0.0', problems);
  if (heading === null || identifier === null) {
    problems.add('segnatura-no-identifier', heading?.at ?? root.at, missing);
    return null;
  }
  const description = root.child('Descrizione');
  const sender = readSubjectOf(description?.child('Mittente') ?? null, problems);
  const recipients = (description?.all('Destinatario') ?? []).map((each): Recipient => {
    const confirmationRequested = readYes(each, 'confermaRicezione', true, problems);
    return {
      ...readSubjectOf(each, problems),
      confirmationRequested,
      copy: readYes(each, 'perConoscenza', false, problems),
    };
  });
  const subject = proseOf(heading, 'Oggetto') ?? '';
  if (subject.trim() === '') problems.add('segnatura-subject-missing', heading.at);
  const documents = readDocuments(description, problems);
  return {
    kind: 'protocol-message',
    identifier,
    firstRegistration: readFirstRegistration(heading, '3.0.0', problems),
    subject,
    sender,
    recipients,
    replyTo: sender.address,
    confirmationRequested: recipients.some((each) => each.confirmationRequested),
    classifications: readClassifications(heading),
    ...readReserve(heading.child('Riservato')),
    operatorRequest: null,
    paperDocuments: false,
    telematicReferences: documents.some((each) => each.reference === 'telematic'),
    notes: null,
    documents,
    ...optional('folder', readFolder(heading.child('Fascicolo'))),
    ...optional('references', readReferences(root.child('Riferimenti'), problems)),
  };
}

function readReserve(element: XmlElement | null): Pick<ProtocolMessage, 'reserved' | 'reserve'> {
  if (element === null) return { reserved: null };
  const value = !['false', '0'].includes(element.text().toLowerCase());
  const note = element.attribute('note');
  const reserved = value ? (note ?? '') : null;
  return { reserved, ...optional('reserve', unlessDerived({ value, note }, derivedReserve(reserved))) };
}

function readReferences(element: XmlElement | null, problems: ProblemCollector): MessageReference[] | null {
  if (element === null) return null;
  const classification = element.child('Classifica');
  return [
    {
      ...readMessageReference(element, '3.0.0', problems),
      ...optional('subject', proseOf(element, 'Oggetto')),
      ...optional('classification', classification && readClassification(classification)),
      ...optional('folder', readFolder(element.child('Fascicolo'))),
    },
  ];
}

function readDocuments(description: XmlElement | null, problems: ProblemCollector): DeclaredDocument[] {
  const found = description?.elements() ?? [];
  const primary = found.filter((each) => each.name === 'DocumentoPrimario');
  const attachments = found.filter((each) => each.name === 'Allegato');
  return [
    ...primary.map((each) => readDocument(each, 'primary', problems)),
    ...attachments.map((each) => readDocument(each, 'attachment', problems)),
  ];
}

function readDocument(
  element: XmlElement,
  role: DeclaredDocument['role'],
  problems: ProblemCollector,
): DeclaredDocument {
  const collocation = element.child('CollocazioneTelematica');
  const place = collocation && readPlace(collocation);
  const location = place && (`${place.host}${place.path}` || null);
  const name = element.attribute('nomeFile');
  if (collocation !== null && location === null) {
    problems.add('document-location-empty', collocation.at, name ?? '');
  }
  if (!name?.trim()) problems.add('document-name-missing', element.at);
  return {
    role,
    name,
    mediaType: element.attribute('mimeType'),
    title: proseOf(element, 'Descrizione'),
    reference: location === null ? 'mime' : 'telematic',
    location,
    digest: readDigest(element.child('Impronta'), 'SHA-256', problems),
    at: element.at,
    ...optional('place', unlessDerived(place, derivedPlace(location))),
    ...optional('signed', readSigning(element.child('firmatoDigitalmente'))),
    ...optional('sealed', readSigning(element.child('sigillatoElettronicamente'))),
    ...optional('timestamped', readSigning(element.child('marcaturaTemporale'))),
  };
}

const readPlace = (element: XmlElement): FilePlace => ({
  host: element.child('HostValue')?.text() ?? '',
  path: element.child('PathValue')?.text() ?? '',
  ...optional('timeToLive', element.attribute('timeToLive')?.trim()),
  ...optional('user', element.attribute('userId')),
  ...optional('password', element.attribute('password')),
});

function readSigning(element: XmlElement | null): Signing | null {
  if (element === null) return null;
  const files = element.all('Detached').map((each) => ({
    name: each.attribute('nomeFile') ?? '',
    ...optional('mediaType', each.attribute('mimeType')),
    order: each.attribute('order')?.trim() ?? '',
  }));
  return files.length === 0 ? 'inside' : files;
}
