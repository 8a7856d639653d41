/** Text of a PDF by pdf.js: nothing is drawn, no font is loaded, no script of the file is run. */
import { getDocument, PasswordException } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { DocumentTextError } from '../../formats/document-text/document-text-error.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { ReadPdf } from '../../service/texts/read-document-text.ts';

export const readPdf: ReadPdf = async (bytes, sink) => {
  const task = getDocument({
    // pdf.js takes the memory over: a copy, and no Buffer.
    data: new Uint8Array(bytes),
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    useWasm: false,
    enableXfa: false,
    stopAtErrors: false,
    verbosity: 0,
  });
  try {
    const pdf = await task.promise;
    if (pdf.numPages > LIMITS.textPages) sink.cut();
    const pages = Math.min(pdf.numPages, LIMITS.textPages);
    for (let number = 1; number <= pages && !sink.isFull; number += 1) {
      const page = await pdf.getPage(number);
      const { items } = await page.getTextContent();
      for (const item of items) if ('str' in item) sink.add(item.hasEOL ? `${item.str}\n` : item.str);
      sink.add('\n');
      // What people have typed into a form stands beside the page.
      for (const { fieldValue } of await page.getAnnotations())
        if (typeof fieldValue === 'string' && fieldValue !== '') sink.add(`${fieldValue}\n`);
      page.cleanup();
    }
    if (sink.isFull) sink.cut();
    return pages;
  } catch (error) {
    throw toTextError(error);
  } finally {
    await task.destroy();
  }
};

/** An empty password was tried. Whatever else pdf.js complains of is the file's. */
function toTextError(error: unknown): unknown {
  if (error instanceof PasswordException) return new DocumentTextError('text-encrypted');
  if (error instanceof Error) return new DocumentTextError('text-damaged');
  return error;
}
