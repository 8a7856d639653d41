import {
  type ContactGroup,
  type Correspondent,
  type OrganizationalUnit,
  type Person,
  type Recipient,
  unknownCorrespondent,
} from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { circularContacts, innermost, isEmpty, readContacts, summaryOf } from './contacts.ts';
import { listed, optional, proseOf, readNetAddress, readYes, textOf, unlessDerived } from './fields.ts';
import type { ProblemCollector } from './problem-collector.ts';

/** Reads bodies and persons of the circulars (2001, 2009, 2013). */
const NOBODY = unknownCorrespondent('', null);

/**
 * `Amministrazione` and `AOO` inside `Mittente` or `Destinatario`. An administration holds a chain of offices, the innermost
 * of which holds persons and contacts. `own` are the contacts of the recipient itself.
 */
export function readAdministration(
  parent: XmlElement | null,
  own: readonly ContactGroup[],
  problems: ProblemCollector,
): Correspondent {
  const element = parent?.child('Amministrazione') ?? null;
  const area = parent?.child('AOO') ?? null;
  if (element === null) return unknownCorrespondent(textOf(parent, 'Denominazione') ?? '', null);
  const path: OrganizationalUnit[] = [];
  let leaf = element;
  for (let unit = element.child('UnitaOrganizzativa'); unit !== null; unit = unit.child('UnitaOrganizzativa')) {
    const temporary = unit.attribute('tipo')?.trim() === 'temporanea';
    path.push({ name: proseOf(unit, 'Denominazione') ?? '', code: proseOf(unit, 'Identificativo'), temporary });
    leaf = unit;
  }
  const [only] = path;
  const plain = only === undefined || (path.length === 1 && only.code === null && !only.temporary && only.name !== '');
  const body: Correspondent = {
    kind: 'administration',
    name: proseOf(element, 'Denominazione') ?? '',
    administration: proseOf(element, 'CodiceAmministrazione')?.trim() ?? null,
    aoo: proseOf(area, 'CodiceAOO')?.trim() ?? null,
    aooName: area === null ? null : (proseOf(area, 'Denominazione') ?? ''),
    office: path.at(-1)?.name || null,
    address: null,
    taxCode: null,
    ...(plain ? {} : { officePath: path }),
    ...listed('persons', readPersons(leaf)),
  };
  const contacts = readContacts(leaf, problems);
  // The grammars require a postal address here. Without any contact there is nothing to keep.
  const groups = isEmpty(contacts) ? own : [{ of: innermost(body), ...contacts }, ...own];
  return withContacts(body, groups, own);
}

/** Adds the summary, with the address of `first` where it has one, and the groups where the summary does not say it all. */
function withContacts(
  body: Correspondent,
  groups: readonly ContactGroup[],
  first: readonly ContactGroup[],
): Correspondent {
  const summary = summaryOf(groups);
  const address = summaryOf(first).address ?? summary.address;
  const full = { ...body, ...summary, address };
  return { ...full, ...optional('contacts', unlessDerived(groups, circularContacts(full))) };
}

/** The recipients of one `Destinazione` or `PerConoscenza`, who share its address. */
export function readDestination(element: XmlElement, problems: ProblemCollector): Recipient[] {
  const common = {
    confirmationRequested: readYes(element, 'confermaRicezione', false, problems),
    copy: element.name === 'PerConoscenza',
  };
  const destination = readNetAddress(element.child('IndirizzoTelematico'), problems);
  const bodies = element.all('Destinatario').map((each) => readRecipient(each, problems));
  return (bodies.length === 0 ? [NOBODY] : bodies).map((body, index) => {
    const address = body.address ?? (destination?.address || null);
    const derived = address === null ? null : { address };
    return {
      ...body,
      address,
      ...common,
      ...(index > 0 ? { sharesDestination: true as const } : {}),
      ...(index > 0 ? {} : optional('destination', unlessDerived(destination, derived))),
    };
  });
}

function readRecipient(element: XmlElement, problems: ProblemCollector): Correspondent {
  const contacts = readContacts(element, problems);
  if (element.child('Amministrazione') !== null) {
    return readAdministration(element, isEmpty(contacts) ? [] : [{ of: 'recipient', ...contacts }], problems);
  }
  const persons = readPersons(element);
  const name = proseOf(element, 'Denominazione');
  const [first] = persons;
  const asPerson = name === null && first !== undefined;
  const fullName = [first?.firstName, first?.familyName].filter(Boolean).join(' ');
  const body: Correspondent = {
    ...NOBODY,
    kind: asPerson ? 'person' : name === null ? 'unknown' : 'legal-person',
    name: name ?? first?.fullName ?? fullName,
    taxCode: asPerson ? first.taxCode : null,
    ...listed('persons', persons),
  };
  const groups: ContactGroup[] = isEmpty(contacts) ? [] : [{ of: 'body', ...contacts }];
  return withContacts(body, groups, groups);
}

/** The persons of an element, also those in a `Ruolo`. */
const readPersons = (parent: XmlElement): Person[] =>
  parent.elements().flatMap((element) => {
    if (element.name === 'Persona') return [readPerson(element, null)];
    return element.name === 'Ruolo' ? [readPerson(element.child('Persona'), element)] : [];
  });

export const readPerson = (person: XmlElement | null, role: XmlElement | null): Person => ({
  firstName: proseOf(person, 'Nome'),
  familyName: proseOf(person, 'Cognome'),
  fullName: proseOf(person, 'Denominazione'),
  title: proseOf(person, 'Titolo'),
  taxCode: proseOf(person, 'CodiceFiscale'),
  role: role === null ? null : (proseOf(role, 'Denominazione') ?? ''),
  ...optional('code', proseOf(person, 'Identificativo')),
  ...optional('roleCode', proseOf(role, 'Identificativo')),
  ...optional('id', person?.attribute('id')?.trim()),
  ...optional('repeats', person?.attribute('rife')?.trim()),
});
