import { type ContactGroup, type Correspondent, type Person, unknownCorrespondent } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { guidelinesContacts, readContacts, summaryOf } from './contacts.ts';
import { listed, optional, proseOf, textOf, unlessDerived } from './fields.ts';
import type { ProblemCollector } from './problem-collector.ts';

const NOBODY = unknownCorrespondent('', null);

/** Reads a `SoggettoType` of 3.0.0, one of four kinds of correspondent. */
export function readSubjectOf(holder: XmlElement | null, problems: ProblemCollector): Correspondent {
  for (const element of holder?.elements() ?? []) {
    if (element.name === 'Amministrazione') return administration(element, problems);
    if (element.name === 'PersonaGiuridica') return legalPerson(element, problems);
    if (element.name === 'PersonaFisica') return naturalPerson(element, problems);
    if (element.name === 'AmministrazioneEstera') return foreignBody(element, problems);
  }
  return NOBODY;
}

function administration(element: XmlElement, problems: ProblemCollector): Correspondent {
  const code = element.child('CodiceIPAAmministrazione');
  const area = element.child('CodiceIPAAOO');
  const unit = element.child('CodiceIPAUO');
  const unitName = unit?.attribute('descrizione') ?? null;
  const body: Correspondent = {
    kind: 'administration',
    name: proseOf(element, 'DenominazioneAmministrazione') ?? '',
    administration: code?.text() ?? null,
    aoo: area?.text() ?? null,
    aooName: area?.attribute('descrizione') ?? null,
    office: unit && (unitName || unit.text() || null),
    address: null,
    taxCode: textOf(element, 'CFAmministrazione'),
    ...optional('codeName', code?.attribute('descrizione')),
    ...optional('officePath', unit && [{ name: unitName, code: unit.text(), temporary: false }]),
    ...listed('persons', persons(element, problems)),
  };
  // The first one with an address counts.
  const groups = [
    group('aoo', element.child('ContattiAOO'), problems),
    group('office', element.child('ContattiUO'), problems),
    group('body', element.child('ContattiAmministrazione'), problems),
  ];
  return withContacts(body, groups);
}

function foreignBody(element: XmlElement, problems: ProblemCollector): Correspondent {
  const body: Correspondent = {
    ...NOBODY,
    kind: 'foreign',
    name: proseOf(element, 'DenominazioneAmministrazione') ?? '',
    office: proseOf(element, 'DenominazioneUfficio'),
  };
  return withContacts(body, [group('body', element.child('ContattiAmministrazione'), problems)]);
}

function legalPerson(element: XmlElement, problems: ProblemCollector): Correspondent {
  const body: Correspondent = {
    ...NOBODY,
    kind: 'legal-person',
    name: proseOf(element, 'Denominazione') ?? '',
    taxCode: textOf(element, 'PIVAoCF'),
    ...listed('persons', persons(element, problems)),
  };
  return withContacts(body, [group('body', element.child('ContattiPersonaGiuridica'), problems)]);
}

function naturalPerson(element: XmlElement, problems: ProblemCollector): Correspondent {
  const person = readPerson(element);
  const body: Correspondent = {
    ...NOBODY,
    kind: 'person',
    name: [person.firstName, person.familyName].filter(Boolean).join(' '),
    taxCode: person.taxCode,
    persons: [person],
  };
  return withContacts(body, [group('body', element.child('Contatti'), problems)]);
}

const group = (of: ContactGroup['of'], element: XmlElement | null, problems: ProblemCollector): ContactGroup | null =>
  element && { of, ...readContacts(element, problems) };

function withContacts(body: Correspondent, found: readonly (ContactGroup | null)[]): Correspondent {
  const groups = found.filter((each) => each !== null);
  const full = { ...body, ...summaryOf(groups) };
  return { ...full, ...optional('contacts', unlessDerived(groups, guidelinesContacts(full))) };
}

const persons = (element: XmlElement, problems: ProblemCollector): Person[] =>
  element.all('PersonaFisica').map((each) => {
    const contacts = each.child('Contatti');
    const read = contacts && readContacts(contacts, problems);
    return { ...readPerson(each), ...optional('contacts', read) };
  });

const readPerson = (element: XmlElement): Person => ({
  firstName: proseOf(element, 'Nome'),
  familyName: proseOf(element, 'Cognome'),
  fullName: null,
  title: proseOf(element, 'Titolo'),
  taxCode: textOf(element, 'CodiceFiscale'),
  role: null,
});
