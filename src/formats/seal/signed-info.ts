import type { XmlElement } from '../xml/tree.ts';
import type { Canonicalization } from './canonical.ts';
import {
  canonicalizationNamed,
  DEFAULT_CANONICALIZATION,
  DS,
  digestNamed,
  ENVELOPED,
  EXCLUSIVE,
  FILTER2,
  type SealDigest,
  SIGNED_PROPERTIES_TYPE,
  type SignatureScheme,
  schemeNamed,
  XPATH,
} from './names.ts';
import { refuseSeal } from './seal-error.ts';
import { base64Of, empty, inOrder, is, noText, plain, type SealParts } from './structure.ts';

/** One part that a signature covers, and how. Only what is understood in full becomes a reference. */
export interface Reference {
  readonly covers: 'root' | 'signed-properties' | 'key-info';
  /** The root by its id, so that what surrounds it is not covered. */
  readonly byId: boolean;
  readonly how: Canonicalization;
  readonly digest: SealDigest;
  /** Hexadecimal. */
  readonly value: string;
}

export interface SignedInfo {
  readonly how: Canonicalization;
  readonly scheme: SignatureScheme;
  readonly references: readonly Reference[];
}

const MANIFEST_TYPE = `${DS}Manifest`;
const MOST_PREFIXES = 64;
/** The root, the signed properties, the KeyInfo. */
const MOST_REFERENCES = 3;

/** Refuses unless the references are exactly the whole root, this signature's signed properties and perhaps its KeyInfo. */
export function readSignedInfo(element: XmlElement, parts: SealParts): SignedInfo {
  noText(element);
  const [method, signature, ...rest] = element.elements();
  if (method === undefined || !is(method, DS, 'CanonicalizationMethod'))
    refuseSeal('seal-unreadable', 'manca «CanonicalizationMethod»', element.at);
  if (signature === undefined || !is(signature, DS, 'SignatureMethod'))
    refuseSeal('seal-unreadable', 'manca «SignatureMethod»', element.at);
  if (rest.length > MOST_REFERENCES) refuseSeal('seal-coverage', 'troppi riferimenti', element.at);
  const how = canonicalizationOf(method);
  empty(signature);
  const name = plain(signature, 'Algorithm');
  const scheme = schemeNamed(name) ?? refuseSeal('seal-algorithm', shown(name), signature.at);
  const references = rest.map((each) => readReference(each, parts));
  const covering = (covers: Reference['covers']): number => references.filter((each) => each.covers === covers).length;
  if (covering('root') !== 1)
    refuseSeal('seal-coverage', "l'elemento principale deve essere coperto una sola volta", element.at);
  if (covering('signed-properties') !== (parts.signedPropertiesId === null ? 0 : 1))
    refuseSeal('seal-coverage', 'le proprietà della firma devono essere coperte una sola volta', element.at);
  if (covering('key-info') > 1) refuseSeal('seal-coverage', 'riferimento ripetuto', element.at);
  return { how, scheme, references };
}

function readReference(element: XmlElement, parts: SealParts): Reference {
  if (!is(element, DS, 'Reference')) refuseSeal('seal-position', `elemento inatteso «${element.name}»`, element.at);
  const transforms = element.elements()[0];
  const hasTransforms = transforms !== undefined && is(transforms, DS, 'Transforms');
  const [method, value] = hasTransforms
    ? inOrder(element, DS, 'Transforms', 'DigestMethod', 'DigestValue').slice(1)
    : inOrder(element, DS, 'DigestMethod', 'DigestValue');
  if (method === undefined || value === undefined) refuseSeal('seal-unreadable', 'riferimento incompleto', element.at);
  empty(method);
  const name = plain(method, 'Algorithm');
  const digest = digestNamed(name) ?? refuseSeal('seal-algorithm', shown(name), method.at);
  const covers = targetOf(element, parts);
  const how = transformsOf(hasTransforms ? transforms : null, covers, element.at);
  const byId = covers === 'root' && plain(element, 'URI') !== '';
  return { covers, byId, how, digest, value: base64Of(value).toString('hex') };
}

