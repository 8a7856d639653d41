/**
 * Lists of revoked certificates (CRL, RFC 5280 §5), DER or PEM. A list is used whole or not at all: one that its issuer
 * did not sign, that is out of date, or that holds a critical extension not understood here says nothing. Reasons are for
 * the log and for `doctor`.
 */
import { LIMITS } from '../../kernel/limits.ts';
import type { Revoked } from '../../model/revocation.ts';
import {
  attempt,
  type Ber,
  berAt,
  children,
  contents,
  encodedBytes,
  expect,
  octets,
  readAsn1Time,
  readOid,
} from '../cms/ber.ts';
import type { Certificate } from '../cms/certificate.ts';
import { fullNames } from '../cms/list-points.ts';
import { comparable, readName, sameName } from '../cms/names.ts';
import { readAlgorithm } from '../cms/signed-data.ts';
import { signatureFault } from '../cms/verify.ts';
import { type Entry, readEntry } from './entry.ts';

export interface RevocationList {
  /** Milliseconds. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** The bytes that name the revoked: where they are the same, so are the revoked. */
  readonly listed: Buffer;
  /** The revoked, a few at a time, so that the caller can let others run. An unreadable one ends it with a reason. */
  entries(most: number): Generator<EntriesRead>;
}

export type EntriesRead =
  | { readonly ok: true; readonly entries: readonly Entry[] }
  | { readonly ok: false; readonly reason: string };

export interface ListOrigin {
  /** Whose list it should be. */
  readonly issuer: Certificate;
  /** Where certificates say that it is; null: it was handed in by a person. */
  readonly url: string | null;
  readonly at: Date;
}

export type ListRead =
  | { readonly ok: true; readonly list: RevocationList }
  | { readonly ok: false; readonly reason: string };

const refused = (reason: string): ListRead => ({ ok: false, reason });

/** Clocks of authorities and ours. */
const SKEW = 10 * 60_000;

export function readRevocationList(bytes: Buffer, { issuer, url, at }: ListOrigin): ListRead {
  if (bytes.length > LIMITS.revocationListBytes) return refused('it is larger than what is read');
  const parsed = attempt(() => parse(derOf(bytes)));
  if (!parsed.ok) return refused('it is no list of revoked certificates');
  const { fields, signed, algorithm, signature } = parsed.value;
  if (!sameName(fields.issuer, issuer.subject)) return refused('it is the list of another authority');
  if (!issuer.canSignLists) return refused('its issuer may not sign lists');
  if (signatureFault(signed, algorithm, signature, issuer) !== null)
    return refused('its signature is not that of its issuer');
  const strange = attempt(() => strangeExtension(fields.extensions, url));
  if (!strange.ok) return refused('its extensions cannot be read');
  if (strange.value !== null) return refused(strange.value);
  const { thisUpdate, nextUpdate, revoked } = fields;
  if (nextUpdate === null) return refused('it does not say when the next one comes');
  if (!(thisUpdate <= at.getTime() + SKEW)) return refused('it is from the future');
  if (!(nextUpdate > at.getTime())) return refused(`it was good until ${new Date(nextUpdate).toISOString()} only`);
  const listed = revoked === null ? Buffer.alloc(0) : contents(revoked);
  return { ok: true, list: { thisUpdate, nextUpdate, listed, entries: (most) => entriesOf(listed, most) } };
}

/** PEM has one block and no other sign of life. */
function derOf(bytes: Buffer): Buffer {
  if (bytes[0] === 0x30) return bytes;
  const text = bytes.toString('latin1');
  const start = text.indexOf(BEGIN);
  const end = start < 0 ? -1 : text.indexOf(END, start);
  return end < 0 ? bytes : Buffer.from(text.slice(start + BEGIN.length, end), 'base64');
}
const BEGIN = '-----BEGIN X509 CRL-----';
const END = '-----END X509 CRL-----';

