import { element, type XmlOutput } from '../xml/write.ts';
import type {
  Classification,
  Correspondent,
  DeclaredDocument,
  Generation,
  Identifier,
  MessageReference,
  Office,
  Person,
  PostalAddress,
  ProtocolMessage,
  Recipient,
} from './model.ts';
import {
  base64,
  DEEPEST,
  identifierParts,
  isService,
  isTime,
  type Origin,
  optionalText,
  required,
  unwritable,
} from './write-fields.ts';

/** `Segnatura` as the circulars have it; element names and order are those of their grammars. */
export function circularMessage(message: ProtocolMessage, generation: Generation): readonly (XmlOutput | null)[] {
  const references = message.references ?? [];
  const messages = references.map((each) => reference(each, generation)).filter((each) => each !== null);
  return [
    heading(message, generation),
    messages.length === 0 ? null : element('Riferimenti', {}, messages),
    description(message.documents, generation),
  ];
}

function heading(message: ProtocolMessage, generation: Generation): XmlOutput {
  const { identifier, sender, recipients, replyTo, reserved, operatorRequest } = message;
  const destinations = recipients.filter((each) => !each.copy);
  if (destinations.length === 0) unwritable('Destinazione');
  // A text that says why is optional in both; the element alone already asks.
  const asking = (name: string, why: string | null) => (why === null ? null : element(name, {}, why || null));
  return element(
    'Intestazione',
    {},
    circularIdentifier(identifier, generation, 'own'),
    firstRegistration(message.firstRegistration, generation),
    optionalText('OraRegistrazione', timeText(identifier.time)),
    element(
      'Origine',
      {},
      telematic(required(sender.address, 'Origine/IndirizzoTelematico')),
      element('Mittente', {}, senderParts(sender, identifier, generation)),
    ),
    destinations.map((each) => destination('Destinazione', each, generation)),
    recipients.filter((each) => each.copy).map((each) => destination('PerConoscenza', each, generation)),
    replyTo === null || replyTo === sender.address ? null : element('Risposta', {}, telematic(replyTo)),
    asking('Riservato', reserved),
    asking('InterventoOperatore', operatorRequest),
    message.paperDocuments ? element('RiferimentoDocumentiCartacei', {}) : null,
    message.telematicReferences ? element('RiferimentiTelematici', {}) : null,
    element('Oggetto', {}, required(message.subject, 'Oggetto')),
    message.classifications.map(classification),
    optionalText('Note', message.notes),
  );
}

export const circularIdentifier = (identifier: Identifier, generation: Generation, origin: Origin): XmlOutput =>
  element('Identificatore', {}, identifierParts(identifier, generation, origin));

export const firstRegistration = (identifier: Identifier | null | undefined, generation: Generation) =>
  identifier ? element('PrimaRegistrazione', {}, circularIdentifier(identifier, generation, 'echoed')) : null;

/** `hh:mm:ss[,ddd]`: a comma, at most three digits, local time without a zone. */
function timeText(time: string | null): string | null {
  if (time === null || !isTime(time)) return null;
  const fraction = /\.([0-9]+)/.exec(time)?.[1];
  return `${time.slice(0, 8)}${fraction === undefined ? '' : `,${fraction.slice(0, 3)}`}`;
}

const telematic = (address: string): XmlOutput =>
  element('IndirizzoTelematico', { tipo: isService(address) ? 'uri' : 'smtp' }, address);

const classification = ({ name, levels }: Classification): XmlOutput =>
  element(
    'Classifica',
    {},
    optionalText('Denominazione', name),
    levels.length === 0 ? unwritable('Classifica/Livello') : levels.map((level) => element('Livello', {}, level)),
  );

/** The sender's codes are those of the identifier; they are repeated only where they differ (AIPA/CR/28, Amministrazione). */
function senderParts(sender: Correspondent, identifier: Identifier, generation: Generation): XmlOutput[] {
  if (sender.kind !== 'administration') unwritable('Mittente/Amministrazione', 'il mittente non è una amministrazione');
  const administration = sender.administration === identifier.administration ? null : sender.administration;
  return [
    administrationPart({ ...sender, administration }, generation),
    element(
      'AOO',
      {},
      element('Denominazione', {}, required(sender.aooName, 'Mittente/AOO/Denominazione')),
      sender.aoo === identifier.aoo ? null : optionalText('CodiceAOO', sender.aoo),
    ),
  ];
}

function destination(name: string, recipient: Recipient, generation: Generation): XmlOutput {
  return element(
    name,
    { confermaRicezione: recipient.confirmationRequested ? 'si' : 'no' },
    telematic(required(recipient.address, `${name}/IndirizzoTelematico`)),
    recipientPart(recipient, generation),
  );
}

function recipientPart(recipient: Recipient, generation: Generation): XmlOutput | null {
  const persons = (recipient.persons ?? []).map(person);
  const contacts = [
    ...numbers(recipient),
    recipient.postalAddress === undefined ? null : postal(recipient.postalAddress, generation),
  ];
  if (recipient.kind === 'administration') {
    const { aoo, aooName } = recipient;
    const area = aoo ?? aooName;
    return element(
      'Destinatario',
      {},
      administrationPart(recipient, generation),
      area === null ? null : element('AOO', {}, element('Denominazione', {}, aooName), optionalText('CodiceAOO', aoo)),
    );
  }
  if (recipient.kind === 'person') {
    const named: XmlOutput[] = persons.length > 0 ? persons : [namedPerson(required(recipient.name, 'Persona'))];
    return element('Destinatario', {}, named, contacts);
  }
  if (recipient.name === '') return null;
  return element('Destinatario', {}, element('Denominazione', {}, recipient.name), persons, contacts);
}

