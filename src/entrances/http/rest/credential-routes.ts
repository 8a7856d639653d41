/** A client reads its own credential and rotates its own key, without an administrator. */
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
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
import { requestedOffice } from '../access/request-office.ts';
import { type ApiServer, operation } from '../operation.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, int32, listOf, matching, named, officeCode, oneOf, storedText, timestamp } from '../schemas.ts';
import { callOf, type Offices, officeParameter } from './office-request.ts';

export interface CredentialRoutesDeps extends OwnCredentialDeps {
  readonly offices: Offices;
}

const credentialId = () => matching('^[0-9a-f]{16}$', 16);
const OwnCredential = named('Credential', {
  id: credentialId(),
  client: matching('^[0-9a-f]{16}$', 16, { description: 'Lo stesso per tutte le credenziali di un client.' }),
  aoo: officeCode(),
  name: storedText(200),
  kind: oneOf(CREDENTIAL_KINDS),
  scopes: listOf(oneOf(SCOPES), 50),
  requires: listOf(oneOf(REQUIREMENTS), 10, { description: 'Ciò che il client deve firmare.' }),
  createdAt: timestamp(),
  expiresAt: Type.Optional(timestamp({ description: 'Se manca, non scadono.' })),
});
const Rotation = named(
  'KeyRotation',
  {
    overlapDays: Type.Optional(
      int32(1, 90, { default: 7, description: 'Giorni per cui vale ancora la chiave precedente.' }),
    ),
  },
  { examples: [{ overlapDays: 7 }] },
);
const NewKey = named('NewKey', {
  id: credentialId(),
  key: matching('^ipk_[0-9a-f]{16}_[0-9a-f]{64}$', 85, { description: 'La nuova chiave: è mostrata solo qui.' }),
  expiresAt: timestamp(),
  previousUntil: timestamp({ description: 'Fino a quando vale la chiave precedente.' }),
});

export function credentialRoutes(server: ApiServer, deps: CredentialRoutesDeps): void {
  const shared = { tag: 'access', access: 'credentials:rotate', querystring: closed(officeParameter) } as const;
  server.get(
    '/credentials/self',
    operation({
      ...shared,
      id: 'readOwnCredential',
      summary: 'Le proprie credenziali',
      answers: { 200: OwnCredential },
    }),
    async (request, reply) => {
      const own = ownCredential(request);
      if (!own.ok) return sendProblem(reply, own.problem);
      const { aoo, id } = own.value;
      const found = await readOwnCredential(aoo, id, deps);
      return found.ok ? presentCredential(found.value, aoo) : sendProblem(reply, found.problem);
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
      body: Rotation,
      command: true,
      answers: { 200: NewKey },
      problems: ['credential-rotated', 'credential-revoked', 'credential-invalid', 'secrets-unavailable'],
    }),
    async (request, reply) => {
      const own = ownCredential(request);
      if (!own.ok) return sendProblem(reply, own.problem);
      const { aoo, id } = own.value;
      const owner = deps.offices.get(aoo) ?? externalOwner(aoo);
      const rotated = await rotateOwnCredential(owner, id, request.body.overlapDays, callOf(request), deps);
      return rotated.ok ? rotated.value : sendProblem(reply, rotated.problem);
    },
  );
}

/** The credential of this request. The node's own credentials are for its administrator to change. */
function ownCredential(request: FastifyRequest): Result<{ readonly aoo: AooId; readonly id: string }> {
  const aoo = requestedOffice(request);
  if (!aoo.ok) return aoo;
  const { client, credentialId: id } = request;
  return id === null || client?.aoo !== aoo.value ? refuse(problem('not-found')) : ok({ aoo: aoo.value, id });
}

/** An office that this node does not serve. */
function externalOwner(aoo: AooId): CredentialOwner {
  const [administration = '', code = ''] = aoo.split('/');
  return { aoo, administration, code, register: '', external: true };
}

const presentCredential = (one: Credential, aoo: AooId) => ({
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
