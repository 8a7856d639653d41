import type { XmlElement } from '../xml/tree.ts';
import { readDigest } from './digests.ts';
import {
  readAddress,
  readClassification,
  readFirstRegistration,
  readFolder,
  readIdentifier,
  readYes,
  textOf,
} from './fields.ts';
import type { Findings } from './findings.ts';
import type { Correspondent, DeclaredDocument, MessageReference, Person, ProtocolMessage, Recipient } from './model.ts';
import { optional } from './read-circular.ts';
import { readPostalAddress, unknownCorrespondent } from './read-correspondents.ts';
import { readMessageReference } from './read-returns.ts';

/** `SegnaturaInformatica` of the guidelines of 2021 (allegato 6, version 3.0.0). */
export function readGuidelines(root: XmlElement, findings: Findings): ProtocolMessage | null {
  const heading = root.child('Intestazione');
  const { identifier, missing } = readIdentifier(heading?.child('Identificatore') ?? null, '3.0.0', findings);
  if (heading === null || identifier === null) {
    findings.add('segnatura-no-identifier', heading?.at ?? root.at, missing);
    return null;
  }
  const description = root.child('Descrizione');
  const sender = readSubjectOf(description?.child('Mittente') ?? null, findings);
  const recipients = (description?.all('Destinatario') ?? []).map((each): Recipient => {
    const confirmationRequested = readYes(each, 'confermaRicezione', true, findings);
    return {
      ...readSubjectOf(each, findings),
      confirmationRequested,
      copy: readYes(each, 'perConoscenza', false, findings),
    };
  });
  const subject = textOf(heading, 'Oggetto');
  if (subject === null) findings.add('segnatura-subject-missing', heading.at);
  const documents = readDocuments(description, findings);
  const reserved = heading.child('Riservato');
  const isReserved = reserved !== null && !['false', '0'].includes(reserved.text().toLowerCase());
  return {
    kind: 'protocol-message',
    identifier,
    firstRegistration: readFirstRegistration(heading, '3.0.0', findings),
    subject: subject ?? '',
    sender,
    recipients,
    replyTo: sender.address,
    confirmationRequested: recipients.some((each) => each.confirmationRequested),
    classifications: heading.all('Classifica').map(readClassification),
    reserved: isReserved ? (reserved.attribute('note')?.trim() ?? '') : null,
    operatorRequest: null,
    paperDocuments: false,
    telematicReferences: documents.some((each) => each.reference === 'telematic'),
    notes: null,
    documents,
    ...optional('folder', readFolder(heading.child('Fascicolo'))),
    ...optional('references', readReferences(root.child('Riferimenti'), findings)),
  };
}

function readReferences(element: XmlElement | null, findings: Findings): MessageReference[] | null {
  if (element === null) return null;
  const classification = element.child('Classifica');
  return [
    {
      ...readMessageReference(element, '3.0.0', findings),
      ...optional('subject', textOf(element, 'Oggetto')),
      ...optional('classification', classification === null ? null : readClassification(classification)),
      ...optional('folder', readFolder(element.child('Fascicolo'))),
    },
  ];
}

/** A `SoggettoType`: one of four kinds of correspondent. */
function readSubjectOf(holder: XmlElement | null, findings: Findings): Correspondent {
  for (const element of holder?.elements() ?? []) {
    if (element.name === 'Amministrazione') return administration(element, findings);
    if (element.name === 'PersonaGiuridica') return legalPerson(element, findings);
    if (element.name === 'PersonaFisica') return naturalPerson(element, findings);
    if (element.name === 'AmministrazioneEstera') {
      return {
        ...unknownCorrespondent,
        kind: 'foreign',
        name: textOf(element, 'DenominazioneAmministrazione') ?? '',
        office: textOf(element, 'DenominazioneUfficio'),
        ...readContacts([element.child('ContattiAmministrazione')], findings),
      };
    }
  }
  return unknownCorrespondent;
}

