import { readFile } from 'node:fs/promises';
import { compileGrammars, GRAMMAR_FILES, type Grammars } from '../formats/segnatura/grammar.ts';

/** The project's own `schemas/`, wherever the process was started from. */
const FOLDER = new URL('../../schemas/', import.meta.url);

/** Reads and compiles all grammars (some milliseconds): once per thread. Rejects when a file is missing or wrong. */
export const loadGrammars = async (): Promise<Grammars> => compileGrammars(await readGrammarFiles());

/** As they are, for threads that compile their own. */
export async function readGrammarFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = await Promise.all(
    GRAMMAR_FILES.map(async (name) => [name, await readFile(new URL(name, FOLDER))] as const),
  );
  return new Map(files);
}
