/**
 * The process that reads texts of documents, one after the other. It has no environment, may write no file, open no connection
 * and start nothing, and stands behind everything else that wants the processor.
 */
import { setPriority } from 'node:os';
import { DocumentTextError } from '../../formats/document-text/document-text-error.ts';
import { readDocumentText, type TextAnswer } from '../../service/texts/read-document-text.ts';
import { CHILD_READY, type TextChildQuestion } from './child-questions.ts';
import { readPdf } from './read-pdf.ts';

setPriority(19);

process.on('message', async ({ bytes, question, wantsScan }: TextChildQuestion) => {
  const answer = await readDocumentText(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    question,
    readPdf,
  ).catch(interrupted);
  process.send?.(wantsScan ? answer : { ...answer, scan: null });
});
// What a reader leaves behind unheard belongs to a document that has its answer.
process.on('unhandledRejection', () => undefined);
process.send?.(CHILD_READY);

function interrupted(): TextAnswer {
  const { reason, state } = new DocumentTextError('text-interrupted');
  return { state, reason, extractor: 'none', pages: null, text: '', scan: null };
}