function administration(element: XmlElement, findings: Findings): Correspondent {
  const area = element.child('CodiceIPAAOO');
  const unit = element.child('CodiceIPAUO');
  const unitCode = unit?.text() || null;
  const unitName = unit?.attribute('descrizione')?.trim() || unitCode;
  const contacts = ['ContattiAOO', 'ContattiUO', 'ContattiAmministrazione'].map((name) => element.child(name));
  return {
    kind: 'administration',
    name: textOf(element, 'DenominazioneAmministrazione') ?? '',
    administration: textOf(element, 'CodiceIPAAmministrazione'),
    aoo: area?.text() || null,
    aooName: area?.attribute('descrizione')?.trim() || null,
    office: unitName,
    taxCode: textOf(element, 'CFAmministrazione'),
    ...(unitName === null || unitCode === null
      ? {}
      : { officePath: [{ name: unitName, code: unitCode, temporary: false }] }),
    ...persons(element),
    ...readContacts(contacts, findings),
  };
}

const legalPerson = (element: XmlElement, findings: Findings): Correspondent => ({
  ...unknownCorrespondent,
  kind: 'legal-person',
  name: textOf(element, 'Denominazione') ?? '',
  taxCode: textOf(element, 'PIVAoCF'),
  ...persons(element),
  ...readContacts([element.child('ContattiPersonaGiuridica')], findings),
});

function naturalPerson(element: XmlElement, findings: Findings): Correspondent {
  const person = readPerson(element);
  return {
    ...unknownCorrespondent,
    kind: 'person',
    name: [person.firstName, person.familyName].filter(Boolean).join(' '),
    taxCode: person.taxCode,
    persons: [person],
    ...readContacts([element.child('Contatti')], findings),
  };
}

function persons(element: XmlElement): Pick<Correspondent, 'persons'> {
  const read = element.all('PersonaFisica').map(readPerson);
  return read.length === 0 ? {} : { persons: read };
}

const readPerson = (element: XmlElement): Person => ({
  firstName: textOf(element, 'Nome'),
  familyName: textOf(element, 'Cognome'),
  fullName: null,
  title: textOf(element, 'Titolo'),
  taxCode: textOf(element, 'CodiceFiscale'),
  role: null,
});

type Contacts = Pick<Correspondent, 'address' | 'postalAddress' | 'phones'>;

/** The first of the groups that says something wins, for each kind of contact; a mail address before any other. */
function readContacts(groups: readonly (XmlElement | null)[], findings: Findings): Contacts {
  const present = groups.filter((group) => group !== null);
  const addresses = present.flatMap((group) => group.all('IndirizzoTelematico')).filter((each) => each.text() !== '');
  const mail = addresses.find((each) => ['smtp', null].includes(each.attribute('tipo')?.trim() ?? null));
  const postal = present
    .map((group) => readPostalAddress(group.child('IndirizzoPostale')))
    .find((each) => each !== null);
  const phones = present
    .map((group) => group.all('Telefono').map((each) => each.text()))
    .find((each) => each.length > 0);
  return {
    address: readAddress(mail ?? addresses[0] ?? null, findings),
    ...optional('postalAddress', postal),
    ...optional('phones', phones),
  };
}

function readDocuments(description: XmlElement | null, findings: Findings): DeclaredDocument[] {
  const found = description?.elements() ?? [];
  const primary = found.filter((each) => each.name === 'DocumentoPrimario');
  const attachments = found.filter((each) => each.name === 'Allegato');
  return [
    ...primary.map((each) => readDocument(each, 'primary', findings)),
    ...attachments.map((each) => readDocument(each, 'attachment', findings)),
  ];
}

function readDocument(element: XmlElement, role: DeclaredDocument['role'], findings: Findings): DeclaredDocument {
  const place = element.child('CollocazioneTelematica');
  const location = `${textOf(place, 'HostValue') ?? ''}${textOf(place, 'PathValue') ?? ''}` || null;
  const name = element.attribute('nomeFile')?.trim() || null;
  if (place !== null && location === null) findings.add('document-location-empty', place.at, name ?? '');
  if (name === null) findings.add('document-name-missing', element.at);
  return {
    role,
    name,
    mediaType: element.attribute('mimeType')?.trim() || null,
    title: textOf(element, 'Descrizione'),
    reference: location === null ? 'mime' : 'telematic',
    location,
    digest: readDigest(element.child('Impronta'), 'SHA-256', findings),
    at: element.at,
  };
}
