import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../../src/adapters/logger.ts';
import { readinessOf } from '../../../../src/entrances/http/node/readiness.ts';
import { buildServer, PREFIX } from '../../../../src/entrances/http/server.ts';
import { problem } from '../../../../src/kernel/problems.ts';
import type { ServiceStatus, Views } from '../../../../src/service/queries/views.ts';
import { AS_ADMINISTRATOR, NODE_TOKEN } from '../../../support/node-token.ts';
import { depsOfAllRoutes } from '../deps-of-all-routes.ts';
import { nothingLost } from '../nothing-lost.ts';

const at = '2026-11-22T10:00:00.000Z';

describe('how the service fares', () => {
  const lost: string[] = [];
  let server: FastifyInstance;
  let status: ServiceStatus | null = null;
  beforeAll(async () => {
    const deps = depsOfAllRoutes();
    const views: Partial<Views> = { status: async () => status ?? Promise.reject(new Error('connect ECONNREFUSED')) };
    server = await buildServer({
      ...deps,
      views: { ...deps.views, ...views } as Views,
      token: NODE_TOKEN,
      log: openLogger('silent'),
      now: () => new Date(at),
      beforeRoutes: (root) => nothingLost(root, lost),
    });
  });
  afterAll(() => server.close());
  const get = (path: string, headers: Readonly<Record<string, string>> = AS_ADMINISTRATOR) =>
    server.inject({ url: path, headers });

  it('is ready as long as it can work at all, and names what is sick meanwhile', async () => {
    const ready = async (next: ServiceStatus | null) => {
      status = next;
      const answer = await get('/health/ready');
      const { status: said, faults = [] } = answer.json();
      return [answer.statusCode, answer.headers['retry-after'], said, faults];
    };
    const well = [200, undefined, 'ok', []];
    const degraded = (...faults: string[]) => [200, undefined, 'degraded', faults];
    const unread = 'La casella protocollo@pec.esempio.example.it non viene letta da 360 secondi.';
    const sick = healthy(3, '2026-11-22T09:54:00.000Z');
    const failing = (aoo: string, oldestSeconds: number) => ({ aoo, queued: 1, oldestSeconds, lastError: 'rifiuta' });
    const late = (...offices: ReturnType<typeof failing>[]) => ({
      ...NO_OUTBOX,
      queued: 1,
      oldestSeconds: 901,
      failing: offices,
    });
    expect(await ready(healthy(0))).toEqual(well);
    // A fault that has just come passes by itself.
    expect(await ready(healthy(1))).toEqual(well);
    expect(await ready({ ...sick, mailboxes: [...healthy(0).mailboxes, ...sick.mailboxes] })).toEqual(degraded(unread));
    expect(await ready(sick)).toEqual(degraded(unread));
    expect(await ready(healthy(3, null))).toEqual(
      degraded('La casella protocollo@pec.esempio.example.it non viene letta.'),
    );
    const [one, two] = [failing('c_esempio/AESEMP1', 901), failing('c_provaria/APROVA1', 20)];
    const unsent = "Ufficio c_esempio/AESEMP1: un messaggio attende l'invio da 901 secondi.";
    expect(await ready({ ...healthy(0), outbox: late(one, two) })).toEqual(degraded(unsent));
    expect(await ready({ ...healthy(0), outbox: late(two) })).toEqual(
      degraded("Un messaggio attende l'invio da 901 secondi."),
    );
    // Nothing comes in and nothing goes out; or nobody knows.
    expect(await ready({ ...sick, outbox: late(one) })).toEqual([503, '10', 503, [unsent, unread]]);
    expect(await ready(null)).toEqual([503, '10', 503, ['La base di dati non risponde.']]);
    expect((await get('/health/live')).json()).toEqual({ status: 'ok' });
  });

  it('is said by /status with 200 and problem+json, whole, under the versioned path too', async () => {
    for (const path of ['/status', `${PREFIX}/status`]) {
      status = null;
      const away = await get(path);
      expect(away.statusCode).toBe(200);
      expect(away.headers['content-type']).toContain('application/problem+json');
      expect(away.json()).toMatchObject({ status: 200, faults: ['La base di dati non risponde.'] });
      status = healthy(2);
      const { mailboxes, ...rest } = (await get(path)).json();
      expect(mailboxes).toEqual(status.mailboxes);
      expect(rest).toMatchObject({ title: 'Servizio con anomalie', messages: status.messages });
    }
    await get(`${PREFIX}/problems`);
    expect(lost).toEqual([]);
  });

  it('is told to anybody without names, addresses and what servers said', async () => {
    const failing = [{ aoo: 'c_esempio/AESEMP1', queued: 1, oldestSeconds: 15, lastError: 'rifiuta' }];
    status = { ...healthy(2), outbox: { ...NO_OUTBOX, failing }, messages: { waiting: 1, failed: 2, forAPerson: 3 } };
    expect((await get('/status', {})).json()).toEqual({
      title: 'Servizio con anomalie',
      status: 200,
      detail:
        "Caselle che non vengono lette: 1. Uffici con messaggi che attendono l'invio: 1. " +
        'Messaggi conservati ma non elaborati, da controllare: 2 (interpro retry --all).',
      faults: [
        'Caselle che non vengono lette: 1.',
        "Uffici con messaggi che attendono l'invio: 1.",
        'Messaggi conservati ma non elaborati, da controllare: 2 (interpro retry --all).',
      ],
    });
    status = healthy(0);
    expect((await get('/status', {})).json()).toEqual({ title: 'OK', status: 200, faults: [] });
    // Who shows a wrong token is told so.
    expect((await get('/status', { authorization: 'Bearer qualcosa' })).statusCode).toBe(401);
  });

  it('is not ready, and says so, where the document store cannot be written to', async () => {
    let writable = false;
    const storage = () => (writable ? Promise.resolve() : Promise.reject(new Error('EACCES')));
    const sentence = problem('storage-unavailable').message;
    const readiness = readinessOf({ status: async () => healthy(0) }, storage);
    expect(await readiness.storageFault()).toBe(sentence);
    writable = true;
    // Whoever asks at the same moment does not ask the disk again.
    expect(await readiness.storageFault()).toBe(sentence);
    expect(await readinessOf({ status: async () => healthy(0) }, storage).storageFault()).toBeNull();
    writable = false;
    const full = await buildServer({
      ...depsOfAllRoutes(),
      views: { status: async () => healthy(0) } as unknown as Views,
      token: NODE_TOKEN,
      log: openLogger('silent'),
      storage,
    });
    expect((await full.inject('/status')).json().faults).toEqual([sentence]);
    const ready = await full.inject('/health/ready');
    expect([ready.statusCode, ready.json().faults]).toEqual([503, [sentence]]);
    await full.close();
  });

  it('tells what was wrong from the beginning as long as it runs, also without a database', async () => {
    const lasting = await buildServer({
      ...depsOfAllRoutes(),
      views: { status: () => Promise.reject(new Error('away')) } as unknown as Views,
      token: NODE_TOKEN,
      log: openLogger('silent'),
      startFaults: ['INTERPRO_TRUST: vuoto.pem: certificato non leggibile.'],
    });
    for (const path of ['/status', `${PREFIX}/status`])
      expect((await lasting.inject({ url: path, headers: AS_ADMINISTRATOR })).json()).toMatchObject({
        title: 'Servizio con anomalie',
        faults: ['INTERPRO_TRUST: vuoto.pem: certificato non leggibile.', 'La base di dati non risponde.'],
      });
    expect((await lasting.inject('/status')).json().faults).toEqual([
      'Anomalie della configurazione: 1.',
      'La base di dati non risponde.',
    ]);
    await lasting.close();
  });

  it('names each mailbox, each office whose mail does not leave, and a clock that is wrong', async () => {
    const faults = async (next: ServiceStatus) => {
      status = next;
      return (await get('/status')).json().faults;
    };
    expect(await faults({ ...healthy(1), clockAheadSeconds: -29 })).toEqual([
      'La casella protocollo@pec.esempio.example.it non viene letta (un tentativo): connect ETIMEDOUT 10.0.0.1.',
    ]);
    const failing = [
      { aoo: 'c_esempio/AESEMP1', queued: 1, oldestSeconds: 15, lastError: 'Il gestore rifiuta la casella.' },
      { aoo: 'c_provaria/APROVA1', queued: 2, oldestSeconds: 20, lastError: 'Non si raggiunge' },
    ];
    const outbox = { queued: 4, oldestSeconds: 20, lastError: 'Non si raggiunge', failing };
    expect(await faults({ ...healthy(0), outbox, clockAheadSeconds: 45 })).toEqual([
      "Ufficio c_esempio/AESEMP1: un messaggio attende l'invio da 15 secondi: Il gestore rifiuta la casella.",
      "Ufficio c_provaria/APROVA1: 2 messaggi attendono l'invio da 20 secondi: Non si raggiunge.",
      "L'orologio di questa macchina è 45 secondi avanti rispetto a quello della base di dati: sincronizzarli (NTP).",
    ]);
    expect(lost).toEqual([]);
  });
});

const NO_OUTBOX: ServiceStatus['outbox'] = { queued: 0, oldestSeconds: 0, lastError: null, failing: [] };
const healthy = (failures: number, lastSuccess: string | null = at): ServiceStatus => ({
  mailboxes: [
    {
      aoo: 'c_esempio/AESEMP1',
      mailbox: 'protocollo@pec.esempio.example.it',
      lastSuccess,
      failures,
      lastError: failures === 0 ? null : 'connect ETIMEDOUT 10.0.0.1',
    },
  ],
  outbox: NO_OUTBOX,
  messages: { waiting: 0, failed: 0, forAPerson: 0 },
  stopped: [],
  clockAheadSeconds: 0,
});
