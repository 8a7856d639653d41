import type {
  Classification,
  DeclaredDocument,
  FilePlace,
  Folder,
  Identifier,
  MessageReference,
  ProtocolMessage,
  Signing,
} from '../../model/segnatura.ts';
import type { XmlOutput } from '../xml/write.ts';
import { derivedPlace, derivedReserve } from './derived.ts';
import {
  DEEPEST,
  digestText,
  type Form,
  identifierFitsGuidelines,
  identifierParts,
  type Origin,
  required,
  unwritable,
} from './write-fields.ts';
import { optionalProt, prot, protText, subjectPart } from './write-guidelines-subjects.ts';

/**
 * Writes the `SegnaturaInformatica` of 3.0.0 without its seal; it becomes valid when a sealer adds that as the last child.
 * Attributes are qualified. What the schema has no place for is left out, also postal addresses with a CAP of five digits.
 */
export function guidelinesMessage(message: ProtocolMessage, form: Form): readonly (XmlOutput | null)[] {
  const [classification] = message.classifications;
  if (classification === undefined) unwritable('Classifica');
  const { sender, recipients, documents, folder, reserved } = message;
  if (recipients.length === 0) unwritable('Destinatario');
  const [primary, ...others] = documents.filter((each) => each.role === 'primary');
  if (primary === undefined) unwritable('DocumentoPrimario');
  if (others.length > 0) unwritable('DocumentoPrimario', 'i documenti primari sono più di uno');
  return [
    prot(
      'Intestazione',
      {},
      identifierPart('Identificatore', message.identifier, form, 'own'),
      firstRegistrationPart(message.firstRegistration, form),
      protText('Oggetto', required(message.subject, 'Oggetto', form)),
      classificationPart(classification),
      folderPart(folder),
      reservePart(message.reserve ?? derivedReserve(reserved)),
    ),
    referencePart(message.references ?? [], form),
    prot(
      'Descrizione',
      {},
      prot('Mittente', {}, subjectPart(sender, 'Mittente', form)),
      recipients.map((each) =>
        prot(
          'Destinatario',
          { confermaRicezione: String(each.confirmationRequested), perConoscenza: String(each.copy) },
          subjectPart(each, 'Destinatario', form),
        ),
      ),
      documentPart('DocumentoPrimario', primary, form),
      documents.filter((each) => each.role === 'attachment').map((each) => documentPart('Allegato', each, form)),
    ),
  ];
}

const identifierPart = (name: string, identifier: Identifier, form: Form, origin: Origin): XmlOutput =>
  prot(name, {}, identifierParts(identifier, form, origin, 'prot:'));

/** The first registration is another office's and optional, so it is left out where it does not fit the schema. */
const firstRegistrationPart = (identifier: Identifier | null, form: Form): XmlOutput | null =>
  identifier !== null && identifierFitsGuidelines(identifier)
    ? identifierPart('PrimaRegistrazione', identifier, form, 'echoed')
    : null;

/** Only the first classification is written: the schema has place for one. */
function classificationPart({ name, levels, levelNames, asPath }: Classification): XmlOutput {
  const [only] = levels;
  if (only === undefined) unwritable('Classifica/CodiceFlat');
  if (levels.length > DEEPEST) unwritable('Classifica/CodicePath', 'ha troppi livelli');
  // A single level without a name is written flat.
  const flat = levels.length === 1 && asPath !== true && (levelNames?.[0] ?? null) === null;
  const path = levels.reduceRight<XmlOutput | null>(
    (inner, level, index) =>
      prot(
        index === 0 ? 'CodicePath' : 'SubLivello',
        {},
        prot('Livello', { descrizione: levelNames?.[index] }, level || null),
        inner,
      ),
    null,
  );
  return prot('Classifica', {}, protText('Denominazione', name), flat ? protText('CodiceFlat', only) : path);
}

