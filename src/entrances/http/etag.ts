import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';

/** The ETag of a state is its version: a number that grows with every change. */
export const etagOf = (version: number): string => `"${version}"`;

/** `*`: any version, as long as the state exists. */
export type ExpectedVersions = ReadonlySet<number> | '*';

/** One entity tag (RFC 9110 §8.8.3) with the separators of a list (§5.6.1), which may be several commas in a row. */
const TAG = /[ \t,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,[ \t,]*|$)/y;
const MOST_TAGS = 20;

/**
 * The versions that If-Match names (RFC 9110 §13.1.1); null: the request has no such field. A weak tag, and one we never
 * gave, matches no version.
 */
export function ifMatchOf({ headers }: Pick<FastifyRequest, 'headers'>): Result<ExpectedVersions | null> {
  const header = headers['if-match'];
  if (header === undefined) return ok(null);
  if (header.trim() === '*') return ok('*');
  const tags = entityTagsOf(header);
  if (tags === null) return refuse(problem('if-match-invalid', 'if-match'));
  return ok(new Set(tags.filter((tag) => !tag.startsWith('W/')).flatMap(versionOf)));
}

/**
 * Sets the ETag. True when the caller has this version already (If-None-Match): 304 has been sent.
 * `if (notModified(request, reply, version)) return reply;`
 */
export function notModified(request: FastifyRequest, reply: FastifyReply, version: number): boolean {
  reply.header('etag', etagOf(version));
  const header = request.headers['if-none-match'];
  if (header === undefined) return false;
  const isSame = header.trim() === '*' || (entityTagsOf(header)?.flatMap(versionOf).includes(version) ?? false);
  if (isSame) reply.code(304).send();
  return isSame;
}

/** Null: not a list of entity tags, or too long a one. A tag may contain a comma, so the list cannot simply be split. */
export function entityTagsOf(header: string): readonly string[] | null {
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
