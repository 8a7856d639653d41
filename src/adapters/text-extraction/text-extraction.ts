import { cutText, normaliseText } from '../../formats/document-text/normalise-text.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { ExtractText } from '../../service/texts/extract-texts.ts';
import type { Recognise } from './ocr-command.ts';
import { type TextProcess, textProcess } from './text-process.ts';

export interface TextExtraction {
  readonly extract: ExtractText;
  stop(): void;
}

/** Texts by the process; of scans by `recognise`, where there is one. */
export function textExtraction(recognise: Recognise | null, reader: TextProcess = textProcess()): TextExtraction {
  const stopped = new AbortController();
  return {
    async extract(bytes, question) {
      const { scan, ...found } = await reader.read(bytes, question, recognise !== null);
      if (scan === null || recognise === null) return found;
      const recognised = await recognise(scan, stopped.signal);
      if (recognised === null) return { ...found, reason: 'text-ocr-failed' };
      const whole = normaliseText(recognised);
      const text = cutText(whole, LIMITS.textKeptBytes);
      if (text === '') return { ...found, extractor: 'ocr', state: 'none', reason: 'text-empty' };
      const isCut = text.length < whole.length;
      return { ...found, extractor: 'ocr', text, state: isCut ? 'cut' : 'complete', reason: isCut ? 'text-cut' : null };
    },
    stop() {
      stopped.abort();
      reader.stop();
    },
  };
}
