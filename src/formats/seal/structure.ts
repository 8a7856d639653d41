import type { XmlElement } from '../xml/tree.ts';
import type { ChildPath } from './canonical.ts';
import { DS, XADES } from './names.ts';
import { refuseSeal } from './seal-error.ts';

/**
 * Where every part of a seal has to stand: one place for each, in one order, narrower than XMLDSig and ETSI EN 319 132-1.
 * Whatever could be processed twice, or elsewhere than a reader of the message looks, is refused before any cryptography.
 * That prevents signature wrapping.
 */
export interface SealParts {
  readonly signedInfo: XmlElement;
  readonly signatureValue: Buffer;
  readonly keyInfo: XmlElement;
  readonly keyInfoId: string | null;
  /** Null where there is no XAdES: never in a seal. */
  readonly signedPropertiesId: string | null;
  /** The identifiers by which a reference can name the root. */
  readonly rootIds: readonly string[];
}

export const SIGNED_INFO: ChildPath = [0];
export const KEY_INFO: ChildPath = [2];
export const SIGNED_PROPERTIES: ChildPath = [3, 0, 0];
export const UNSIGNED_PROPERTIES: ChildPath = [3, 0, 1];

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
/** Hints for validators, allowed on any element and not read here. */
const XSI_NAMESPACE = 'http://www.w3.org/2001/XMLSchema-instance';

/** Null where the document has no signature. A seal is XAdES; `mayBePlain` allows a signature without its properties. */
export function locateSeal(root: XmlElement, mayBePlain = false): SealParts | null {
  const { signatures, ids } = survey(root);
  const [signature, ...others] = signatures;
  if (signature === undefined) return null;
  if (others.length > 0) refuseSeal('seal-position', 'più di una firma', others[0]?.at);
  if (signature !== root.elements().at(-1))
    refuseSeal('seal-position', "la firma non è l'ultimo elemento", signature.at);
  if (mayBePlain && signature.elements().length === 3) return plainParts(root, signature, ids);
  const [signedInfo, value, keyInfo, object] = inOrder(
    signature,
    DS,
    'SignedInfo',
    'SignatureValue',
    'KeyInfo',
    'Object',
  );
  const [qualifying] = inOrder(object, XADES, 'QualifyingProperties');
  const signedProperties = qualifying.elements()[0];
  noText(qualifying);
  if (signedProperties === undefined || !is(signedProperties, XADES, 'SignedProperties'))
    refuseSeal('seal-unreadable', 'mancano le proprietà firmate', qualifying.at);
  const rest = qualifying.elements().slice(1);
  if (rest.length > 1 || rest.some((each) => !is(each, XADES, 'UnsignedProperties')))
    refuseSeal('seal-position', 'elementi inattesi fra le proprietà della firma', qualifying.at);
  onlyAttributes(signature, 'Id');
  onlyAttributes(value, 'Id');
  onlyAttributes(keyInfo, 'Id');
  onlyAttributes(object, 'Id', 'MimeType', 'Encoding');
  onlyAttributes(qualifying, 'Target', 'Id');

  const signatureId = plain(signature, 'Id') ?? refuseSeal('seal-unreadable', 'la firma non ha Id', signature.at);
  const signedPropertiesId =
    plain(signedProperties, 'Id') ??
    refuseSeal('seal-unreadable', 'le proprietà firmate non hanno Id', signedProperties.at);
  const keyInfoId = plain(keyInfo, 'Id');
  const rootIds = idsOf(root);
  onlyOnce([signatureId, signedPropertiesId, keyInfoId, ...rootIds], ids);
  if (plain(qualifying, 'Target') !== `#${signatureId}`)
    refuseSeal('seal-position', "le proprietà riguardano un'altra firma", qualifying.at);
  return { signedInfo, signatureValue: base64Of(value), keyInfo, keyInfoId, signedPropertiesId, rootIds };
}

/** XMLDSig alone: the same places, without an Object. */
function plainParts(root: XmlElement, signature: XmlElement, ids: ReadonlyMap<string, number>): SealParts {
  const [signedInfo, value, keyInfo] = inOrder(signature, DS, 'SignedInfo', 'SignatureValue', 'KeyInfo');
  for (const each of [signature, value, keyInfo]) onlyAttributes(each, 'Id');
  const keyInfoId = plain(keyInfo, 'Id');
  const rootIds = idsOf(root);
  onlyOnce([keyInfoId, ...rootIds], ids);
  return { signedInfo, signatureValue: base64Of(value), keyInfo, keyInfoId, signedPropertiesId: null, rootIds };
}

