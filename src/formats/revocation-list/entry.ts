import type { Revoked } from '../../model/revocation.ts';
import {
  type Ber,
  berAt,
  children,
  contents,
  expect,
  integerHex,
  malformed,
  octets,
  readAsn1Time,
  readOid,
} from '../cms/ber.ts';

export interface Entry extends Revoked {
  readonly serial: string;
}

const REASON = '2.5.29.21';
const INVALIDITY_DATE = '2.5.29.24';
/** The list is then of several issuers. */
const CERTIFICATE_ISSUER = '2.5.29.29';
const MOST_OCTETS = 64;

/** One revoked certificate (RFC 5280 §5.1.2.6 and §5.3). What it must not hold makes the whole list unusable. */
export function readEntry(node: Ber): Entry {
  const [serial, date, extensions, ...more] = children(expect(node, 0x30, 'certificato revocato'));
  const number = expect(serial, 0x02, 'numero di serie');
  if (more.length > 0 || number.to - number.from > MOST_OCTETS) malformed('certificato revocato');
  const revokedAt = readAsn1Time(date, 'data della revoca');
  if (Number.isNaN(revokedAt)) malformed('data della revoca');
  const { reason, invalidSince } = extensions === undefined ? NOTHING : readExtensions(extensions);
  // RFC 5280 §5.3.2: known or suspected to be invalid since then, though revoked later.
  const at = invalidSince === null ? revokedAt : Math.min(revokedAt, invalidSince);
  return { serial: integerHex(number), at, reason };
}

const NOTHING = { reason: null, invalidSince: null };

function readExtensions(node: Ber): { readonly reason: number | null; readonly invalidSince: number | null } {
  let reason: number | null = null;
  let invalidSince: number | null = null;
  for (const extension of children(expect(node, 0x30, 'estensioni'))) {
    const [id, second, third] = children(extension);
    const isCritical = second?.tag === 0x01 && contents(second)[0] !== 0;
    const bytes = octets(expect(second?.tag === 0x01 ? third : second, 0x04, "un'estensione"));
    const type = readOid(id);
    if (type === REASON) reason = readReason(berAt(bytes, 0, bytes.length));
    else if (type === INVALIDITY_DATE) invalidSince = readAsn1Time(berAt(bytes, 0, bytes.length), 'data');
    else if (isCritical || type === CERTIFICATE_ISSUER) malformed("un'estensione critica è sconosciuta");
  }
  if (Number.isNaN(invalidSince)) malformed('data');
  return { reason, invalidSince };
}

/** removeFromCRL has its place in lists of changes only. */
const REMOVED = 8;

function readReason(node: Ber): number {
  const [code, ...more] = contents(expect(node, 0x0a, 'motivo'));
  if (code === undefined || more.length > 0 || code > 10 || code === REMOVED) malformed('motivo');
  return code;
}
