/** A client changes its own key over the API of a whole node, without its administrator. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresCredentials } from '../../../../src/adapters/postgres/credentials.ts';
import { aooId } from '../../../../src/kernel/ids.ts';
import {
  createCredential,
  type ManageDeps,
  revokeCredential,
} from '../../../../src/service/access/manage-credentials.ts';
import type { CredentialOwner, NewCredential } from '../../../../src/service/access/new-credential.ts';
import { caller, ESEMPIO, type Node, PROVARIA, startNode } from '../../../support/node.ts';
import { NODE_TOKEN } from '../../../support/node-token.ts';

const DAY_MS = 86_400_000;
const owner = (aoo: typeof ESEMPIO, more: { external?: true } = {}): CredentialOwner => {
  const [administration = '', code = ''] = aoo.split('/');
  return { aoo, administration, code, register: 'PROT', ...more };
};
let node: Node;
let manage: ManageDeps;
beforeAll(async () => {
  node = await startNode();
  manage = { credentials: postgresCredentials(node.pool), clock: { now: () => new Date() } };
});
afterAll(() => node?.stop());

const SCOPED = ['credentials:rotate', 'events:read'];
async function made(wish: Partial<NewCredential> = {}, of = owner(ESEMPIO)) {
  const full = { kind: 'api-key', name: 'Gestionale di prova', scopes: SCOPED, ...wish } as const;
  const done = await createCredential(of, full, 'prova', manage);
  if (!done.ok) throw new Error(done.problem.message);
  return { id: done.value.credential.id, key: done.value.key ?? '', ask: caller(node.origin, done.value.key) };
}
const keyed = (key: string, body: object = {}) => ({ headers: { 'idempotency-key': key }, body });
const rotate = (ask: ReturnType<typeof caller>, key: string = crypto.randomUUID(), body: object = {}) =>
  ask('POST', '/credentials/self/rotation', keyed(key, body));
const self = (key: string) => caller(node.origin, key)('GET', '/credentials/self');

describe('a client that changes its own key', () => {
  it('sees what it has', async () => {
    const { id, ask } = await made();
    const { status, json } = await ask('GET', '/credentials/self');
    expect(status).toBe(200);
    expect(json).toEqual({
      ...{ id, client: id, aoo: ESEMPIO, name: 'Gestionale di prova', kind: 'api-key', scopes: SCOPED, requires: [] },
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
    });
  });

  it('gets a new one with the same scopes and no longer a life; both are good', async () => {
    const expires = new Date(Date.now() + 30 * DAY_MS);
    const { id, key, ask } = await made({ expires });
    const lifeOf = ({ createdAt, expiresAt }: { createdAt: string; expiresAt: string }) =>
      Date.parse(expiresAt) - Date.parse(createdAt);
    const life = lifeOf((await self(key)).json);
    expect(life / DAY_MS).toBeCloseTo(30, 2);
    const { status, json } = await rotate(ask, crypto.randomUUID(), { overlapDays: 2 });
    expect(status).toBe(200);
    expect(json.key).toMatch(new RegExp(`^ipk_${json.id}_[0-9a-f]{64}$`));
    const fresh = (await self(json.key)).json;
    expect(fresh).toMatchObject({ id: json.id, client: id, aoo: ESEMPIO, scopes: SCOPED, expiresAt: json.expiresAt });
    expect(lifeOf(fresh)).toBe(life);
    const before = (await self(key)).json;
    expect(before).toMatchObject({ id, expiresAt: json.previousUntil });
    expect(Date.parse(before.expiresAt) - Date.parse(fresh.createdAt)).toBe(2 * DAY_MS);
  });

  it('hears the same answer again under its key, also at the same moment; for another wish it is refused', async () => {
    const { ask } = await made();
    const key = crypto.randomUUID();
    const [one, two] = await Promise.all([rotate(ask, key), rotate(ask, key)]);
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(two.json).toEqual(one.json);
    // As the new key itself, too: it is the same client.
    expect((await rotate(caller(node.origin, one.json.key), key)).json).toEqual(one.json);
    expect((await rotate(ask, key)).json).toEqual(one.json);
    expect((await rotate(ask, key, { overlapDays: 3 })).json).toMatchObject({ code: 'idempotency-key-reused' });
    const elsewhere = await made({}, owner(PROVARIA));
    expect((await rotate(elsewhere.ask, key)).json.key).not.toBe(one.json.key);
  });

  it('has one successor: one that was never used is replaced, one in use is not', async () => {
    const { key, ask } = await made();
    const unheard = (await rotate(ask)).json;
    const heard = (await rotate(ask)).json;
    expect((await self(unheard.key)).json).toMatchObject({ code: 'credential-revoked' });
    expect(Date.parse(heard.expiresAt) - Date.now()).toBeGreaterThan(364 * DAY_MS);
    expect((await self(heard.key)).status).toBe(200);
    await expect.poll(async () => (await manage.credentials.byId(heard.id))?.lastUsedAt).not.toBeNull();
    expect(await rotate(ask)).toMatchObject({ status: 409, json: { code: 'credential-rotated' } });
    expect((await self(key)).status).toBe(200);
    expect((await rotate(caller(node.origin, heard.key))).status).toBe(200);
  });

  it('is out with all keys it made for itself when the first one is revoked', async () => {
    const { id, ask } = await made();
    const second = (await rotate(ask)).json;
    const third = (await rotate(caller(node.origin, second.key))).json;
    const other = await made({ client: id });
    await revokeCredential(owner(ESEMPIO), id, 'prova', manage);
    for (const { key } of [second, third])
      await expect.poll(async () => (await self(key)).json.code).toBe('credential-revoked');
    expect((await self(other.key)).status).toBe(200);
  });

  it('leaves its trace in the audit chain, and its secret nowhere', async () => {
    const { id, ask } = await made();
    const { json } = await rotate(ask);
    const { rows } = await node.pool.query<{ content: string }>('select content from audit where aoo = $1', [ESEMPIO]);
    const entry = rows.map(({ content }) => content).find((content) => content.includes(`"replaces":"${id}"`)) ?? '';
    expect(JSON.parse(entry)).toMatchObject({ action: 'credential-rotated', subject: json.id });
    expect(entry).toContain(`credential:${id}`);
    const answers = await node.pool.query('select answer from command_answer');
    const credentials = await node.pool.query('select * from credential');
    const kept = JSON.stringify([rows, answers.rows, credentials.rows]);
    expect(kept).not.toContain(json.key.slice(-64));
    expect(kept).toContain(json.id);
  });

  it.each([
    ['no days', { overlapDays: 0 }],
    ['too many', { overlapDays: 91 }],
    ['more than is asked for', { scopes: ['node:admin'] }],
  ])('does not get %s', async (_what, body) => {
    const { ask } = await made();
    expect(await rotate(ask, crypto.randomUUID(), body)).toMatchObject({ status: 400, json: { code: 'bad-request' } });
  });

  it('of another node changes its own too; who administers the node has none here', async () => {
    const scopes = ['visura:read', 'credentials:rotate'];
    const { ask, id } = await made({ scopes }, owner(aooId('c_altrove', 'AOO1'), { external: true }));
    const { json } = await rotate(ask);
    expect((await self(json.key)).json).toMatchObject({ client: id, aoo: 'c_altrove/AOO1', scopes });
    const admin = caller(node.origin, NODE_TOKEN);
    expect((await admin('GET', `/credentials/self?aoo=${ESEMPIO}`)).status).toBe(404);
    expect((await admin('POST', `/credentials/self/rotation?aoo=${ESEMPIO}`, { body: {} })).status).toBe(404);
  });
});