const idsOf = (root: XmlElement): readonly string[] => root.attributes.filter(isReferable).map(({ value }) => value);

function onlyOnce(wanted: readonly (string | null)[], ids: ReadonlyMap<string, number>): void {
  for (const id of wanted)
    if (id !== null && ids.get(id) !== 1) refuseSeal('seal-position', `identificatore «${id.slice(0, 60)}» ripetuto`);
}

/** All signatures, and how often each identifier occurs in an attribute that some processor may take for an id. */
function survey(root: XmlElement) {
  const signatures: XmlElement[] = [];
  const ids = new Map<string, number>();
  const open = [root];
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    if (is(element, DS, 'Signature')) signatures.push(element);
    for (const { name, value } of element.attributes)
      if (name.length === 2 && name.toLowerCase() === 'id') ids.set(value, (ids.get(value) ?? 0) + 1);
    for (const each of element.children) if (typeof each !== 'string') open.push(each);
  }
  return { signatures, ids };
}

const isReferable = ({ name, namespace }: XmlElement['attributes'][number]): boolean =>
  (namespace === '' && name.toLowerCase() === 'id') || (namespace === XML_NAMESPACE && name === 'id');

export const signaturesIn = (root: XmlElement): readonly XmlElement[] => survey(root).signatures;

export const is = (element: XmlElement, namespace: string, name: string): boolean =>
  element.name === name && element.namespace === namespace;

/** Value of an attribute without namespace. */
export const plain = (element: XmlElement, name: string): string | null =>
  element.attributes.find((each) => each.name === name && each.namespace === '')?.value ?? null;

type Elements<Names extends readonly string[]> = { readonly [Index in keyof Names]: XmlElement };

/** The child elements, which must be exactly these, with nothing but white space between them. */
export function inOrder<const Names extends readonly string[]>(
  parent: XmlElement,
  namespace: string,
  ...names: Names
): Elements<Names> {
  const found = parent.elements();
  noText(parent);
  const wrong = names.findIndex((name, index) => {
    const each = found[index];
    return each === undefined || !is(each, namespace, name);
  });
  if (wrong >= 0) refuseSeal('seal-unreadable', `manca «${names[wrong]}» nel posto previsto`, parent.at);
  const extra = found[names.length];
  if (extra !== undefined) refuseSeal('seal-position', `elemento inatteso «${extra.name.slice(0, 60)}»`, extra.at);
  return found as unknown as Elements<Names>;
}

/** The only child element of that name. */
export function only(parent: XmlElement, namespace: string, name: string): XmlElement {
  const [first, ...others] = parent.elements().filter((each) => is(each, namespace, name));
  if (first === undefined) refuseSeal('seal-unreadable', `manca «${name}»`, parent.at);
  if (others.length > 0) refuseSeal('seal-unreadable', `«${name}» è ripetuto`, parent.at);
  return first;
}

/** Elements that no digest covers may have only the attributes that the schemas of XMLDSig and XAdES give them. */
function onlyAttributes(element: XmlElement, ...names: readonly string[]): void {
  const extra = element.attributes.find(
    ({ name, namespace }) => namespace !== XSI_NAMESPACE && !(namespace === '' && names.includes(name)),
  );
  if (extra !== undefined) refuseSeal('seal-unreadable', `attributo inatteso «${extra.name.slice(0, 60)}»`, element.at);
}

export function noText(element: XmlElement): void {
  if (element.text() !== '') refuseSeal('seal-unreadable', 'testo inatteso', element.at);
}

export function empty(element: XmlElement): void {
  if (element.elements().length > 0)
    refuseSeal('seal-algorithm', `parametri non ammessi di «${element.name}»`, element.at);
  noText(element);
}

/** The octets of a base64 text. Only their canonical form is accepted (RFC 4648, 3.5). */
export function base64Of(element: XmlElement): Buffer {
  const text = element.text().replace(/[ \t\r\n]+/g, '');
  const bytes = Buffer.from(text, 'base64');
  if (element.elements().length > 0 || text === '' || bytes.toString('base64') !== text)
    refuseSeal('seal-unreadable', `«${element.name}» non è in base64`, element.at);
  return bytes;
}
