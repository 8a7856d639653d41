/**
 * How a route says what it is. One call gives the schema, who may call, what the documentation says and which problems an
 * answer may have; the document (openapi.ts) and the guard read the rest from it.
 *
 *   const Params = closed({ id: uuid() });
 *   const Body = closed({ reason: prose(2_000) });
 *   const Answer = closed({ id: uuid(), state: oneOf(STATES), version: int64() });
 *
 *   server.post(
 *     '/incoming/:id/refusal',
 *     operation({
 *       id: 'refuseIncoming', tag: 'incoming', access: 'messages:receive',
 *       summary: 'Rifiuta un messaggio con un motivo',
 *       params: Params, body: Body, command: true, ifMatch: 'required',
 *       answers: { 200: Answer }, problems: ['state-conflict'],
 *     }),
 *     async (request, reply) => {
 *       const office = officeOf(request);
 *       const expected = ifMatchOf(request);
 *       if (!office.ok) return refused(reply, office.problem);
 *       if (!expected.ok) return refused(reply, expected.problem);
 *       const done = await refuse(office.value, request.params.id, request.body, idempotencyOf(request), expected.value);
 *       if (!done.ok) return refused(reply, done.problem);
 *       reply.header('etag', etagOf(done.value.version));
 *       return done.value;
 *     },
 *   );
 */

import type { TObject, TSchema } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { PROBLEMS, type Problem, type ProblemCode } from '../../kernel/problems.ts';
import type { Scope } from '../../service/access/scopes.ts';
import { IdempotencyKey } from './idempotency.ts';
import type { Header } from './openapi/document.ts';
import { send } from './reply/problem-reply.ts';
import { closed, matching, Type } from './schemas.ts';

declare module 'fastify' {
  interface FastifySchema {
    operationId?: string;
    summary?: string;
    description?: string;
    tags?: readonly string[];
    consumes?: readonly string[];
    hide?: boolean;
  }
  interface FastifyContextConfig {
    /** What an answer can be refused for. */
    problems?: readonly ProblemCode[];
    /** Answers tell the version of the state: ETag. */
    versioned?: boolean;
    /** Headers of what succeeds. */
    tells?: readonly Header[];
    /** Takes no body. */
    bodiless?: boolean;
    /** Answers that are no JSON: their types. */
    produces?: readonly string[];
    /** A body that is no JSON, as it goes over the line. */
    example?: string;
  }
}

/** What a route takes, as schemas. */
interface Parts {
  readonly params?: TObject;
  readonly querystring?: TObject;
  readonly body?: TSchema;
}

interface Described {
  /** camelCase, unique. */
  readonly id: string;
  readonly tag: Tag;
  /** Italian, for the list of operations. */
  readonly summary: string;
  readonly description?: string;
  readonly access: Scope | 'public';
  /** Also for who has no credential, where the index is public. */
  readonly openIndex?: boolean;
  /** A command: asks for Idempotency-Key; `optional` where a repeat without one does no harm. */
  readonly command?: true | 'optional';
  readonly ifMatch?: 'required' | 'optional';
  /** The answer has an ETag; understood where there is `ifMatch`. */
  readonly versioned?: true;
  /** By status; null: no body. */
  readonly answers: { readonly [status: number]: TSchema | null };
  /** Headers of what succeeds, beyond those every answer has. */
  readonly tells?: readonly Header[];
  /** Type of the answer where it is no JSON. */
  readonly produces?: readonly string[];
  /** Types of the body where it is no JSON: such a route brings its own content-type parser. */
  readonly consumes?: readonly string[];
  /** A body of that type, as it goes over the line. */
  readonly example?: string;
  /** Beyond those every route has. */
  readonly problems?: readonly ProblemCode[];
  readonly bodyLimit?: number;
  /** Left out of the documentation. */
  readonly hide?: true;
}

/** Chapters of the documentation, with what they are about. */
export const TAGS = {
  messages: 'Messaggi in uscita: invio, stato per destinatario, nuovo invio, annullamento.',
  incoming: 'Messaggi in arrivo: presa in carico, registrazione, conferma, rifiuto.',
  uploads: "Documenti da allegare, caricati a pezzi; il caricamento riprende dopo un'interruzione.",
  events: 'Eventi di un ufficio, in ordine e senza lacune; segnalazioni per gli operatori.',
  webhooks: 'Avvisi firmati verso i sistemi di protocollo.',
  register: 'Registrazioni, annullamenti, registro giornaliero.',
  visura: 'Stato del proprio messaggio presso un altro ufficio.',
  index: 'Amministrazioni, AOO e uffici: ricerca, risoluzione, aggiornamenti.',
  access: 'Credenziali dei sistemi chiamanti.',
  node: 'Stato e documentazione del nodo.',
} as const;
export type Tag = keyof typeof TAGS;

