/** Names that say: here is a signature. `.tsd` says so of what it holds; a time stamp alone is none. */
const SIGNED = /\.(?:p7m|p7s|m7m|asic[es]|sc[es])$/i;
const STAMPED = /\.tsd$/i;

interface Named {
  readonly name: string;
  readonly form: string | null;
}

/** Does the name promise a signature, which then has to be found? */
export const promisesSignature = ({ name, form }: Named): boolean =>
  SIGNED.test(name) || (STAMPED.test(name) && form !== 'cms');

/** What a file holds instead of the signature that its name promises; Italian, part of a sentence. */
export function insteadOfSignature({ size, head }: { readonly size: number; readonly head: Uint8Array }): string {
  if (size === 0) return 'il file è vuoto';
  const text = Buffer.from(head).toString('latin1', 0, 256).trimStart();
  if (/^<(?:!doctype\s+html|html|head|body)\b/i.test(text)) return 'il file è una pagina HTML';
  if (text.startsWith('%PDF-')) return 'il file è un PDF senza firma';
  return 'il file non contiene una firma che si possa leggere';
}
