/** One round of the work on texts: lease documents of one office, read them, write down what became of them. */
import { textParts } from '../../formats/document-text/normalise-text.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { DocumentText, TextReason } from '../../model/document-text.ts';
import { DocumentsError } from '../documents/documents.ts';
import type { DocumentFile, DocumentReader } from '../documents/read-document.ts';
import type { TextQuestion } from './read-document-text.ts';
import type { LeasedText, TextStore } from './text-store.ts';

/** Never rejects: what goes wrong with a document is its state. */
export type ExtractText = (bytes: Buffer, question: TextQuestion) => Promise<DocumentText>;

export interface TextDeps {
  readonly texts: TextStore;
  readonly reader: Pick<DocumentReader, 'document'>;
  readonly extract: ExtractText;
  readonly clock: Clock;
  readonly owner: string;
}

/** Documents at a time. The lease outlasts the longest of them. */
const BATCH = 16;
const LEASE_SECONDS = 900;
/** The store of documents is away: later. */
const AWAY_MS = 60_000;
/** Whoever began it this often ended with it: the document may be why. */
const MOST_ATTEMPTS = 5;

/**
 * `signal`: stop after the document in hand. Gives how many were read. Rejects where the database or the store of documents is
 * away; the documents in hand then wait.
 */
export async function extractTexts(aoo: AooId, deps: TextDeps, signal: AbortSignal): Promise<number> {
  const { texts, clock, owner } = deps;
  const leased = await texts.lease(owner, aoo, clock.now(), BATCH, LEASE_SECONDS);
  let done = 0;
  let saving: Promise<unknown> = Promise.resolve();
  try {
    for (const one of leased) {
      if (signal.aborted) break;
      const text = await textOf(one, deps);
      // While one is written, the next is read; never more than one waits.
      await saving;
      saving = texts.save(owner, aoo, one, text, textParts(text.text, LIMITS.textPartBytes), clock.now());
      // A second one waits for it and hears how it went.
      saving.catch(() => undefined);
      done += 1;
    }
    await saving;
    return done;
  } catch (error) {
    await saving.catch(() => undefined);
    const until = new Date(clock.now().getTime() + AWAY_MS);
    await texts.release(owner, aoo, leased.slice(done), until).catch(() => undefined);
    throw error;
  } finally {
    if (signal.aborted) await texts.release(owner, aoo, leased.slice(done), clock.now()).catch(() => undefined);
  }
}

async function textOf({ document, attempts }: LeasedText, { reader, extract }: TextDeps): Promise<DocumentText> {
  if (attempts > MOST_ATTEMPTS) return failed('text-interrupted');
  if (document.size > LIMITS.textBytes) return failed('text-too-large');
  try {
    const found = await reader.document(document);
    if (!found.ok) return failed('text-unavailable');
    const { name, mediaType } = document;
    return await extract(await wholeOf(found.value), { name, mediaType, charset: '' });
  } catch (error) {
    if (error instanceof DocumentsError && !error.isPassing) return failed('text-unavailable');
    throw error;
  }
}

async function wholeOf(file: DocumentFile): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of file.stream() as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

const failed = (reason: TextReason): DocumentText => ({
  state: 'failed',
  reason,
  extractor: 'none',
  pages: null,
  text: '',
});