function parse(der: Buffer) {
  const outer = expect(berAt(der, 0, der.length), 0x30, 'lista');
  const [signed, algorithm, value] = children(outer);
  const list = expect(signed, 0x30, 'lista firmata');
  const bits = contents(expect(value, 0x03, 'firma'));
  const fields = readFields(list);
  // Both name the algorithm; one that only the unsigned part names could be anybody's (RFC 5280 §5.1.1.2).
  const named = encodedBytes(expect(algorithm, 0x30, 'algoritmo'));
  if (!named.equals(encodedBytes(fields.algorithm)) || bits[0] !== 0 || outer.end !== der.length)
    expect(undefined, 0x30, 'algoritmo');
  return { fields, signed: encodedBytes(list), algorithm: readAlgorithm(algorithm), signature: bits.subarray(1) };
}

function readFields(list: Ber) {
  const fields = children(list);
  if (fields[0]?.tag === 0x02) fields.shift();
  const [algorithm, issuer, thisUpdate, ...rest] = fields;
  const isTime = rest[0]?.tag === 0x17 || rest[0]?.tag === 0x18;
  const nextUpdate = isTime ? readAsn1Time(rest.shift(), 'prossimo aggiornamento') : null;
  const revoked = rest[0]?.tag === 0x30 ? rest.shift() : undefined;
  const extensions = rest[0]?.tag === 0xa0 ? rest.shift() : undefined;
  if (rest.length > 0) expect(undefined, 0x30, 'lista firmata');
  return {
    algorithm: expect(algorithm, 0x30, 'algoritmo'),
    issuer: comparable(readName(expect(issuer, 0x30, 'emittente'))),
    thisUpdate: readAsn1Time(thisUpdate, 'aggiornamento'),
    nextUpdate,
    revoked: revoked ?? null,
    extensions: extensions === undefined ? [] : children(expect(children(extensions)[0], 0x30, 'estensioni')),
  };
}

const DELTA = '2.5.29.27';
const ISSUING_POINT = '2.5.29.28';
const AUTHORITY_KEY = '2.5.29.35';

/** Why the list cannot be used; null where all that must be understood is. */
function strangeExtension(extensions: readonly Ber[], url: string | null): string | null {
  for (const extension of extensions) {
    const [id, second, third] = children(extension);
    const isCritical = second?.tag === 0x01 && contents(second)[0] !== 0;
    const type = readOid(id);
    if (type === DELTA) return 'it holds only what changed since another list';
    if (type === ISSUING_POINT) {
      const bytes = octets(expect(second?.tag === 0x01 ? third : second, 0x04, 'estensione'));
      if (!isWholeFor(berAt(bytes, 0, bytes.length), url)) return 'it holds only a part of the revoked certificates';
    } else if (isCritical && type !== AUTHORITY_KEY) return `it has a critical extension that is not known (${type})`;
  }
  return null;
}

/**
 * IssuingDistributionPoint (RFC 5280 §5.2.5): understood where it says no more than that this is the list of the place that
 * the certificates name. Lists of some kinds of certificates or reasons, or of other issuers, are not.
 */
function isWholeFor(point: Ber, url: string | null): boolean {
  const [name, ...others] = children(expect(point, 0x30, 'punto di distribuzione'));
  if (name === undefined) return true;
  return name.tag === 0xa0 && others.length === 0 && url !== null && fullNames(name).includes(url);
}

function* entriesOf(listed: Buffer, most: number): Generator<EntriesRead> {
  for (let at = 0; at < listed.length; ) {
    const read = attempt(() => {
      const entries: Entry[] = [];
      while (at < listed.length && entries.length < most) {
        const node = berAt(listed, at, listed.length);
        entries.push(readEntry(node));
        at = node.end;
      }
      return entries;
    });
    yield read.ok ? { ok: true, entries: read.value } : { ok: false, reason: 'one of its entries cannot be used' };
    if (!read.ok) return;
  }
}

/** Looks one certificate up in a list that is not stored. */
export function findInList(list: RevocationList, serial: string): Revoked | null {
  for (const read of list.entries(10_000)) {
    const found = read.ok ? read.entries.find((entry) => entry.serial === serial) : undefined;
    if (found !== undefined) return { at: found.at, reason: found.reason };
  }
  return null;
}