function targetOf(element: XmlElement, parts: SealParts): Reference['covers'] {
  const uri = plain(element, 'URI');
  const type = plain(element, 'Type');
  const isProperties = parts.signedPropertiesId !== null && uri === `#${parts.signedPropertiesId}`;
  if (isProperties !== (type === SIGNED_PROPERTIES_TYPE) || type === MANIFEST_TYPE)
    refuseSeal('seal-coverage', `tipo di riferimento non ammesso ${shown(type)}`, element.at);
  if (isProperties) return 'signed-properties';
  if (uri === '' || parts.rootIds.some((id) => uri === `#${id}`)) return 'root';
  if (parts.keyInfoId !== null && uri === `#${parts.keyInfoId}`) return 'key-info';
  return refuseSeal('seal-coverage', `riferimento non ammesso a ${shown(uri)}`, element.at);
}

/** Allowed: enveloped-signature for the root, and perhaps one canonicalisation, for every part. */
function transformsOf(list: XmlElement | null, covers: Reference['covers'], at: string): Canonicalization {
  const found = list?.elements() ?? [];
  if (list !== null) noText(list);
  for (const each of found) {
    if (!is(each, DS, 'Transform')) refuseSeal('seal-position', `elemento inatteso «${each.name}»`, each.at);
  }
  const rest = [...found];
  if (covers === 'root') {
    const first = rest.shift();
    if (first === undefined) refuseSeal('seal-algorithm', shown(null), at);
    onlyWithoutSignature(first);
  }
  const [last, ...more] = rest;
  if (more.length > 0) refuseSeal('seal-algorithm', 'troppe trasformazioni', at);
  if (last === undefined) return DEFAULT_CANONICALIZATION;
  // A same-document reference has dropped the comments already.
  return { ...canonicalizationOf(last), comments: false };
}

const SUBTRACTED = '/descendant::ds:Signature';
const NOT_INSIDE = 'not(ancestor-or-self::ds:Signature)';

/**
 * Refuses a transform that does not just leave the signature out: enveloped-signature, or one of the two expressions that
 * are the same where a document has one signature only (`locateSeal`). No expression is ever evaluated: they are compared,
 * and `ds` must mean XMLDSig where they stand.
 */
function onlyWithoutSignature(transform: XmlElement): void {
  const name = plain(transform, 'Algorithm');
  if (name === ENVELOPED) {
    empty(transform);
    return;
  }
  if (name !== FILTER2 && name !== XPATH) refuseSeal('seal-algorithm', shown(name), transform.at);
  const [xpath] = inOrder(transform, name === XPATH ? DS : FILTER2, 'XPath');
  const isKnown =
    name === XPATH ? xpath.text() === NOT_INSIDE : xpath.text() === SUBTRACTED && plain(xpath, 'Filter') === 'subtract';
  if (!isKnown || xpath.elements().length > 0 || xpath.namespaceOf('ds') !== DS)
    refuseSeal('seal-algorithm', `espressione ${shown(xpath.text())}`, xpath.at);
}

function canonicalizationOf(element: XmlElement): Canonicalization {
  const name = plain(element, 'Algorithm');
  const named = canonicalizationNamed(name) ?? refuseSeal('seal-algorithm', shown(name), element.at);
  const [parameter, ...others] = element.elements();
  if (parameter === undefined) {
    noText(element);
    return { ...named, inclusive: [] };
  }
  const list = plain(parameter, 'PrefixList');
  if (
    others.length > 0 ||
    named.mode !== 'exclusive' ||
    !is(parameter, EXCLUSIVE, 'InclusiveNamespaces') ||
    list === null
  )
    refuseSeal('seal-algorithm', `parametri non ammessi di «${element.name}»`, element.at);
  noText(element);
  empty(parameter);
  const inclusive = list.split(/\s+/).filter((prefix) => prefix !== '');
  if (inclusive.length > MOST_PREFIXES) refuseSeal('seal-algorithm', 'troppi prefissi', parameter.at);
  return { ...named, inclusive };
}

const shown = (text: string | null): string => (text === null ? 'non indicato' : `«${text.slice(0, 120)}»`);
