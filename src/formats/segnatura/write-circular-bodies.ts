import type { Contacts, Correspondent, NetAddress, Person, PostalAddress, Recipient } from '../../model/segnatura.ts';
import { element, type XmlOutput } from '../xml/write.ts';
import { circularContacts, NO_POSTAL, officesOf } from './contacts.ts';
import { addressText, addressType, DEEPEST, type Form, optionalText, required, unwritable } from './write-fields.ts';

/** Writes correspondents of the circulars. */

export const netAddress = (read: NetAddress, form: Form): XmlOutput =>
  element('IndirizzoTelematico', { tipo: addressType(read, form), note: read.note }, addressText(read, form) || null);

interface Codes {
  readonly administration: string | null;
  readonly aoo: string | null;
}

export function senderParts(sender: Correspondent, codes: Codes, form: Form): (XmlOutput | null)[] {
  if (sender.kind !== 'administration') unwritable('Mittente/Amministrazione', "il mittente non è un'amministrazione");
  return [
    administrationPart(sender, codes.administration, form),
    element(
      'AOO',
      {},
      element('Denominazione', {}, required(sender.aooName, 'Mittente/AOO/Denominazione', form) || null),
      optionalText('CodiceAOO', codes.aoo),
    ),
  ];
}

/** Null where only the address is known, which stands outside it. */
export function recipientPart(recipient: Recipient, form: Form): XmlOutput | null {
  const groups = circularContacts(recipient);
  if (recipient.kind === 'administration') {
    const { aoo, aooName } = recipient;
    const area = aoo ?? aooName;
    return element(
      'Destinatario',
      {},
      administrationPart(recipient, recipient.administration, form),
      area === null
        ? null
        : element('AOO', {}, element('Denominazione', {}, aooName || null), optionalText('CodiceAOO', aoo)),
      recipientContacts(
        groups.find((group) => group.of === 'recipient'),
        form,
      ),
    );
  }
  // Only offices have roles.
  const persons = (recipient.persons ?? []).filter(isNamed).map(personElement);
  const contacts = recipientContacts(
    groups.find((group) => group.of === 'body'),
    form,
  );
  if (recipient.kind === 'person') {
    const named = persons.length > 0 ? persons : [namedPerson(required(recipient.name, 'Persona', form))];
    return element('Destinatario', {}, named, contacts);
  }
  if (recipient.kind === 'unknown' && recipient.name === '') return null;
  return element('Destinatario', {}, element('Denominazione', {}, recipient.name || null), persons, contacts);
}

/** At most one address and one postal address: the grammar has no place for more. */
function recipientContacts(contacts: Contacts | undefined, form: Form): (XmlOutput | null)[] {
  const { addresses = [], postal = [], phones, faxes } = contacts ?? {};
  return [
    ...addresses.slice(0, 1).map((each) => netAddress(each, form)),
    ...numbers({ ...(phones && { phones }), ...(faxes && { faxes }) }),
    ...postal.slice(0, 1).map((each) => postalPart(each, form)),
  ];
}

/** A chain of offices. Persons and contacts stand in the innermost one, where the grammar requires a postal address. */
function administrationPart(body: Correspondent, code: string | null, form: Form): XmlOutput {
  const path = officesOf(body);
  if (path.length > DEEPEST) unwritable('UnitaOrganizzativa', 'ha troppi livelli');
  const groups = circularContacts(body).filter((group) => group.of === 'office' || group.of === 'body');
  const own: Contacts = groups.find((group) => group.of === 'office') ?? groups[0] ?? {};
  const leaf: (XmlOutput | null)[] = [
    ...(body.persons ?? []).map(personPart),
    postalPart(own.postal?.[0] ?? NO_POSTAL, form),
    ...(own.addresses ?? []).map((each) => netAddress(each, form)),
    ...numbers(own),
  ];
  const inside = path.reduceRight<(XmlOutput | null)[]>(
    (content, office) => [
      element(
        'UnitaOrganizzativa',
        { tipo: office.temporary ? 'temporanea' : null },
        element('Denominazione', {}, (office.name ?? office.code) || null),
        optionalText('Identificativo', office.code),
        content,
      ),
    ],
    leaf,
  );
  return element(
    'Amministrazione',
    {},
    element('Denominazione', {}, required(body.name, 'Amministrazione/Denominazione', form) || null),
    optionalText('CodiceAmministrazione', code),
    inside,
  );
}

const numbers = ({ phones = [], faxes = [] }: Contacts): XmlOutput[] => [
  ...phones.map(({ number, note }) => element('Telefono', { note }, number || null)),
  ...faxes.map(({ number, note }) => element('Fax', { note }, number || null)),
];

const namedPerson = (name: string): XmlOutput => element('Persona', {}, element('Denominazione', {}, name || null));

const isNamed = ({ firstName, familyName, fullName }: Person): boolean =>
  familyName !== null || fullName !== null || firstName !== null;

function personPart(read: Person): XmlOutput {
  const { role, roleCode } = read;
  if (role === null) return personElement(read);
  const person = isNamed(read) ? personElement(read) : null;
  return element(
    'Ruolo',
    {},
    element('Denominazione', {}, role || null),
    optionalText('Identificativo', roleCode),
    person,
  );
}

export function personElement(read: Person): XmlOutput {
  const { firstName, familyName, fullName, title, taxCode, code, id, repeats } = read;
  const name =
    familyName === null
      ? [element('Denominazione', {}, (fullName ?? firstName) || null)]
      : [
          optionalText('Nome', firstName),
          element('Cognome', {}, familyName || null),
          optionalText('Titolo', title),
          optionalText('CodiceFiscale', taxCode),
        ];
  return element('Persona', { id, rife: repeats }, name, optionalText('Identificativo', code));
}

function postalPart(address: PostalAddress, form: Form): XmlOutput {
  if (address.text !== null) return element('IndirizzoPostale', {}, element('Denominazione', {}, address.text || null));
  const parts = [
    element('Toponimo', { dug: address.streetType }, address.street || null),
    element('Civico', {}, address.number || null),
    element('CAP', {}, address.postcode || null),
    element('Comune', { codiceISTAT: address.townCode }, address.town || null),
    element('Provincia', {}, address.province || null),
    optionalText('Nazione', address.country),
  ];
  return element('IndirizzoPostale', {}, form.generation === '2013' ? element('Indirizzo', {}, parts) : parts);
}
