import { hash } from 'node:crypto';
import { headerBlock, latin1 } from './mail-text.ts';
import { decodedContent, fieldParameter, leavesOf, type MimeNode, readMimeTree } from './mime-tree.ts';
import { decodeHeaderText, headerValue } from './submission.ts';

/** The EICAR test file: harmless, and reported by every scanner. In two pieces, so that no scanner reports this file. */
const EICAR = latin1(`X5O!P%@AP[4\\PZX54(P^)7CC)7}$${'EICAR'}-STANDARD-ANTIVIRUS-TEST-FILE!`);

export function containsTestVirus(message: Buffer): boolean {
  if (message.includes(EICAR)) return true;
  return leavesOf(readMimeTree(message)).some((leaf) => decodedContent(message, leaf).includes(EICAR));
}

/**
 * The original as a brief receipt carries it (RFC 6109): each named part is replaced by `<name>.hash`, the SHA-1 of its
 * decoded content in hex. Everything else is kept byte for byte.
 */
export function withHashes(message: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const leaf of leavesOf(readMimeTree(message))) {
    const name = nameOf(leaf);
    // A message of one part has no attachment, even if the part has a name.
    if (name === null || leaf.start === 0) continue;
    const fields = headerBlock([
      ['Content-Type', `text/plain; name="${name}.hash"`],
      ['Content-Disposition', `attachment; filename="${name}.hash"`],
      ['Content-Transfer-Encoding', '7bit'],
    ]);
    const digest = hash('sha1', decodedContent(message, leaf));
    pieces.push(message.subarray(at, leaf.start), latin1(`${fields}\r\n${digest}`));
    at = leaf.end;
  }
  pieces.push(message.subarray(at));
  return Buffer.concat(pieces);
}

function nameOf({ headers }: MimeNode): string | null {
  const name =
    fieldParameter(headerValue(headers, 'content-disposition'), 'filename') ??
    fieldParameter(headerValue(headers, 'content-type'), 'name');
  return name === null ? null : safeName(name);
}

/** The name with nothing in it that would break out of quotes. */
const safeName = (name: string): string =>
  name.startsWith('=?') ? name : decodeHeaderText(name).replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '_');
