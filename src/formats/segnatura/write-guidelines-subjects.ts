import type { ContactGroup, Contacts, Correspondent, Person, PostalAddress } from '../../model/segnatura.ts';
import { element, type XmlOutput } from '../xml/write.ts';
import { addressFitsGuidelines, guidelinesContacts } from './contacts.ts';
import { addressText, addressType, type Form, required, unwritable } from './write-fields.ts';

/** Writes correspondents of 3.0.0. */

type Children = Parameters<typeof element> extends [string, infer _A, ...infer Rest] ? Rest : never;

export function prot(
  name: string,
  attributes: Record<string, string | null | undefined>,
  ...children: Children
): XmlOutput {
  const qualified: Record<string, string | null | undefined> = {};
  for (const key in attributes) qualified[`prot:${key}`] = attributes[key];
  return element(`prot:${name}`, qualified, ...children);
}

export const protText = (name: string, content: string | null): XmlOutput => prot(name, {}, content || null);
export const optionalProt = (name: string, content: string | null | undefined): XmlOutput | null =>
  content == null ? null : protText(name, content);

const ELEVEN_DIGITS = /^[0-9]{11}$/;
const TAX_CODE = /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/;
const fitting = (value: string | null, form: RegExp): string | null =>
  value !== null && form.test(value) ? value : null;

export function subjectPart(body: Correspondent, field: string, form: Form): XmlOutput {
  const groups = guidelinesContacts(body);
  const own = (name: string, of: ContactGroup['of']) =>
    contactsPart(
      name,
      groups.find((group) => group.of === of),
      form,
    );
  const name = (element: string) => protText(element, required(body.name, `${field}/${element}`, form));
  switch (body.kind) {
    case 'administration':
      return prot('Amministrazione', {}, [
        name('DenominazioneAmministrazione'),
        optionalProt('CFAmministrazione', fitting(body.taxCode, ELEVEN_DIGITS)),
        codePart(
          'CodiceIPAAmministrazione',
          required(body.administration, `${field}/CodiceIPAAmministrazione`, form),
          body.codeName,
        ),
        own('ContattiAmministrazione', 'body'),
        body.aoo === null ? null : codePart('CodiceIPAAOO', body.aoo, body.aooName),
        own('ContattiAOO', 'aoo'),
        officePart(body),
        own('ContattiUO', 'office'),
        ...personsOf(body, form),
      ]);
    case 'legal-person':
      return prot('PersonaGiuridica', {}, [
        name('Denominazione'),
        optionalProt('PIVAoCF', fitting(body.taxCode, ELEVEN_DIGITS)),
        own('ContattiPersonaGiuridica', 'body'),
        ...personsOf(body, form),
      ]);
    case 'person': {
      const [first] = body.persons ?? [];
      const described =
        first && personPart({ ...first, taxCode: first.taxCode ?? body.taxCode }, own('Contatti', 'body'));
      return described ?? unwritable(`${field}/PersonaFisica/Cognome`);
    }
    case 'foreign':
      return prot('AmministrazioneEstera', {}, [
        name('DenominazioneAmministrazione'),
        optionalProt('DenominazioneUfficio', body.office),
        own('ContattiAmministrazione', 'body'),
      ]);
    case 'unknown':
      return unwritable(field, 'il soggetto non è identificato');
  }
}

const codePart = (name: string, code: string, described: string | null | undefined): XmlOutput =>
  prot(name, { descrizione: described }, code || null);

/** Only the innermost office is written, and only if it has a code. */
function officePart(body: Correspondent): XmlOutput | null {
  const office = body.officePath?.at(-1);
  return office === undefined || office.code === null ? null : codePart('CodiceIPAUO', office.code, office.name);
}

const personsOf = (body: Correspondent, form: Form): (XmlOutput | null)[] =>
  (body.persons ?? []).map((each) => personPart(each, contactsPart('Contatti', each.contacts, form)));

/** Null without first name or family name, which are required. */
function personPart(person: Person, contacts: XmlOutput | null): XmlOutput | null {
  if (person.firstName === null || person.familyName === null) return null;
  return prot('PersonaFisica', {}, [
    protText('Nome', person.firstName),
    protText('Cognome', person.familyName),
    optionalProt('Titolo', person.title),
    optionalProt('CodiceFiscale', fitting(person.taxCode, TAX_CODE)),
    contacts,
  ]);
}

function contactsPart(name: string, contacts: Contacts | undefined, form: Form): XmlOutput | null {
  if (contacts === undefined) return null;
  const { postal = [], addresses = [], phones = [] } = contacts;
  return prot(name, {}, [
    ...postal.filter(addressFitsGuidelines).map(postalPart),
    ...addresses.map((each) =>
      prot('IndirizzoTelematico', { tipo: addressType(each, form), note: each.note }, addressText(each, form) || null),
    ),
    ...phones.map(({ number }) => protText('Telefono', number)),
  ]);
}

const postalPart = (address: PostalAddress): XmlOutput =>
  prot('IndirizzoPostale', {}, [
    prot('Toponimo', {}, protText('dug', address.streetType), protText('duf', address.street)),
    protText('Civico', address.number),
    protText('CAP', address.postcode),
    prot('Comune', { CodiceISTAT: address.townCode }, address.town || null),
    prot('Nazione', { codice3166: address.countryCode }, address.country || null),
  ]);
