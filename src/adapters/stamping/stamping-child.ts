/** The process that stamps one PDF and ends. It has no environment, may write no file and may start nothing. */
import type { StampLines } from '../../service/previews/courtesy-copy.ts';
import { stampPdf } from './stamp-pdf.ts';

process.once('message', async ({ pdf, lines }: { readonly pdf: Uint8Array; readonly lines: StampLines }) => {
  const stamped = await stampPdf(Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength), lines);
  process.send?.(stamped, () => process.exit());
});