const folderPart = (folder: Folder | undefined): XmlOutput | null =>
  folder === undefined
    ? null
    : prot('Fascicolo', {}, protText('Denominazione', folder.name), protText('CodiceFascicolo', folder.code));

const reservePart = (reserve: ProtocolMessage['reserve'] | null): XmlOutput | null =>
  reserve ? prot('Riservato', { note: reserve.note }, String(reserve.value)) : null;

/** The schema has place for one message, and requires its subject and classification. */
function referencePart(references: readonly MessageReference[], form: Form): XmlOutput | null {
  for (const { identifier, firstRegistration, subject, classification, folder } of references) {
    if (identifier === null || !identifierFitsGuidelines(identifier) || !classification?.levels.length) continue;
    if (subject === undefined || (subject.trim() === '' && !form.asRead)) continue;
    return prot(
      'Riferimenti',
      {},
      identifierPart('Identificatore', identifier, form, 'echoed'),
      firstRegistrationPart(firstRegistration, form),
      protText('Oggetto', subject),
      classificationPart(classification),
      folderPart(folder),
    );
  }
  return null;
}

function documentPart(name: string, document: DeclaredDocument, form: Form): XmlOutput {
  const { reference, digest, location } = document;
  if (reference === 'paper') unwritable(name, 'un documento cartaceo non è ammesso');
  if (reference === 'message-text') unwritable(name, 'il testo del messaggio non è un documento');
  const value = digest === null ? null : digestText(digest, form);
  const label = (form.asRead ? digest?.label : null) ?? digest?.algorithm;
  const elsewhere = reference === 'telematic' ? required(location, `${name}/CollocazioneTelematica`, form) : null;
  const place = document.place ?? derivedPlace(elsewhere);
  return prot(
    name,
    {
      nomeFile: required(document.name, `${name}/nomeFile`, form),
      mimeType: required(document.mediaType, `${name}/mimeType`, form),
    },
    optionalProt('Descrizione', document.title),
    prot('Impronta', { algoritmo: label }, required(value, `${name}/Impronta`, form) || null),
    place && placePart(place, form),
    signingPart('firmatoDigitalmente', document.signed),
    signingPart('sigillatoElettronicamente', document.sealed),
    signingPart('marcaturaTemporale', document.timestamped),
  );
}

/** The part of xs:anyURI about which validators agree. */
const REFERENCE =
  /^(?:[A-Za-z][A-Za-z0-9+.-]*:|(?![^/?#]*:))(?:\/\/(?:[^/?#[\]@\s]*@)?(?:[^/?#[\]@:\s]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?=[/?#]|$))?[^#[\]]*(?:#[^#[\]]*)?$/;
const isReference = (text: string): boolean => REFERENCE.test(text) && !/%(?![0-9A-Fa-f]{2})/.test(text);
const INTEGER = /^[+-]?[0-9]+$/;

function placePart({ host, path, timeToLive, user, password }: FilePlace, form: Form): XmlOutput {
  // What was read was valid by the whole rule.
  if (!form.asRead) {
    if (!isReference(host) || !isReference(path)) unwritable('CollocazioneTelematica', 'non è un indirizzo');
    if (timeToLive !== undefined && !INTEGER.test(timeToLive)) {
      unwritable('CollocazioneTelematica/timeToLive', 'non è un numero');
    }
  }
  return prot(
    'CollocazioneTelematica',
    { timeToLive, userId: user, password },
    protText('HostValue', host),
    protText('PathValue', path),
  );
}

function signingPart(name: string, signing: Signing | undefined): XmlOutput | null {
  if (signing === undefined) return null;
  if (signing === 'inside') return prot(name, {}, protText('UnDetached', 'true'));
  return prot(
    name,
    {},
    signing.map((file) => {
      if (!INTEGER.test(file.order)) unwritable(`${name}/Detached/order`, 'non è un numero');
      return prot('Detached', { nomeFile: file.name, mimeType: file.mediaType, order: file.order }, 'true');
    }),
  );
}
