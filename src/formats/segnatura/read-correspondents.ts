import type { XmlElement } from '../xml/tree.ts';
import { readAddress, textOf } from './fields.ts';
import type { Findings } from './findings.ts';
import type { Correspondent, Office, Person, PostalAddress } from './model.ts';

/** Bodies and persons as the circulars (2001, 2009, 2013) describe them. */
export const unknownCorrespondent: Correspondent = {
  kind: 'unknown',
  name: '',
  administration: null,
  aoo: null,
  aooName: null,
  office: null,
  address: null,
  taxCode: null,
};

/**
 * `Amministrazione` and `AOO` inside `Mittente` or `Destinatario`. An administration holds a chain of offices, and the
 * innermost one holds persons and contacts.
 */
export function readAdministration(parent: XmlElement | null, findings: Findings): Correspondent {
  const element = parent?.child('Amministrazione') ?? null;
  const area = parent?.child('AOO') ?? null;
  if (element === null) return { ...unknownCorrespondent, name: textOf(parent, 'Denominazione') ?? '' };
  const path: Office[] = [];
  let innermost = element;
  for (let unit = element.child('UnitaOrganizzativa'); unit !== null; unit = unit.child('UnitaOrganizzativa')) {
    const temporary = unit.attribute('tipo')?.trim() === 'temporanea';
    path.push({ name: textOf(unit, 'Denominazione') ?? '', code: textOf(unit, 'Identificativo'), temporary });
    innermost = unit;
  }
  const persons = readPersons(innermost);
  const [only] = path;
  const plain = only === undefined || (path.length === 1 && only.code === null && !only.temporary);
  return {
    kind: 'administration',
    name: textOf(element, 'Denominazione') ?? '',
    administration: textOf(element, 'CodiceAmministrazione'),
    aoo: textOf(area, 'CodiceAOO'),
    aooName: textOf(area, 'Denominazione'),
    office: path.at(-1)?.name || null,
    address: readAddress(innermost.child('IndirizzoTelematico'), findings),
    taxCode: null,
    ...(plain ? {} : { officePath: path }),
    ...(persons.length === 0 ? {} : { persons }),
    ...readContacts(innermost),
  };
}

/** Persons of an element, also those in a `Ruolo`; those of whom nothing is said are left out. */
export function readPersons(parent: XmlElement): Person[] {
  const persons: Person[] = [];
  for (const element of parent.elements()) {
    if (element.name !== 'Persona' && element.name !== 'Ruolo') continue;
    const role = element.name === 'Ruolo' ? textOf(element, 'Denominazione') : null;
    const person = element.name === 'Ruolo' ? element.child('Persona') : element;
    const read = {
      firstName: textOf(person, 'Nome'),
      familyName: textOf(person, 'Cognome'),
      fullName: textOf(person, 'Denominazione'),
      title: textOf(person, 'Titolo'),
      taxCode: textOf(person, 'CodiceFiscale'),
      role,
    };
    if (Object.values(read).some((value) => value !== null)) persons.push(read);
  }
  return persons;
}

type Contacts = Pick<Correspondent, 'postalAddress' | 'phones' | 'faxes'>;

export function readContacts(parent: XmlElement): Contacts {
  const texts = (name: string) =>
    parent
      .all(name)
      .map((each) => each.text())
      .filter((text) => text !== '');
  const phones = texts('Telefono');
  const faxes = texts('Fax');
  const postalAddress = readPostalAddress(parent.child('IndirizzoPostale'));
  return {
    ...(postalAddress === null ? {} : { postalAddress }),
    ...(phones.length === 0 ? {} : { phones }),
    ...(faxes.length === 0 ? {} : { faxes }),
  };
}

/** 2013 puts an `Indirizzo` around the parts, 2001 does not; 3.0.0 puts the kind of street into an element. */
export function readPostalAddress(element: XmlElement | null): PostalAddress | null {
  if (element === null) return null;
  const parts = element.child('Indirizzo') ?? element;
  const street = parts.child('Toponimo');
  const town = parts.child('Comune');
  const read = {
    text: textOf(element, 'Denominazione') ?? (element.text() || null),
    streetType: street?.attribute('dug')?.trim() || textOf(street, 'dug'),
    street: textOf(street, 'duf') ?? (street?.text() || null),
    number: textOf(parts, 'Civico'),
    postcode: textOf(parts, 'CAP'),
    town: town?.text() || null,
    townCode: town?.attribute('codiceISTAT')?.trim() || town?.attribute('CodiceISTAT')?.trim() || null,
    province: textOf(parts, 'Provincia'),
    country: textOf(parts, 'Nazione'),
  };
  return Object.values(read).some((value) => value !== null) ? read : null;
}
