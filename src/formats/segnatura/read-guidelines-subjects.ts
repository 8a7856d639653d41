import type { ContactGroup, Correspondent, Person } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { guidelinesContacts, readContacts, summaryOf } from './contacts.ts';
import { listed, optional, proseOf, textOf, unlessDerived } from './fields.ts';
import type { Findings } from './findings.ts';
import { unknownCorrespondent } from './read-correspondents.ts';

/** A `SoggettoType` of 3.0.0: one of four kinds of correspondent. */
export function readSubjectOf(holder: XmlElement | null, findings: Findings): Correspondent {
  for (const element of holder?.elements() ?? []) {
    if (element.name === 'Amministrazione') return administration(element, findings);
    if (element.name === 'PersonaGiuridica') return legalPerson(element, findings);
    if (element.name === 'PersonaFisica') return naturalPerson(element, findings);
    if (element.name === 'AmministrazioneEstera') return foreignBody(element, findings);
  }
  return unknownCorrespondent;
}

function administration(element: XmlElement, findings: Findings): Correspondent {
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
    ...listed('persons', persons(element, findings)),
  };
  // In the order in which they say where the administration is reached.
  const groups = [
    group('aoo', element.child('ContattiAOO'), findings),
    group('office', element.child('ContattiUO'), findings),
    group('body', element.child('ContattiAmministrazione'), findings),
  ];
  return withContacts(body, groups);
}

function foreignBody(element: XmlElement, findings: Findings): Correspondent {
  const body: Correspondent = {
    ...unknownCorrespondent,
    kind: 'foreign',
    name: proseOf(element, 'DenominazioneAmministrazione') ?? '',
    office: proseOf(element, 'DenominazioneUfficio'),
  };
  return withContacts(body, [group('body', element.child('ContattiAmministrazione'), findings)]);
}

function legalPerson(element: XmlElement, findings: Findings): Correspondent {
  const body: Correspondent = {
    ...unknownCorrespondent,
    kind: 'legal-person',
    name: proseOf(element, 'Denominazione') ?? '',
    taxCode: textOf(element, 'PIVAoCF'),
    ...listed('persons', persons(element, findings)),
  };
  return withContacts(body, [group('body', element.child('ContattiPersonaGiuridica'), findings)]);
}

function naturalPerson(element: XmlElement, findings: Findings): Correspondent {
  const person = readPerson(element);
  const body: Correspondent = {
    ...unknownCorrespondent,
    kind: 'person',
    name: [person.firstName, person.familyName].filter(Boolean).join(' '),
    taxCode: person.taxCode,
    persons: [person],
  };
  return withContacts(body, [group('body', element.child('Contatti'), findings)]);
}

const group = (of: ContactGroup['of'], element: XmlElement | null, findings: Findings): ContactGroup | null =>
  element && { of, ...readContacts(element, findings) };

function withContacts(body: Correspondent, found: readonly (ContactGroup | null)[]): Correspondent {
  const groups = found.filter((each) => each !== null);
  const full = { ...body, ...summaryOf(groups) };
  return { ...full, ...optional('contacts', unlessDerived(groups, guidelinesContacts(full))) };
}

const persons = (element: XmlElement, findings: Findings): Person[] =>
  element.all('PersonaFisica').map((each) => {
    const contacts = each.child('Contatti');
    const read = contacts && readContacts(contacts, findings);
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
