/** A client looks at its own credential and changes its own key: what needs no administrator. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import { CREDENTIAL_KINDS, type Credential, REQUIREMENTS } from '../../../service/access/credential.ts';
import type { CredentialOwner } from '../../../service/access/new-credential.ts';
import {
  type OwnCredentialDeps,
  readOwnCredential,
  rotateOwnCredential,
} from '../../../service/access/own-credential.ts';
import { SCOPES } from '../../../service/access/scopes.ts';
import { officeOf } from '../access/request-office.ts';
import { operation, refused } from '../operation.ts';
import { closed, held, int32, listOf, matching, office, oneOf, Type, time } from '../schemas.ts';
import { callOf, type Offices, ofOffice } from './office-request.ts';

export interface CredentialDoors extends OwnCredentialDeps {
  readonly offices: Offices;
}

const id = () => matching('^[0-9a-f]{16}$', 16);
const Own = closed({
  id: id(),
  client: matching('^[0-9a-f]{16}$', 16, { description: 'Lo stesso per tutte le credenziali di un client.' }),
  aoo: office(),
  name: held(200),
  kind: oneOf(CREDENTIAL_KINDS),
  scopes: listOf(oneOf(SCOPES), 50),
  requires: listOf(oneOf(REQUIREMENTS), 10, { description: 'Ciò che il client deve firmare.' }),
  createdAt: time(),
  expiresAt: Type.Optional(time({ description: 'Se manca, non scadono.' })),
});
const Wish = closed(
  {
    overlapDays: Type.Optional(
      int32(1, 90, { default: 7, description: 'Giorni per cui vale ancora la chiave precedente.' }),
    ),
  },
  { examples: [{ overlapDays: 7 }] },
);
const Fresh = closed({
  id: id(),
  key: matching('^ipk_[0-9a-f]{16}_[0-9a-f]{64}$', 85, { description: 'La nuova chiave: è mostrata solo qui.' }),
  expiresAt: time(),
  previousUntil: time({ description: 'Fino a quando vale la chiave precedente.' }),
});

export function credentialRoutes(plain: FastifyInstance, deps: CredentialDoors): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const shared = { tag: 'access', access: 'credentials:rotate', querystring: closed(ofOffice) } as const;
  server.get(
    '/credentials/self',
    operation({ ...shared, id: 'getOwnCredential', summary: 'Le proprie credenziali', answers: { 200: Own } }),
    async (request, reply) => {
      const own = ownOf(request);
      const found = own.ok ? await readOwnCredential(own.value.aoo, own.value.id, deps) : own;
      return (found.ok ? presented(found.value, found.value.aoo) : refused(reply, found.problem)) as never;
    },
  );
  server.post(
    '/credentials/self/rotation',
    operation({
      ...shared,
      id: 'rotateOwnCredential',
      summary: 'Sostituisce la propria chiave API; la precedente vale ancora per qualche giorno',
      description:
        'La nuova ha gli stessi ambiti e la stessa durata. Se la risposta si perde, ripetere la richiesta con la stessa ' +
        '`Idempotency-Key`. Una chiave si sostituisce una volta sola: poi si sostituisce la nuova.',
      body: Wish,
      command: true,
      answers: { 200: Fresh },
      problems: ['credential-rotated', 'credential-revoked', 'credential-invalid', 'secrets-unavailable'],
    }),
    async (request, reply) => {
      const own = ownOf(request);
      if (!own.ok) return refused(reply, own.problem) as never;
      const { aoo, id: shown } = own.value;
      const owner = deps.offices.get(aoo) ?? elsewhere(aoo);
      const done = await rotateOwnCredential(owner, shown, request.body.overlapDays, callOf(request), deps);
      if (!done.ok) return refused(reply, done.problem) as never;
      return done.value as never;
    },
  );
}

/** The node's own credentials are its administrator's to change. */
function ownOf(request: FastifyRequest): Result<{ readonly aoo: AooId; readonly id: string }> {
  const aoo = officeOf(request);
  if (!aoo.ok) return aoo;
  const { client, credentialId } = request;
  return credentialId === null || client?.aoo !== aoo.value
    ? refuse(problem('not-found'))
    : ok({ aoo: aoo.value, id: credentialId });
}

/** An office that is none of this node's. */
function elsewhere(aoo: AooId): CredentialOwner {
  const [administration = '', code = ''] = aoo.split('/');
  return { aoo, administration, code, register: '', external: true };
}

const presented = (one: Credential, aoo: AooId | null) => ({
  id: one.id,
  client: one.client,
  aoo,
  name: one.name,
  kind: one.kind,
  scopes: one.scopes,
  requires: one.requires,
  createdAt: one.createdAt.toISOString(),
  ...(one.expiresAt !== null && { expiresAt: one.expiresAt.toISOString() }),
});
