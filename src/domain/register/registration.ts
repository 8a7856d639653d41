import { sha256 } from '../../kernel/digest.ts';
import type { ProtocolNumber, Sha256 } from '../../kernel/ids.ts';
import { protocolNumber } from '../../kernel/ids.ts';
import type { Problem } from '../../kernel/problems.ts';
import type { Correspondent, Identifier } from '../../model/segnatura.ts';

/** The office that keeps a register. */
export interface RegisterOwner {
  readonly administration: string;
  readonly code: string;
  readonly register: string;
}

export interface RegisteredDocument {
  readonly role: 'primary' | 'attachment' | 'undeclared';
  readonly name: string;
  readonly mediaType: string;
  readonly sha256: Sha256;
  /** Bytes. */
  readonly size: number;
  /** The kept mail the document lies in and its MIME part there; null for a file stored as it is. */
  readonly source: { readonly sha256: Sha256; readonly part: string } | null;
}

/** `internal`: between offices of the AOO. */
export const REGISTRATION_DIRECTIONS = ['incoming', 'outgoing', 'internal'] as const;
export type RegistrationDirection = (typeof REGISTRATION_DIRECTIONS)[number];

/** DPR 445/2000 art. 53: what is fixed when a document is registered. */
export interface Registration {
  readonly register: string;
  readonly year: number;
  readonly number: number;
  readonly direction: RegistrationDirection;
  readonly registeredAt: Date;
  /** Legal date in Rome, `yyyy-mm-dd`, and time, `hh:mm:ss`. */
  readonly date: string;
  readonly time: string;
  readonly subject: string;
  readonly sender: Correspondent;
  readonly recipients: readonly Correspondent[];
  /** The sender's own registration, where the message bears one. */
  readonly peerIdentifier: Identifier | null;
  readonly flags: readonly Problem[];
  readonly mailId: string | null;
  readonly documents: readonly RegisteredDocument[];
}

/** How a registration is named in a segnatura (art. 55). */
export function identifierOf(owner: RegisterOwner, registration: Registration): Identifier {
  return {
    administration: owner.administration,
    aoo: owner.code,
    register: registration.register,
    number: protocolNumber(registration.number),
    date: registration.date,
    time: registration.time,
  };
}

/** `0000042/2026`: how people name a registration. */
export const shortNumber = (number: number, year: number): `${ProtocolNumber}/${number}` =>
  `${protocolNumber(number)}/${year}`;

/**
 * A registration's identity, whoever writes it: codes, register, year and number. Echoed dates are unreliable, so only the
 * year counts; leading zeros and case do not. The parts come from outside, so separators are escaped and what is too long
 * for an index is replaced by its digest.
 */
export function identityOf(identifier: Identifier): string {
  const { administration, aoo, register, number, date } = identifier;
  const parts = [administration, aoo, register ?? '', date.slice(0, 4), number.replace(/^0+(?=\d)/, '')];
  return indexable(
    parts
      .map((part) => part.replace(/[\\|]/g, '\\$&'))
      .join('|')
      .toLowerCase(),
  );
}

/** The same registration; some systems write the register in one answer and leave it out of another. */
export const isSameNumber = (one: Identifier, other: Identifier): boolean =>
  identityOf(one) === identityOf(other) ||
  ((one.register === null || other.register === null) &&
    identityOf({ ...one, register: null }) === identityOf({ ...other, register: null }));

const LONGEST = 500;
/**
 * A key made of text from outside, as a database can hold it: PostgreSQL refuses NUL, lone surrogates, and index entries
 * of more than about 2,700 bytes.
 */
export function indexable(key: string): string {
  const text = key.toWellFormed().replaceAll('\0', '\uFFFD');
  return text.length <= LONGEST ? text : `sha256 ${sha256(text)}`;
}

/** A subject as a register shows it: without the line breaks and indents of the XML it stood in. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
