import { element, type XmlOutput } from '../xml/write.ts';
import type {
  Classification,
  Correspondent,
  DeclaredDocument,
  Folder,
  Identifier,
  MessageReference,
  Person,
  ProtocolMessage,
} from './model.ts';
import { base64, DEEPEST, identifierParts, isService, type Origin, required, unwritable } from './write-fields.ts';

/**
 * `SegnaturaInformatica` of 3.0.0 without its seal, which a sealer adds as the last child; until then it is not valid.
 * Attributes are qualified. Postal addresses are left out: the schema asks for six digits where a CAP has five.
 */
export function guidelinesMessage(message: ProtocolMessage): readonly (XmlOutput | null)[] {
  const [classification] = message.classifications;
  if (classification === undefined) unwritable('Classifica');
  const { sender, recipients, documents, folder, reserved } = message;
  if (recipients.length === 0) unwritable('Destinatario');
  const [primary, ...others] = documents.filter((each) => each.role === 'primary');
  if (primary === undefined) unwritable('DocumentoPrimario');
  if (others.length > 0) unwritable('DocumentoPrimario', 'più di un documento primario');
  return [
    prot(
      'Intestazione',
      {},
      identifierPart('Identificatore', message.identifier, 'own'),
      firstRegistrationPart(message.firstRegistration),
      text('Oggetto', required(message.subject, 'Oggetto')),
      classificationPart(classification),
      folderPart(folder),
      reserved === null ? null : prot('Riservato', { note: reserved || null }, 'true'),
    ),
    referencePart(message.references ?? []),
    prot(
      'Descrizione',
      {},
      prot('Mittente', {}, correspondent(sender, 'Mittente')),
      recipients.map((each) =>
        prot(
          'Destinatario',
          { confermaRicezione: String(each.confirmationRequested), perConoscenza: String(each.copy) },
          correspondent(each, 'Destinatario'),
        ),
      ),
      documentPart('DocumentoPrimario', primary),
      documents.filter((each) => each.role === 'attachment').map((each) => documentPart('Allegato', each)),
    ),
  ];
}

type Children = Parameters<typeof element> extends [string, infer _A, ...infer Rest] ? Rest : never;

function prot(name: string, attributes: Record<string, string | null | undefined>, ...children: Children): XmlOutput {
  const qualified = Object.entries(attributes).map(([key, value]) => [`prot:${key}`, value] as const);
  return element(`prot:${name}`, Object.fromEntries(qualified), ...children);
}

const text = (name: string, content: string | null): XmlOutput => prot(name, {}, content || null);
const optionalText = (name: string, content: string | null | undefined) => (content ? text(name, content) : null);

const identifierPart = (name: string, identifier: Identifier, origin: Origin): XmlOutput =>
  prot(name, {}, identifierParts(identifier, '3.0.0', origin, 'prot:'));

/** The first registration is another office's: optional, so it is left out where it does not fit the schema. */
const firstRegistrationPart = (identifier: Identifier | null): XmlOutput | null =>
  identifier !== null && fitsGuidelines(identifier) ? identifierPart('PrimaRegistrazione', identifier, 'echoed') : null;

/** Whether an identifier read elsewhere satisfies the facets of the schema. */
export const fitsGuidelines = ({ register, number }: Identifier): boolean =>
  /^[A-Za-z0-9_.-]{1,16}$/.test(register ?? '') && /^[0-9]+$/.test(number);

/** Of several classifications the first is written: the schema has place for one. */
function classificationPart({ name, levels }: Classification): XmlOutput {
  const [only] = levels;
  if (only === undefined) unwritable('Classifica/CodiceFlat');
  if (levels.length > DEEPEST) unwritable('Classifica/CodicePath', 'ha troppi livelli');
  const path = levels.reduceRight<XmlOutput | null>(
    (inner, level, index) => prot(index === 0 ? 'CodicePath' : 'SubLivello', {}, text('Livello', level), inner),
    null,
  );
  return prot('Classifica', {}, text('Denominazione', name), levels.length === 1 ? text('CodiceFlat', only) : path);
}

const folderPart = (folder: Folder | undefined): XmlOutput | null =>
  folder === undefined
    ? null
    : prot('Fascicolo', {}, text('Denominazione', folder.name), text('CodiceFascicolo', folder.code));

/** The schema has place for one message, and asks for its subject and classification too. */
function referencePart(references: readonly MessageReference[]): XmlOutput | null {
  for (const { identifier, firstRegistration, subject, classification, folder } of references) {
    if (identifier === null || !fitsGuidelines(identifier) || !subject || !classification?.levels.length) continue;
    return prot(
      'Riferimenti',
      {},
      identifierPart('Identificatore', identifier, 'echoed'),
      firstRegistrationPart(firstRegistration),
      text('Oggetto', subject),
      classificationPart(classification),
      folderPart(folder),
    );
  }
  return null;
}

