import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../src/adapters/logger.ts';
import { etagOf, ifMatchOf, isExpected, isKnown } from '../../../src/entrances/http/etag.ts';
import { canonical } from '../../../src/entrances/http/idempotency.ts';
import { readinessOf } from '../../../src/entrances/http/node/readiness.ts';
import { operation } from '../../../src/entrances/http/operation.ts';
import { fromCursor, toCursor } from '../../../src/entrances/http/paging.ts';
import { closed, held } from '../../../src/entrances/http/schemas.ts';
import { buildServer, PREFIX } from '../../../src/entrances/http/server.ts';
import { problem } from '../../../src/kernel/problems.ts';
import type { ServiceStatus, Views } from '../../../src/service/queries/views.ts';
import { everyDoor } from './every-door.ts';
import { nothingLost } from './nothing-lost.ts';

describe('ETags', () => {
  const expected = (header?: string) => {
    const read = ifMatchOf({ headers: header === undefined ? {} : { 'if-match': header } });
    return read.ok ? read.value : read.problem.code;
  };

  it('name versions, and commands are for those they name', () => {
    expect(etagOf(7)).toBe('"7"');
    expect(expected()).toBeNull();
    expect(expected('*')).toBe('*');
    expect(expected('"7"')).toEqual(new Set([7]));
    expect(expected('"7" , "8"')).toEqual(new Set([7, 8]));
    // What others may send in a list (section 5.6.1): nothing between two commas, tags with a comma in them.
    expect(expected(',"7",, "8" ,')).toEqual(new Set([7, 8]));
    expect(expected('"a,b", "7", "è"')).toEqual(new Set([7]));
    expect(expected('W/"7", "8"')).toEqual(new Set([8]));
    // Compared strongly (RFC 9110 section 13.1.1): a weak tag is the tag of nothing.
    expect(expected('W/"7"')).toEqual(new Set());
    expect(expected('"abc"')).toEqual(new Set());
    for (const wrong of [
      '7',
      '"7',
      '',
      ',',
      '"7";"8"',
      '"7" "8"',
      '"7"8',
      '*, "7"',
      '"a b"',
      Array(30).fill('"1"').join(),
    ])
      expect(expected(wrong)).toBe('if-match-invalid');
    expect([isExpected(null, 7), isExpected('*', 7), isExpected(new Set([7]), 7), isExpected(new Set([6]), 7)]).toEqual(
      [true, true, true, false],
    );
  });

  it('spare an answer that the caller has', () => {
    const asked = (header?: string) => {
      const said: unknown[] = [];
      const reply = {
        header: (name: string, value: string) => said.push(name, value),
        code: (status: number) => ({ send: () => said.push(status) }),
      };
      const headers = header === undefined ? {} : { 'if-none-match': header };
      const known = isKnown({ headers } as FastifyRequest, reply as unknown as FastifyReply, 7);
      return [known, ...said];
    };
    expect(asked()).toEqual([false, 'etag', '"7"']);
    expect(asked('"6"')).toEqual([false, 'etag', '"7"']);
    expect(asked('W/"7"')).toEqual([true, 'etag', '"7"', 304]);
    expect(asked('"5", "a,b",, W/"7"')).toEqual([true, 'etag', '"7"', 304]);
    expect(asked('"7" "8"')).toEqual([false, 'etag', '"7"']);
    expect(asked('*')).toEqual([true, 'etag', '"7"', 304]);
  });
});

describe('cursors', () => {
  it('are read as they were given, and nothing else is', () => {
    const forms = [/^\d{1,15}$/, /^[a-z]+$/];
    expect(fromCursor(toCursor([12, 'abc']), forms)).toEqual(['12', 'abc']);
    for (const forged of [
      '',
      'AAAA',
      toCursor([12]),
      toCursor([12, 'abc', 1]),
      toCursor(['x', 'abc']),
      toCursor([12, "a'--"]),
    ])
      expect(() => fromCursor(forged, forms), forged).toThrow(/cursore/);
  });
});

describe('canonical JSON', () => {
  it('does not mind the order of names, and minds everything else', () => {
    expect(canonical({ b: [1, { d: null, c: 'è' }], a: undefined })).toBe('{"b":[1,{"c":"è","d":null}]}');
    expect(canonical([1, 2])).not.toBe(canonical([2, 1]));
    expect(canonical({ a: '1' })).not.toBe(canonical({ a: 1 }));
  });
});

const at = '2026-11-22T10:00:00.000Z';

describe('how the service fares', () => {
  const lost: string[] = [];
  let server: FastifyInstance;
  let status: ServiceStatus | null = null;
  beforeAll(async () => {
    const { doors } = everyDoor();
    const views: Partial<Views> = { status: async () => status ?? Promise.reject(new Error('connect ECONNREFUSED')) };
    server = await buildServer({
      ...doors,
      views: { ...doors.views, ...views } as Views,
      token: null,
      log: openLogger('silent'),
      now: () => new Date(at),
      watch: (root) => nothingLost(root, lost),
    });
  });
  afterAll(() => server.close());
  const get = (path: string) => server.inject(path);

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

  it('is not ready, and says so, where the document store cannot be written to', async () => {
    let writable = false;
    const storage = () => (writable ? Promise.resolve() : Promise.reject(new Error('EACCES')));
    const sentence = problem('storage-unavailable').message;
    const standing = readinessOf({ status: async () => healthy(0) }, storage);
    expect(await standing.storageFault()).toBe(sentence);
    writable = true;
    // Whoever asks at the same moment does not ask the disk again.
    expect(await standing.storageFault()).toBe(sentence);
    expect(await readinessOf({ status: async () => healthy(0) }, storage).storageFault()).toBeNull();
    writable = false;
    const full = await buildServer({
      ...everyDoor().doors,
      views: { status: async () => healthy(0) } as unknown as Views,
      token: null,
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
      ...everyDoor().doors,
      views: { status: () => Promise.reject(new Error('away')) } as unknown as Views,
      token: null,
      log: openLogger('silent'),
      faults: ['INTERPRO_TRUST: vuoto.pem: certificato non leggibile.'],
    });
    for (const path of ['/status', `${PREFIX}/status`])
      expect((await lasting.inject(path)).json()).toMatchObject({
        title: 'Servizio con anomalie',
        faults: ['INTERPRO_TRUST: vuoto.pem: certificato non leggibile.', 'La base di dati non risponde.'],
      });
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

describe('the watch over what is lost', () => {
  it('finds a member that the schema does not know', async () => {
    const lost: string[] = [];
    const server = await buildServer({
      ...everyDoor().doors,
      token: null,
      log: openLogger('silent'),
      watch: (root) => {
        nothingLost(root, lost);
        const answers = { 200: closed({ known: held(10) }) };
        root.get('/prova', operation({ id: 'try', tag: 'node', access: 'index:read', summary: 'Prova', answers }), () =>
          Promise.resolve({ known: 'a', unknown: 'b' }),
        );
      },
    });
    expect((await server.inject('/prova')).json()).toEqual({ known: 'a' });
    expect(lost).toEqual(['GET /prova 200: /unknown "b" became undefined']);
    await server.close();
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
  clockAheadSeconds: 0,
});
