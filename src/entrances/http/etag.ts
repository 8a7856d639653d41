import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';

/** The state of a resource is known by its version: a number that grows with every change. */
export const etagOf = (version: number): string => `"${version}"`;

/** `*`: whatever it is, as long as there is one. */
export type Expected = ReadonlySet<number> | '*';

/** RFC 9110 section 8.8.3, and what may stand between two of a list (section 5.6.1): also nothing at all between commas. */
const TAG = /[ \t,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,[ \t,]*|$)/y;
const MOST_TAGS = 20;

/**
 * The versions a command is meant for (RFC 9110 section 13.1.1); null: the caller does not mind. A weak tag, or one that
 * is none of ours, is the tag of no version.
 */
export function ifMatchOf({ headers }: Pick<FastifyRequest, 'headers'>): Result<Expected | null> {
  const header = headers['if-match'];
  if (header === undefined) return ok(null);
  if (header.trim() === '*') return ok('*');
  const tags = tagsOf(header);
  if (tags === null) return refuse(problem('if-match-invalid', 'if-match'));
  return ok(new Set(tags.filter((tag) => !tag.startsWith('W/')).flatMap(versionOf)));
}

/** Whether a command meant for these versions may go on: the use case asks again inside its transaction. */
export const isExpected = (expected: Expected | null, version: number): boolean =>
  expected === null || expected === '*' || expected.has(version);

/**
 * Tells the version with the answer; true when the caller has it already (If-None-Match): then the answer is 304 and has
 * no body. `if (isKnown(request, reply, version)) return reply;`
 */
export function isKnown(request: FastifyRequest, reply: FastifyReply, version: number): boolean {
  reply.header('etag', etagOf(version));
  const header = request.headers['if-none-match'];
  if (header === undefined) return false;
  const known = header.trim() === '*' || (tagsOf(header)?.flatMap(versionOf).includes(version) ?? false);
  if (known) reply.code(304).send();
  return known;
}

/** A comma may stand within a tag: tags are read one after the other. Null: it is no list of tags, or a very long one. */
export function tagsOf(header: string): readonly string[] | null {
  const tags: string[] = [];
  TAG.lastIndex = 0;
  for (let at = 0; at < header.length; at = TAG.lastIndex) {
    const [, tag] = TAG.exec(header) ?? [];
    if (tag === undefined || tags.push(tag) > MOST_TAGS) return null;
  }
  return tags.length === 0 ? null : tags;
}

const versionOf = (tag: string): readonly number[] =>
  /^(?:W\/)?"(?:0|[1-9]\d{0,14})"$/.test(tag) ? [Number(tag.replace(/[^0-9]/g, ''))] : [];
