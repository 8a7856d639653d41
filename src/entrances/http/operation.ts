/**
 * How a route declares itself: what it takes and answers, who may call it, what the documentation says of it and which
 * problems it can answer with. Types follow from the schemas: the handler gets `params`, `query` and `body` as their
 * schemas say, and returns what the schema of an answer says, or the reply where it has been sent already.
 *
 *   const Answer = closed({ id: uuid(), state: oneOf(STATES), version: int64() });
 *
 *   server.post(
 *     '/incoming/:id/refusal',
 *     operation({
 *       id: 'refuseIncoming', tag: 'incoming', access: 'messages:receive',
 *       summary: 'Rifiuta un messaggio con un motivo',
 *       params: closed({ id: uuid() }), body: closed({ reason: prose(2_000) }),
 *       command: true, ifMatch: 'required',
 *       answers: { 200: Answer }, problems: ['state-conflict'],
 *     }),
 *     async (request, reply) => {
 *       const office = requestedOffice(request);
 *       if (!office.ok) return sendProblem(reply, office.problem);
 *       const done = await refuse(office.value, request.params.id, request.body.reason, callOf(request));
 *       if (!done.ok) return sendProblem(reply, done.problem);
 *       reply.header('etag', etagOf(done.value.version));
 *       return done.value;
 *     },
 *   );
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import {
  type Static,
  type TObject,
  type TSchema,
  type TUnsafe,
  Type,
  type TypeBoxTypeProvider,
} from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, RawServerDefault } from 'fastify';
import type { Brand } from '../../kernel/ids.ts';
import type { ProblemCode } from '../../kernel/problems.ts';
import type { Scope } from '../../service/access/scopes.ts';
import { IdempotencyKey } from './idempotency.ts';
import type { DocumentedHeader } from './openapi/document.ts';
import { problemsOf } from './operation-problems.ts';
import { closed, matching } from './schemas.ts';

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
    /** Every problem an answer can have. */
    problems?: readonly ProblemCode[];
    /** Answers have an ETag with the version of the state. */
    versioned?: boolean;
    /** Headers of successful answers. */
    tells?: readonly DocumentedHeader[];
    /** Takes no body. */
    bodiless?: boolean;
    /** Media types of answers that are not JSON. */
    produces?: readonly string[];
    /** A body that is not JSON, as it goes over the line. */
    example?: string;
  }
}

/** A server whose handlers are typed by the schemas of their routes. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What a route takes and answers, as schemas. */
interface Schemas {
  readonly params?: TObject;
  readonly querystring?: TObject;
  readonly body?: TSchema;
  /** By status; null: no JSON, that is bytes or nothing. */
  readonly answers: { readonly [status: number]: TSchema | null };
}

interface Described {
  /** camelCase, unique. */
  readonly id: string;
  readonly tag: Tag;
  /** Italian, for the list of operations. */
  readonly summary: string;
  readonly description?: string;
  /** Who may call the route; `access/route-access.ts` holds it to that. */
  readonly access: Scope | 'public';
  /** Also open to callers without a credential, where the index is public. */
  readonly openIndex?: boolean;
  /** A public route that says more to a caller who shows a credential. */
  readonly knowsCaller?: true;
  /** Takes an Idempotency-Key; `optional` where a repeat without one does no harm. */
  readonly command?: true | 'optional';
  readonly ifMatch?: 'required' | 'optional';
  /** The answer has an ETag; implied by `ifMatch`. */
  readonly versioned?: true;
  /** Headers of success, beyond those every answer has. */
  readonly tells?: readonly DocumentedHeader[];
  /** Media types of an answer that is not JSON. */
  readonly produces?: readonly string[];
  /** Media types of a body that is not JSON: such a route brings its own content-type parser. */
  readonly consumes?: readonly string[];
  /** A body of that type, as it goes over the line. */
  readonly example?: string;
  /** Beyond those `operation-problems.ts` derives. */
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

/** What a handler may return for a schema: read-only values will do, and plain strings for branded ones. */
export type AnswerOf<S extends TSchema> = Given<Static<S>>;
type Given<T> =
  T extends Brand<string, string>
    ? string
    : T extends readonly (infer E)[]
      ? readonly Given<E>[]
      : T extends object
        ? { readonly [K in keyof T]: Given<T[K]> }
        : T;

/** A reply that was sent already is an answer, too; a refusal is one. */
type Replies<A extends Schemas['answers']> = {
  [S in keyof A]: TUnsafe<A[S] extends TSchema ? AnswerOf<A[S]> : S extends 204 ? undefined : Readable>;
} & { '4xx': TUnsafe<FastifyReply> };

type RouteSchema<S extends Schemas> = Pick<S, Extract<keyof S, 'params' | 'querystring' | 'body'>> & {
  response: Replies<S['answers']>;
};

export function operation<const S extends Schemas>(said: S & Described) {
  const { id, tag, summary, description, consumes, produces, hide, params, querystring, body } = said;
  const schema = {
    operationId: id,
    summary,
    tags: [tag],
    ...(description !== undefined && { description }),
    ...(params !== undefined && { params }),
    // Unknown parameters are refused here, too; probes and readers of the documentation may add what they like.
    ...(hide !== true && { querystring: querystring ?? closed({}) }),
    ...(body !== undefined && { body }),
    ...headersOf(said),
    ...(consumes !== undefined && { consumes }),
    ...(hide === true && { hide }),
    response: Object.fromEntries(
      Object.entries(said.answers).map(([status, answer]) => [status, answer ?? Type.Null()]),
    ),
  };
  return {
    // The one place where the schemas that run become the types that the handler sees.
    schema: schema as unknown as RouteSchema<S>,
    config: {
      access: said.access,
      openIndex: said.openIndex ?? false,
      knowsCaller: said.knowsCaller ?? false,
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

/** Loose; `ifMatchOf` reads the field. */
const ETAGS = '^(\\*|[ \\t,]*(W/)?"[\\x20-\\x7e\\x80-\\xff]*"[ \\t,]*)$';

function headersOf({ command, ifMatch }: Described): { headers?: TObject } {
  const optional = (schema: TSchema, isRequired: boolean): TSchema => (isRequired ? schema : Type.Optional(schema));
  const headers = {
    ...(command !== undefined && { 'idempotency-key': optional(IdempotencyKey, command === true) }),
    ...(ifMatch !== undefined && {
      'if-match': optional(
        matching(ETAGS, 500, { description: "L'ETag dello stato letto: se è cambiato, il comando è rifiutato." }),
        ifMatch === 'required',
      ),
    }),
  };
  return Object.keys(headers).length === 0 ? {} : { headers: Type.Object(headers) };
}
