import { fileName } from '../../../kernel/file-name.ts';

/** Everything but attr-char of RFC 8187: written as %XX in the UTF-8 form. */
const NOT_ATTR_CHAR = /[^A-Za-z0-9!#$&+.^_`|~-]/gu;

/**
 * `attachment` with a name (RFC 6266): in ASCII for old clients, and in UTF-8 (RFC 8187) where that differs. The name
 * never leads out of the folder a browser saves into, and never reads as another one.
 */
export function attachment(name: string | null): string {
  const safe = fileName(name ?? '') ?? 'documento';
  // Characters that file systems refuse, and a leading dot, which would hide the file.
  const plain = safe.replace(/[<>:"|?*]/g, '_').replace(/^\./, '_');
  const ascii = plain
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^\x20-\x7e]/g, '_')
    // Some clients decode these two inside a quoted name.
    .replace(/[\\%]/g, '_');
  const simple = `attachment; filename="${ascii}"`;
  return ascii === plain ? simple : `${simple}; filename*=UTF-8''${encoded(plain)}`;
}

const encoded = (text: string): string =>
  text.replace(NOT_ATTR_CHAR, (char) =>
    [...Buffer.from(char)].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
