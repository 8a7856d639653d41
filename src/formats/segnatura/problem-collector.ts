import { type Problem, type ProblemCode, problem } from '../../kernel/problems.ts';
import { cut, replaceIllegal } from '../xml/characters.ts';

/** More problems of the same code tell a person nothing new. */
const MOST_OF_A_CODE = 20;

/** The problems of one message, in order, each once. Every code has its own limit, so none can push out another. */
export class ProblemCollector {
  readonly #problems: Problem[] = [];
  readonly #seen = new Map<ProblemCode, Set<string>>();

  add(code: ProblemCode, at = '', detail = ''): void {
    this.addAll([problem(code, at, shortened(detail))]);
  }

  addAll(problems: Iterable<Problem>): void {
    for (const each of problems) {
      const seen = this.#seen.get(each.code) ?? new Set();
      this.#seen.set(each.code, seen);
      const key = `${each.at} ${each.message}`;
      if (seen.size >= MOST_OF_A_CODE || seen.has(key)) continue;
      seen.add(key);
      this.#problems.push(each);
    }
  }

  list(): readonly Problem[] {
    return this.#problems;
  }
}

/** Details come from the sender: enough to recognise the place, not a page of text. */
export const shortened = (text: string): string => cut(text, 120);

/**
 * A name from a mail, fit for a sentence: short, on one line, without characters that XML forbids or that turn the direction
 * of what follows.
 */
export const presentable = (name: string): string =>
  replaceIllegal(shortened(name))
    .replace(/[\n\r\t\u2028\u2029]/g, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