type Taken<S> = Pick<S, Extract<keyof S, keyof Parts>>;

export function operation<S extends Parts>(said: S & Described) {
  const { id, tag, summary, description, consumes, produces, hide, params, querystring, body } = said;
  return {
    schema: {
      operationId: id,
      summary,
      tags: [tag],
      ...(description !== undefined && { description }),
      ...(params !== undefined && { params }),
      // A parameter that nobody asked for is refused here too. Probes and readers of the documentation may add what they like.
      ...(hide !== true && { querystring: querystring ?? closed({}) }),
      ...(body !== undefined && { body }),
      ...headersOf(said),
      ...(consumes !== undefined && { consumes }),
      ...(hide === true && { hide }),
      response: Object.fromEntries(
        Object.entries(said.answers).map(([status, schema]) => [status, schema ?? Type.Null()]),
      ),
    } as unknown as Taken<S>,
    config: {
      access: said.access,
      openIndex: said.openIndex ?? false,
      problems: problemsOf(said),
      bodiless: body === undefined && consumes === undefined,
      versioned: said.versioned === true || said.ifMatch !== undefined,
      ...(said.tells !== undefined && { tells: said.tells }),
      ...(produces !== undefined && { produces }),
      ...(said.example !== undefined && { example: said.example }),
    },
    ...(said.bodyLimit !== undefined && { bodyLimit: said.bodyLimit }),
  };
}

/** Roughly; `ifMatchOf` reads it. */
const ETAGS = '^(\\*|[ \\t,]*(W/)?"[\\x20-\\x7e\\x80-\\xff]*"[ \\t,]*)$';

function headersOf({ command, ifMatch }: Described): { headers?: TObject } {
  const wanted = (schema: TSchema, must: boolean): TSchema => (must ? schema : Type.Optional(schema));
  const headers = {
    ...(command !== undefined && { 'idempotency-key': wanted(IdempotencyKey, command === true) }),
    ...(ifMatch !== undefined && {
      'if-match': wanted(
        matching(ETAGS, 500, { description: "L'ETag dello stato letto: se è cambiato, il comando è rifiutato." }),
        ifMatch === 'required',
      ),
    }),
  };
  return Object.keys(headers).length === 0 ? {} : { headers: Type.Object(headers) };
}

const ALWAYS = [
  'bad-request',
  'request-malformed',
  'too-many-requests',
  'database-unavailable',
  'service-stopping',
  'internal',
] as const;
const OF_CALLERS = ['unauthorized', 'forbidden', 'not-found'] as const;
const OF_BODIES = [
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
/** Of commands that take none: one that comes all the same is read, so that what it would have meant is not passed over. */
const OF_NO_BODY = OF_BODIES.filter((code) => code !== 'body-missing');
/** Of bodies that are taken as they come. */
const OF_STREAMS = ['body-missing', 'body-media-type', 'body-too-large', 'body-too-slow', 'body-interrupted'] as const;
/** Of routes that are about one office. */
const OF_OFFICES = ['forbidden-office', 'office-missing'] as const;
const OF_KEYS = ['idempotency-key-required', 'idempotency-key-invalid', 'idempotency-key-reused'] as const;

function problemsOf(said: Parts & Described): readonly ProblemCode[] {
  const asked = said.querystring?.properties ?? {};
  // A form has JSON in it.
  const isJson = said.body !== undefined || said.consumes?.includes('multipart/form-data') === true;
  return [
    ...new Set<ProblemCode>([
      ...ALWAYS,
      ...(said.access === 'public' ? [] : OF_CALLERS),
      ...('aoo' in asked ? OF_OFFICES : []),
      ...(isJson ? OF_BODIES : said.consumes !== undefined ? OF_STREAMS : said.command !== undefined ? OF_NO_BODY : []),
      ...(said.command === undefined ? [] : OF_KEYS),
      ...(said.ifMatch === undefined ? [] : (['version-conflict', 'if-match-invalid'] as const)),
      ...(said.ifMatch === 'required' ? (['if-match-required'] as const) : []),
      ...('cursor' in asked ? (['cursor-invalid'] as const) : []),
      ...(said.problems ?? []),
    ]),
  ].sort((a, b) => PROBLEMS[a].http - PROBLEMS[b].http || (a < b ? -1 : 1));
}

/** A refusal of a use case, as it stands. */
export const refused = (reply: FastifyReply, { code, message }: Problem): unknown => send(reply, code, '', message);
