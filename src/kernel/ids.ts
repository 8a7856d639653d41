/**
 * Branded identifiers: narrowed once at the edge, never swapped afterwards.
 * Codes follow the most generous generation (circ. 60/2013): letters, digits, `.`, `_`, `-`, at most 16 characters;
 * stricter limits of a generation are the grammar's business, not the identifier's.
 */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Code of an administration in the national index. */
export type IpaCode = Brand<string, 'IpaCode'>;
/** Code of an AOO inside its administration. */
export type AooCode = Brand<string, 'AooCode'>;
/** Our tenant: `<IpaCode>/<AooCode>`. */
export type AooId = Brand<string, 'AooId'>;
/** SHA-256 of some bytes, 64 lower-case hexadecimal digits. */
export type Sha256 = Brand<string, 'Sha256'>;
/** A certified or ordinary mail address, lower case, without display name. */
export type MailAddress = Brand<string, 'MailAddress'>;
/** Number of a registration as it is written: at least seven digits (DPR 445/2000 art. 57). */
export type ProtocolNumber = Brand<string, 'ProtocolNumber'>;

const CODE = /^[A-Za-z0-9._-]{1,16}$/;
const ADDRESS = /^[^\s@<>"(),:;\\[\]]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?$/;

export const isCode = (text: string): boolean => CODE.test(text);

export function aooId(administration: string, aoo: string): AooId {
  if (!CODE.test(administration) || !CODE.test(aoo)) throw new RangeError(`not an AOO: ${administration}/${aoo}`);
  return `${administration}/${aoo}` as AooId;
}

/** The address in lower case, or null when the text is no mail address. Accepts `Name <a@b>`. */
export function mailAddress(text: string): MailAddress | null {
  const angle = /<([^<>]*)>\s*$/.exec(text);
  const address = (angle?.[1] ?? text).trim().toLowerCase();
  return ADDRESS.test(address) ? (address as MailAddress) : null;
}

/** A register's counter as DPR 445/2000 art. 57 wants it written: at least seven digits. */
export const protocolNumber = (value: number): ProtocolNumber => String(value).padStart(7, '0') as ProtocolNumber;