const ELEVEN_DIGITS = /^[0-9]{11}$/;
const TAX_CODE = /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/;
const fitting = (value: string | null, form: RegExp): string | null =>
  value !== null && form.test(value) ? value : null;

function correspondent(body: Correspondent, field: string): XmlOutput {
  const persons = (body.persons ?? []).map((each) => personPart(each, null)).filter((each) => each !== null);
  switch (body.kind) {
    case 'administration':
      return administrationPart(body, field, persons);
    case 'legal-person':
      return prot(
        'PersonaGiuridica',
        {},
        text('Denominazione', required(body.name, `${field}/Denominazione`)),
        optionalText('PIVAoCF', fitting(body.taxCode, ELEVEN_DIGITS)),
        contacts('ContattiPersonaGiuridica', body),
        persons,
      );
    case 'person': {
      const [first] = body.persons ?? [];
      const described =
        first === undefined ? null : personPart({ ...first, taxCode: first.taxCode ?? body.taxCode }, body);
      return described ?? unwritable(`${field}/PersonaFisica/Cognome`);
    }
    case 'foreign':
      return prot(
        'AmministrazioneEstera',
        {},
        text('DenominazioneAmministrazione', required(body.name, `${field}/DenominazioneAmministrazione`)),
        optionalText('DenominazioneUfficio', body.office),
        contacts('ContattiAmministrazione', body),
      );
    case 'unknown':
      return unwritable(field, 'non si sa chi sia');
  }
}

/** Contacts stand with the innermost level that has a code of its own: AOO, else the administration. */
function administrationPart(body: Correspondent, field: string, persons: readonly XmlOutput[]): XmlOutput {
  const office = body.officePath?.at(-1);
  return prot(
    'Amministrazione',
    {},
    text('DenominazioneAmministrazione', required(body.name, `${field}/DenominazioneAmministrazione`)),
    optionalText('CFAmministrazione', fitting(body.taxCode, ELEVEN_DIGITS)),
    text('CodiceIPAAmministrazione', required(body.administration, `${field}/CodiceIPAAmministrazione`)),
    body.aoo === null ? contacts('ContattiAmministrazione', body) : null,
    body.aoo === null ? null : prot('CodiceIPAAOO', { descrizione: body.aooName }, body.aoo),
    body.aoo === null ? null : contacts('ContattiAOO', body),
    office?.code ? prot('CodiceIPAUO', { descrizione: office.name || null }, office.code) : null,
    persons,
  );
}

/** First name and family name are required; without them a person cannot be written. */
function personPart(person: Person, reachable: Correspondent | null): XmlOutput | null {
  if (person.firstName === null || person.familyName === null) return null;
  return prot(
    'PersonaFisica',
    {},
    text('Nome', person.firstName),
    text('Cognome', person.familyName),
    optionalText('Titolo', person.title),
    optionalText('CodiceFiscale', fitting(person.taxCode, TAX_CODE)),
    reachable === null ? null : contacts('Contatti', reachable),
  );
}

function contacts(name: string, { address, phones = [] }: Correspondent): XmlOutput | null {
  if (address === null && phones.length === 0) return null;
  return prot(
    name,
    {},
    address === null ? null : prot('IndirizzoTelematico', { tipo: isService(address) ? 'url' : 'smtp' }, address),
    phones.map((each) => text('Telefono', each)),
  );
}

function documentPart(name: string, document: DeclaredDocument): XmlOutput {
  const { reference, digest, location } = document;
  if (reference === 'paper') unwritable(name, 'un documento cartaceo non è ammesso');
  if (reference === 'message-text') unwritable(name, 'il testo del messaggio non è un documento');
  const value = digest === null ? null : base64(digest);
  return prot(
    name,
    {
      nomeFile: required(document.name, `${name}/nomeFile`),
      mimeType: required(document.mediaType, `${name}/mimeType`),
    },
    optionalText('Descrizione', document.title),
    prot('Impronta', { algoritmo: digest?.algorithm }, required(value, `${name}/Impronta`)),
    reference === 'telematic' ? placePart(required(location, `${name}/CollocazioneTelematica`)) : null,
  );
}

function placePart(location: string): XmlOutput {
  const host = /^[a-z]+:\/\/[^/?#]+/i.exec(location)?.[0] ?? location;
  return prot('CollocazioneTelematica', {}, text('HostValue', host), text('PathValue', location.slice(host.length)));
}
