/** Writes the DER (X.690) that the sandbox signs. */

export function tlv(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = contents.length === 1 ? (contents[0] ?? Buffer.alloc(0)) : Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Uint8Array.of(tag, length), content]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.concat([Uint8Array.of(tag, 0x80 | octets.length, ...octets), content]);
}

export const sequence = (...contents: readonly Uint8Array[]): Buffer => tlv(0x30, ...contents);
export const octetString = (content: Uint8Array): Buffer => tlv(0x04, content);
export const integer = (value: number): Buffer => tlv(0x02, Uint8Array.of(value));
export const NULL = tlv(0x05);

/** SET OF: DER asks for ascending order (X.690, 11.6), and the signature covers these bytes. */
export const setOf = (...contents: readonly Buffer[]): Buffer => tlv(0x31, ...contents.toSorted(Buffer.compare));

export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift(0x80 | (left % 128));
    octets.push(...groups);
  }
  return tlv(0x06, Uint8Array.from(octets));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5652, 11.3). */
export function derTime(at: Date): Buffer {
  const digits = at.toISOString().replace(/[-:T]|\.\d+/g, '');
  return at.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits));
}
