import { JudgingError } from '../documents/judging-error.ts';
import type { Judgement } from './judge-mail.ts';

/** What one judgement may weigh. A real segnatura is under 1 MiB, and a judgement says most of it twice. */
const HEAVIEST = 4 * 1024 * 1024;
/** Of each value, beside the characters and bytes in it: about what JSON writes around one. */
const EACH = 8;

/**
 * About how many bytes plain data takes as JSON. Whatever is answered with is copied, written and saved in the loop that
 * serves everybody, so what it weighs is what it costs them. The count ends once it is above `most`.
 */
export function weightOf(data: unknown, most = Number.POSITIVE_INFINITY): number {
  let weight = 0;
  const waiting: unknown[] = [];
  const add = (value: unknown, key = ''): boolean => {
    weight += EACH + key.length;
    if (typeof value === 'string') weight += value.length;
    else if (ArrayBuffer.isView(value)) weight += value.byteLength;
    else if (typeof value === 'object' && value !== null) waiting.push(value);
    return weight <= most;
  };
  add(data);
  while (waiting.length > 0 && weight <= most) {
    const value = waiting.pop() as object;
    if (Symbol.iterator in value) {
      for (const each of value as Iterable<unknown>) if (!add(each)) break;
    } else for (const [key, each] of Object.entries(value)) if (!add(each, key)) break;
  }
  return weight;
}

/** The judgement, unless it is so heavy that it would hold everybody up. Throws JudgingError: the mail is a person's. */
export function notTooHeavy(judgement: Judgement, most = HEAVIEST): Judgement {
  if (weightOf(judgement, most) <= most) return judgement;
  throw new JudgingError('judging-too-large', String(most / 1024 / 1024));
}