/** A chain of offices; persons and contacts stand in the innermost one, where the grammar requires a postal address. */
function administrationPart(body: Correspondent, generation: Generation): XmlOutput {
  const plain: Office[] = body.office === null ? [] : [{ name: body.office, code: null, temporary: false }];
  const path = body.officePath ?? plain;
  if (path.length > DEEPEST) unwritable('UnitaOrganizzativa', 'ha troppi livelli');
  const leaf: (XmlOutput | null)[] = [
    ...(body.persons ?? []).map(person),
    body.postalAddress === undefined
      ? element('IndirizzoPostale', {}, element('Denominazione', {}))
      : postal(body.postalAddress, generation),
    ...numbers(body),
  ];
  const inside = path.reduceRight<(XmlOutput | null)[]>(
    (content, office) => [
      element(
        'UnitaOrganizzativa',
        { tipo: office.temporary ? 'temporanea' : null },
        element('Denominazione', {}, office.name || null),
        optionalText('Identificativo', office.code),
        content,
      ),
    ],
    leaf,
  );
  return element(
    'Amministrazione',
    {},
    element('Denominazione', {}, required(body.name, 'Amministrazione/Denominazione')),
    optionalText('CodiceAmministrazione', body.administration),
    inside,
  );
}

const numbers = ({ phones = [], faxes = [] }: Correspondent): XmlOutput[] => [
  ...phones.map((each) => element('Telefono', {}, each)),
  ...faxes.map((each) => element('Fax', {}, each)),
];

const namedPerson = (name: string): XmlOutput => element('Persona', {}, element('Denominazione', {}, name));

function person(read: Person): XmlOutput {
  const { firstName, familyName, fullName, title, taxCode, role } = read;
  const body =
    familyName === null
      ? namedPerson(fullName ?? firstName ?? '')
      : element(
          'Persona',
          {},
          optionalText('Nome', firstName),
          element('Cognome', {}, familyName),
          optionalText('Titolo', title),
          optionalText('CodiceFiscale', taxCode),
        );
  return role === null ? body : element('Ruolo', {}, element('Denominazione', {}, role), body);
}

function postal(address: PostalAddress, generation: Generation): XmlOutput {
  if (address.text !== null) return element('IndirizzoPostale', {}, element('Denominazione', {}, address.text));
  const parts = [
    element('Toponimo', { dug: address.streetType }, address.street),
    element('Civico', {}, address.number),
    element('CAP', {}, address.postcode),
    element('Comune', { codiceISTAT: address.townCode }, address.town),
    element('Provincia', {}, address.province),
    optionalText('Nazione', address.country),
  ];
  return element('IndirizzoPostale', {}, generation === '2013' ? element('Indirizzo', {}, parts) : parts);
}

function reference(message: MessageReference, generation: Generation): XmlOutput | null {
  const { identifier, description: words, firstRegistration: first } = message;
  if (identifier === null && words === null) return null;
  return element(
    'Messaggio',
    {},
    identifier === null
      ? element('DescrizioneMessaggio', {}, words)
      : circularIdentifier(identifier, generation, 'echoed'),
    firstRegistration(first, generation),
  );
}

function description(documents: readonly DeclaredDocument[], generation: Generation): XmlOutput {
  const [primary, ...others] = documents.filter((each) => each.role === 'primary');
  const attachments = documents.filter((each) => each.role === 'attachment');
  if (primary === undefined) unwritable('Descrizione/Documento');
  if (others.length > 0) unwritable('Descrizione/Documento', 'più di un documento primario');
  const ids = new Set<string>();
  const first =
    primary.reference === 'message-text'
      ? element('TestoDelMessaggio', { id: primary.id, tipoMIME: primary.mediaType })
      : documentPart(primary, generation, ids);
  const rest = attachments.map((each) => documentPart(each, generation, ids));
  return element('Descrizione', {}, first, rest.length === 0 ? null : element('Allegati', {}, rest));
}

function documentPart(document: DeclaredDocument, generation: Generation, ids: Set<string>): XmlOutput {
  const { reference: kind, location, digest, id } = document;
  if (kind === 'message-text') unwritable('Allegati/Documento', 'il testo del messaggio non può essere un allegato');
  // An id must be a name, and unique in the document.
  const repeated = document.repeats !== undefined && ids.has(document.repeats) ? document.repeats : null;
  const known = id !== undefined && /^[A-Za-z_][\w.-]*$/.test(id) && !ids.has(id) ? id : null;
  if (known !== null) ids.add(known);
  const telematicPlace = kind === 'telematic' ? required(location, 'CollocazioneTelematica') : null;
  const algorithm = generation === '2001' ? 'SHA-1' : 'SHA-256';
  const value = telematicPlace !== null && digest?.algorithm === algorithm ? base64(digest) : null;
  return element(
    'Documento',
    {
      id: known,
      rife: repeated,
      nome: document.name,
      tipoMIME: document.mediaType,
      tipoRiferimento: kind === 'telematic' ? 'telematico' : kind === 'paper' ? 'cartaceo' : 'MIME',
    },
    optionalText('CollocazioneTelematica', telematicPlace),
    value === null ? null : element('Impronta', { algoritmo: algorithm, codifica: 'base64' }, value),
    optionalText('TitoloDocumento', document.title),
    firstRegistration(document.firstRegistration, generation),
    optionalText('TipoDocumento', document.type),
    optionalText('Oggetto', document.subject),
    optionalText('NumeroPagine', document.pages),
    optionalText('Note', document.notes),
  );
}
