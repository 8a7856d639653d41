import type {
  ContactGroup,
  Contacts,
  Correspondent,
  OrganizationalUnit,
  PhoneNumber,
  PostalAddress,
} from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { listed, looksLike, optional, proseOf, readNetAddress } from './fields.ts';
import type { ProblemCollector } from './problem-collector.ts';

/**
 * How to reach a correspondent. Readers keep groups of contacts only where they differ from those that writers would make of
 * the summary (`address`, `postalAddress`, `phones`, `faxes`). Both use these functions for that.
 */

/** The empty postal address that the circulars require where none is known. */
export const NO_POSTAL: PostalAddress = {
  text: '',
  streetType: null,
  street: null,
  number: null,
  postcode: null,
  town: null,
  townCode: null,
  province: null,
  country: null,
};

/** The offices of a body from the outermost to the innermost. */
export const officesOf = ({ officePath, office }: Correspondent): readonly OrganizationalUnit[] =>
  officePath ?? (office === null ? [] : [{ name: office, code: null, temporary: false }]);

/** Contacts in the groups and the order of the circulars. */
export function circularContacts(body: Correspondent): readonly ContactGroup[] {
  if (body.contacts !== undefined) return body.contacts;
  const { postalAddress, phones = [], faxes = [] } = body;
  const numbers = {
    ...listed('phones', phones.map(plainNumber)),
    ...listed('faxes', faxes.map(plainNumber)),
  };
  if (body.kind === 'administration') {
    return [{ of: innermost(body), postal: [postalAddress ?? NO_POSTAL], ...numbers }];
  }
  const own = { ...listed('postal', postalAddress === undefined ? [] : [postalAddress]), ...numbers };
  return Object.keys(own).length === 0 ? [] : [{ of: 'body', ...own }];
}

/** Where the circulars put the contacts of an administration. */
export const innermost = (body: Correspondent): ContactGroup['of'] => (officesOf(body).length > 0 ? 'office' : 'body');

/** Contacts in the groups of 3.0.0: with the AOO, else with the administration. */
export function guidelinesContacts(body: Correspondent): readonly ContactGroup[] {
  if (body.contacts !== undefined) return body.contacts;
  const { address, phones = [], postalAddress } = body;
  const own = {
    ...listed('postal', postalAddress === undefined || !addressFitsGuidelines(postalAddress) ? [] : [postalAddress]),
    ...listed('addresses', address === null ? [] : [{ address }]),
    ...listed('phones', phones.map(plainNumber)),
  };
  if (Object.keys(own).length === 0) return [];
  return [{ of: body.kind === 'administration' && body.aoo !== null ? 'aoo' : 'body', ...own }];
}

const plainNumber = (number: string): PhoneNumber => ({ number });

/** 3.0.0 requires all parts, and six digits for the CAP, where Italian ones have five. */
export const addressFitsGuidelines = ({ text, street, number, postcode, town, townCode }: PostalAddress): boolean =>
  text === null &&
  street !== null &&
  number !== null &&
  town !== null &&
  /^[0-9]{6}$/.test(postcode ?? '') &&
  /^[0-9]{6}$/.test(townCode ?? '');

export function readContacts(parent: XmlElement, problems: ProblemCollector): Contacts {
  const numbers = (name: string) =>
    parent.all(name).map((each) => ({ number: each.content(), ...optional('note', each.attribute('note')) }));
  const addresses = parent.all('IndirizzoTelematico').map((each) => readNetAddress(each, problems));
  return {
    ...listed('postal', parent.all('IndirizzoPostale').map(readPostalAddress)),
    ...listed(
      'addresses',
      addresses.filter((each) => each !== null),
    ),
    ...listed('phones', numbers('Telefono')),
    ...listed('faxes', numbers('Fax')),
  };
}

export const isEmpty = (contacts: Contacts): boolean => Object.keys(contacts).length === 0;

type Summary = Pick<Correspondent, 'address' | 'postalAddress' | 'phones' | 'faxes'>;

/** For each kind of contact the first group that has one wins; a mail address wins over any other address. */
export function summaryOf(groups: readonly Contacts[]): Summary {
  const addresses = groups.flatMap((group) => group.addresses ?? []).filter(({ address }) => address !== '');
  const mail = addresses.find(({ address, type }) => (type ?? looksLike(address)) === 'mail');
  const postal = groups.flatMap((group) => group.postal ?? []).find(saysSomething);
  const first = (kind: 'phones' | 'faxes') => {
    const lists = groups.map((group) => (group[kind] ?? []).map(({ number }) => number).filter(notBlank));
    return lists.find((list) => list.length > 0) ?? [];
  };
  return {
    address: (mail ?? addresses[0])?.address ?? null,
    ...optional('postalAddress', postal),
    ...listed('phones', first('phones')),
    ...listed('faxes', first('faxes')),
  };
}

const notBlank = (text: string | null | undefined): boolean => text != null && text.trim() !== '';
const saysSomething = (address: PostalAddress): boolean => Object.values(address).some(notBlank);

/** 2013 puts an `Indirizzo` around the parts, 2001 does not; 3.0.0 puts the kind of street into an element. */
export function readPostalAddress(element: XmlElement): PostalAddress {
  const parts = element.child('Indirizzo') ?? element;
  const street = parts.child('Toponimo');
  const town = parts.child('Comune');
  const country = parts.child('Nazione');
  return {
    text: proseOf(element, 'Denominazione') ?? (element.text() || null),
    streetType: street?.attribute('dug') ?? proseOf(street, 'dug'),
    street: proseOf(street, 'duf') ?? street?.content() ?? null,
    number: proseOf(parts, 'Civico'),
    postcode: proseOf(parts, 'CAP'),
    town: town?.content() ?? null,
    townCode: town?.attribute('codiceISTAT') ?? town?.attribute('CodiceISTAT') ?? null,
    province: proseOf(parts, 'Provincia'),
    country: country?.content() ?? null,
    ...optional('countryCode', country?.attribute('codice3166')),
  };
}
