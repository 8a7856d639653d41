const CR = 13;
const LF = 10;

/** With the line ends that are signed (RFC 8551 §3.1.1), where somebody stored them as bare LF. */
export function crlfRestored(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(2 * bytes.length);
  let length = 0;
  let before = 0;
  for (const octet of bytes) {
    if (octet === LF && before !== CR) out[length++] = CR;
    out[length++] = octet;
    before = octet;
  }
  return out.subarray(0, length);
}
