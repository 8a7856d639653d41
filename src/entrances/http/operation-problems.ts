/** Which problem codes an operation can answer with, as far as its declaration says. */
import type { TObject, TSchema } from '@fastify/type-provider-typebox';
import { PROBLEMS, type ProblemCode } from '../../kernel/problems.ts';

const ALWAYS = [
  'bad-request',
  'request-malformed',
  'too-many-requests',
  'database-unavailable',
  'service-stopping',
  'internal',
] as const;
const OF_CALLERS = ['unauthorized', 'forbidden', 'not-found'] as const;
const OF_JSON_BODIES = [
  'body-missing',
  'body-media-type',
  'body-too-large',
  'body-too-slow',
  'body-interrupted',
  'body-encoding',
  'body-not-json',
  'body-too-deep',
  'body-too-many-values',
  'body-duplicate-key',
  'body-forbidden-key',
  'body-forbidden-text',
] as const;
/** A command without a body still reads one that is sent, in order to refuse it. */
const OF_UNEXPECTED_BODIES = OF_JSON_BODIES.filter((code) => code !== 'body-missing');
const OF_STREAMED_BODIES = [
  'body-missing',
  'body-media-type',
  'body-too-large',
  'body-too-slow',
  'body-interrupted',
] as const;
const OF_OFFICES = ['forbidden-office', 'office-missing'] as const;
const OF_IDEMPOTENCY_KEYS = ['idempotency-key-required', 'idempotency-key-invalid', 'idempotency-key-reused'] as const;

interface Declared {
  readonly querystring?: TObject;
  readonly body?: TSchema;
  readonly consumes?: readonly string[];
  readonly access: string;
  readonly knowsCaller?: true;
  readonly command?: true | 'optional';
  readonly ifMatch?: 'required' | 'optional';
  readonly problems?: readonly ProblemCode[];
}

/** Sorted by status, then by code. */
export function problemsOf(declared: Declared) {
  const { querystring, body, consumes, access, knowsCaller, command, ifMatch, problems } = declared;
  const parameters = querystring?.properties ?? {};
  return [
    ...new Set<ProblemCode>([
      ...ALWAYS,
      ...(access === 'public' ? [] : OF_CALLERS),
      ...(knowsCaller === true ? (['unauthorized'] as const) : []),
      ...('aoo' in parameters ? OF_OFFICES : []),
      ...bodyProblems(body !== undefined, consumes, command !== undefined),
      ...(command === undefined ? [] : [...OF_IDEMPOTENCY_KEYS, 'register-behind' as const]),
      ...(ifMatch === undefined ? [] : (['version-conflict', 'if-match-invalid'] as const)),
      ...(ifMatch === 'required' ? (['if-match-required'] as const) : []),
      ...('cursor' in parameters ? (['cursor-invalid'] as const) : []),
      ...(problems ?? []),
    ]),
  ].sort(byStatus);
}

export const byStatus = (a: ProblemCode, b: ProblemCode): number =>
  PROBLEMS[a].http - PROBLEMS[b].http || (a < b ? -1 : 1);

function bodyProblems(isJson: boolean, consumes: readonly string[] | undefined, isCommand: boolean) {
  // One part of a multipart form is JSON.
  if (isJson || consumes?.includes('multipart/form-data') === true) return OF_JSON_BODIES;
  if (consumes !== undefined) return OF_STREAMED_BODIES;
  return isCommand ? OF_UNEXPECTED_BODIES : [];
}
