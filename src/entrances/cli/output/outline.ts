import { legalStamp } from '../../../kernel/clock.ts';

/** A moment as the views write it. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

/**
 * An object as indented lines, one field each, without empty ones; times as in Italy. Of a value with several lines each
 * has a bar before it, below its field: a text from outside cannot look like fields, whatever it indents.
 */
export function outline(value: unknown, indent = ''): string {
  if (isPlain(value)) return `${indent}${asText(value)}`;
  if (Array.isArray(value)) return value.map((item) => field(`${indent}-`, item, indent)).join('\n');
  return Object.entries(value as object)
    .filter(([, fact]) => !isEmpty(fact))
    .map(([name, fact]) => field(`${indent}${name}:`, fact, indent))
    .join('\n');
}

/** `head`: how its first line begins; `indent`: that of the head. */
function field(head: string, fact: unknown, indent: string): string {
  if (!isPlain(fact)) return `${head}\n${outline(fact, `${indent}  `)}`;
  const lines = asText(fact).split('\n');
  return lines.length === 1 ? `${head} ${lines[0]}` : [head, ...lines.map((line) => `${indent}  | ${line}`)].join('\n');
}

function asText(fact: unknown): string {
  if (fact instanceof Date) return legalStamp(fact.toISOString());
  return typeof fact === 'string' && INSTANT.test(fact) ? legalStamp(fact) : String(fact);
}

const isPlain = (fact: unknown): boolean => typeof fact !== 'object' || fact === null || fact instanceof Date;
const isEmpty = (fact: unknown): boolean =>
  fact === null || fact === undefined || (!isPlain(fact) && Object.keys(fact as object).length === 0);
