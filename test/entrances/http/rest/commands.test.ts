/** Commands: once however often they are sent, for the state that was read, and never half. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answered, freshKey, type Json, until, uploaded } from '../../../support/node.ts';
import { GOLDEN } from '../golden-routes.ts';
import { commandsOf, OFFICE, openStage, readyToSend, type Shown, type Stage, type Who } from './command-stage.ts';

let on: Stage;
beforeAll(async () => {
  on = await openStage();
});
afterAll(() => on?.stop());

/** Operations by the table of routes: those that take a key, and those that understand If-Match. */
const IDS: Readonly<Record<string, string>> = {
  'POST ~/credentials/self/rotation': 'rotateOwnCredential',
  'POST ~/exchanges/:id/resend': 'resendMessage',
  'POST ~/incoming-messages/:id/closure': 'closeIncomingMessage',
  'POST ~/incoming-messages/:id/confirmation': 'confirmIncomingMessage',
  'POST ~/incoming-messages/:id/hand-over': 'handOverIncomingMessage',
  'POST ~/incoming-messages/:id/refusal': 'refuseIncomingMessage',
  'POST ~/incoming-messages/:id/registration': 'registerIncomingMessage',
  'POST ~/incoming-messages/:id/taking': 'takeIncomingMessage',
  'POST ~/index/imports': 'importIndex',
  'POST ~/index/layer': 'setLayer',
  'POST ~/index/messages': 'announceChange',
  'POST ~/index/messages/:messageId/decision': 'decideAnnouncement',
  'POST ~/outgoing-messages': 'submitMessage',
  'POST ~/outgoing-messages/with-documents': 'submitMessageWithDocuments',
  'POST ~/registrations/:register/:year/:number/annulment': 'annulRegistration',
  'POST ~/registrations/:register/:year/:number/changes': 'changeRegistration',
  'POST ~/tasks/:id/closure': 'closeTask',
  'POST ~/uploads': 'openUpload',
  'DELETE ~/uploads/:id': 'cancelUpload',
  'DELETE ~/webhooks/:id': 'removeWebhook',
  'POST ~/webhooks': 'createWebhook',
  'POST ~/webhooks/:id/deliveries/:delivery/replay': 'replayWebhookDelivery',
  'POST ~/webhooks/:id/deliveries/replay': 'replayWebhookDeliveries',
  'POST ~/webhooks/:id/pause': 'pauseWebhook',
  'POST ~/webhooks/:id/resume': 'resumeWebhook',
  'POST ~/webhooks/:id/secret': 'rotateWebhookSecret',
  'POST ~/webhooks/:id/test': 'testWebhook',
};
const idsWith = (mark: RegExp): readonly string[] =>
  GOLDEN.filter(({ marks }) => marks.some((one) => mark.test(one))).map(({ method, url }) => {
    const id = IDS[`${method} ${url}`];
    if (id === undefined) throw new Error(`${method} ${url} is new: name its operation`);
    return id;
  });

function shownAs(id: string): Shown {
  const shown = commandsOf(on).find((one) => one.id === id);
  if (shown === undefined) throw new Error(`${id} is not documented`);
  return shown;
}
const prepared = (id: string) => readyToSend(on, shownAs(id), shownAs(id).examples[0]);
const seen = ({ status, headers, json }: Answered): Json => ({
  status,
  etag: headers.get('etag'),
  location: headers.get('location'),
  json: json && { ...json, instance: undefined },
});
const done = (answer: Answered, id: string): void =>
  expect(shownAs(id).statuses, `${answer.status} ${answer.bytes}`).toContain(String(answer.status));
const code = ({ status, json }: Answered) => [status, json?.code];
/** What commands make at an office. What arrives there meanwhile makes none of it: nobody writes to the first one, the third one's system numbers. */
const OF_OFFICES = [
  ...['registration', 'registration_document', 'registration_annulment', 'registration_change'],
  ...['webhook', 'upload'],
];
const OF_THE_INDEX = ['index_import', 'index_layer', 'index_message', 'index_feed'];
async function made(who: Who): Promise<Json> {
  const counts = [
    ...OF_OFFICES.map((table) => `(select count(*)::int from ${table} where aoo = $1) as ${table}`),
    ...OF_THE_INDEX.map((table) => `(select count(*)::int from ${table}) as ${table}`),
  ];
  return (await on.node.pool.query(`select ${counts.join(', ')}`, [OFFICE[who]])).rows[0];
}

/** What is not waited for while it goes on: the other one hears that it does. */
const UNDER_WAY: Readonly<Record<string, string>> = {
  testWebhook: 'command-in-progress',
  importIndex: 'index-busy',
};

describe('an Idempotency-Key', () => {
  it.each(idsWith(/^key/))('%s', async (id) => {
    const { who, send } = await prepared(id);
    const key = { 'idempotency-key': freshKey() };
    const required = shownAs(id).headers.includes('idempotency-key');
    if (required)
      expect(code(await send(on[who], { 'idempotency-key': '' }))).toEqual([400, 'idempotency-key-required']);
    expect(code(await send(on[who], { 'idempotency-key': 'è una chiave' }))).toEqual([400, 'idempotency-key-invalid']);
    expect(code(await send(on[who], { 'idempotency-key': 'x'.repeat(101) }))).toEqual([400, 'idempotency-key-invalid']);

    const [first, second] = await Promise.all([send(on[who], key), send(on[who], key)]);
    if (id in UNDER_WAY && (first.status === 409) !== (second.status === 409))
      expect(code(first.status === 409 ? first : second)).toEqual([409, UNDER_WAY[id]]);
    else expect(seen(second)).toEqual(seen(first));
    const answer = first.status === 409 ? second : first;
    done(answer, id);
    const before = await made(who);
    expect(seen(await send(on[who], key))).toEqual(seen(answer));
    expect(await made(who)).toEqual(before);

    // Of another client the key is another key: its request is looked at for itself.
    const theirs = await send(await on.colleague(who), key);
    const kept = await on.node.pool.query(
      `select client from command_answer where key = $1 union all select client from index_command_answer where key = $1`,
      [key['idempotency-key']],
    );
    expect(theirs.json?.code).not.toBe('idempotency-key-reused');
    expect(kept.rowCount).toBe(theirs.status < 400 ? 2 : 1);

    // Another request under the key: another body, another thing.
    if (shownAs(id).type === 'application/json') {
      const other = await send(on[who], key, OTHERWISE[id] ?? { reason: 'Per un altro motivo.' });
      expect(code(other)).toEqual([409, 'idempotency-key-reused']);
    }
    const elsewhere = await prepared('takeIncomingMessage');
    if (who === 'esterno') expect(code(await elsewhere.send(on.esterno, key))).toEqual([409, 'idempotency-key-reused']);
  });

  const OTHERWISE: Readonly<Record<string, object>> = {
    submitMessage: { subject: 'Un altro oggetto' },
    registerIncomingMessage: { office: 'Un altro ufficio' },
    changeRegistration: { office: 'Un altro ufficio' },
    rotateOwnCredential: { overlapDays: 30 },
    createWebhook: { types: ['closed'] },
    closeTask: { outcome: 'In altro modo.' },
    openUpload: { name: 'altra.pdf' },
    decideAnnouncement: { why: 'Per un altro motivo.' },
  };

  it('is free again where the command was refused: what was in its way may go', async () => {
    const { send, path } = await prepared('takeIncomingMessage');
    const at = path.replace('/taking', '');
    const { version } = (await on.esterno('GET', at)).json;
    const key = { 'idempotency-key': freshKey() };
    for (const times of [1, 2])
      expect(code(await send(on.esterno, { ...key, 'if-match': '"99"' })), `${times}`).toEqual([
        412,
        'version-conflict',
      ]);
    const taken = await send(on.esterno, { ...key, 'if-match': `"${version}"` });
    expect(taken.status).toBe(200);
    // From now on it is this answer's, whatever was read.
    expect(seen(await send(on.esterno, { ...key, 'if-match': '"99"' }))).toEqual(seen(taken));

    const again = { headers: { 'idempotency-key': freshKey() } };
    const confirmed = () => on.esterno('POST', `${at}/confirmation`, again);
    expect(code(await confirmed())).toEqual([409, 'state-conflict']);
    const registration = { number: 77_000, date: '2026-03-02', time: '10:00:00' };
    const body = { registration, confirm: false };
    expect((await on.esterno('POST', `${at}/registration`, { body })).status).toBe(200);
    const [one, two] = await Promise.all([confirmed(), confirmed()]);
    expect([one.status, seen(two)]).toEqual([200, seen(one)]);
  });

  it('is for a body, however its names are ordered', async () => {
    const { path } = await prepared('takeIncomingMessage');
    const registration = { number: 77_001, date: '2026-03-02', time: '10:00:00' };
    const at = { headers: { 'idempotency-key': freshKey() } };
    const to = path.replace('/taking', '/registration');
    const one = await on.esterno('POST', to, { ...at, body: { registration, office: 'Ufficio Tecnico' } });
    const again = await on.esterno('POST', to, { ...at, body: { office: 'Ufficio Tecnico', registration } });
    expect([one.status, seen(again)]).toEqual([200, seen(one)]);
  });

  it('has its answer also when what was sent with it is no longer there, and the index says otherwise', async () => {
    const document = await uploaded(on.esempio, 'delibera.txt', 'Delibera');
    const sent = { subject: 'Una volta', recipients: [{ to: 'c_provaria' }], documents: [document] };
    const headers = { 'idempotency-key': freshKey() };
    const send = (body: object) => on.esempio('POST', '/outgoing-messages', { headers, body });
    const first = await send(sent);
    expect(first.status).toBe(201);
    const ceased = (day: string | null) =>
      on.node.pool.query(
        `update index_entry set valid_to = $1, to_basis = case when $1::date is null then null else 'declared' end
          where body_key = 'c_provaria' and kind in ('aoo', 'body')`,
        [day],
      );
    await ceased('2099-01-01');
    try {
      expect(seen(await send(sent))).toEqual(seen(first));
      expect(code(await send({ ...sent, subject: 'Altro' }))).toEqual([409, 'idempotency-key-reused']);
      expect((await on.esempio('DELETE', `/uploads/${document}`)).status).toBe(204);
      expect(seen(await send(sent))).toEqual(seen(first));
      expect(code(await send({ ...sent, subject: 'Altro' }))).toEqual([409, 'idempotency-key-reused']);
    } finally {
      await ceased(null);
    }
  });

  it('answers as it did, whatever has become since of what was made', async () => {
    const again = (method: string, path: string, body?: object) => {
      const headers = { 'idempotency-key': freshKey() };
      const ask = method === 'DELETE' || path.startsWith('/uploads') ? on.esempio : on.admin;
      return () => ask(method, path, { headers, ...(body !== undefined && { body }) });
    };
    const open = again('POST', '/uploads', { name: 'atto.txt', mediaType: 'text/plain', size: 4 });
    const opened = await open();
    const path = `/uploads/${opened.json.id}`;
    const bytes = { body: Buffer.from('Atto'), headers: { 'content-type': 'text/plain' } };
    expect((await on.esempio('PUT', `${path}/content`, bytes)).json).toMatchObject({ state: 'complete' });
    expect(seen(await open())).toEqual(seen(opened));
    const cancel = again('DELETE', path);
    expect((await cancel()).status).toBe(204);
    expect((await cancel()).status).toBe(204);
    expect(code(await on.esempio('DELETE', path))).toEqual([404, 'upload-unknown']);
    expect(seen(await open())).toEqual(seen(opened));
    expect(opened.json).toMatchObject({ state: 'open', received: 0 });

    const said = { body: 'c_esempio', author: 'Ufficio', reason: 'Prova.' };
    const changes = [{ field: 'contact', value: 'urp@example.it', validFrom: '2026-03-02' }];
    const announce = again('POST', '/index/messages', { ...said, changes, messageId: crypto.randomUUID() });
    const announced = await announce();
    expect([announced.status, announced.json.state]).toEqual([201, 'received']);
    const decide = again('POST', `/index/messages/${announced.json.messageId}/decision`, {
      ...{ state: 'accepted', by: 'Ufficio', why: 'Verificato.' },
    });
    const [decided, twice] = [await decide(), await decide()];
    expect([decided.json.state, seen(twice)]).toEqual(['accepted', seen(decided)]);
    expect(seen(await announce())).toEqual(seen(announced));
    const set = again('POST', '/index/layer', { ...said, changes });
    const first = await set();
    const withdrawn = [{ field: 'contact', validFrom: '2026-03-02' }];
    expect((await on.admin('POST', '/index/layer', { body: { ...said, changes: withdrawn } })).status).toBe(200);
    expect(seen(await set())).toEqual(seen(first));
  });

  it.each([
    'submitMessage',
    'takeIncomingMessage',
    'openUpload',
    'removeWebhook',
    'replayWebhookDelivery',
    'setLayer',
    'decideAnnouncement',
    'importIndex',
  ])(
    '%s: where the database goes away before the answer is kept, nothing is done, and the same again does it',
    async (id) => {
      const { who, send } = await prepared(id);
      const key = { 'idempotency-key': freshKey() };
      const before = await made(who);
      const held = await on.node.pool.connect();
      let lost: Answered;
      try {
        await held.query('set role none');
        await held.query('begin');
        await held.query('lock table command_answer, index_command_answer in share mode');
        const asked = send(on[who], key);
        await until('it waits to keep its answer', async () => {
          const { rows } = await held.query(
            `select pg_terminate_backend(pid) from pg_locks
            where not granted and relation in ('command_answer'::regclass, 'index_command_answer'::regclass)`,
          );
          return rows.length > 0;
        });
        lost = await asked;
        await held.query('rollback');
      } finally {
        held.release(true);
      }
      expect(lost.status, `${lost.bytes}`).toBeGreaterThanOrEqual(500);
      expect(await made(who)).toEqual(before);
      const first = await send(on[who], key);
      done(first, id);
      const after = await made(who);
      expect(seen(await send(on[who], key))).toEqual(seen(first));
      expect(await made(who)).toEqual(after);
    },
  );

  it('of an import is for one file', async () => {
    const key = freshKey();
    const send = (body: string, query = '') =>
      on.admin('POST', `/index/imports${query}`, {
        body,
        headers: { 'content-type': 'text/csv', 'idempotency-key': key },
      });
    const head = 'Codice_categoria,Nome_categoria,Tipologia_categoria\n';
    const one = `${head}L6,Comuni e loro Consorzi,Pubbliche Amministrazioni\n`;
    const count = async () => Number((await on.node.pool.query('select count(*) from index_import')).rows[0].count);
    // Refused whole: the key is free.
    expect(code(await send(head))).toEqual([400, 'index-empty']);
    const first = await send(one, '?partial=true');
    expect([first.status, first.json.outcome]).toEqual([201, 'applied']);
    const before = await count();
    expect(seen(await send(one, '?partial=true'))).toEqual(seen(first));
    expect(code(await send(one.replace('Comuni', 'Borghi'), '?partial=true'))).toEqual([409, 'idempotency-key-reused']);
    expect(code(await send(one))).toEqual([409, 'idempotency-key-reused']);
    expect(await count()).toBe(before);
    const body = { body: 'c_esempio', author: 'Ufficio', reason: 'Prova.' };
    const changes = [{ field: 'contact', value: 'a@example.it', validFrom: '2026-03-02' }];
    const layer = { headers: { 'idempotency-key': key }, body: { ...body, changes } };
    expect(code(await on.admin('POST', '/index/layer', layer))).toEqual([409, 'idempotency-key-reused']);
    const fresh = { headers: { 'idempotency-key': freshKey() }, body: { ...body, changes } };
    expect((await on.admin('POST', '/index/layer', fresh)).status).toBe(200);
    const headers = { ...fresh.headers, 'content-type': 'text/csv' };
    expect(code(await on.admin('POST', '/index/imports', { body: one, headers }))).toEqual([
      409,
      'idempotency-key-reused',
    ]);
  });

  it('twenty at once: one number is taken', async () => {
    const { send } = await prepared('submitMessage');
    const before = await made('esempio');
    const key = { 'idempotency-key': freshKey() };
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(on.esempio, key)));
    expect(new Set(answers.map((answer) => JSON.stringify(seen(answer)))).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    const after = await made('esempio');
    expect(after.registration).toBe(before.registration + 1);
    // No number is lost either.
    expect(Number(answers[0]?.json.registration.number)).toBe(after.registration);
  });
});

describe('If-Match', () => {
  it.each(idsWith(/^match/))('%s', async (id) => {
    const { who, send } = await prepared(id);
    const before = await made(who);
    for (const stale of ['"99999"', 'W/"1"', '"altro"'])
      expect(code(await send(on[who], { 'if-match': stale })), stale).toEqual([412, 'version-conflict']);
    for (const wrong of ['1', '"', '"1";'])
      expect(code(await send(on[who], { 'if-match': wrong })), wrong).toEqual([400, 'if-match-invalid']);
    expect(await made(who)).toEqual(before);
    const registration = { number: 78_001, date: '2026-03-02', time: '10:00:00' };
    const more = id === 'registerIncomingMessage' ? { registration } : {};
    const answer = await send(on[who], { 'if-match': '*' }, more);
    done(answer, id);
    expect(answer.headers.get('etag')).toMatch(/^"\d+"$/);
  });
});

describe('two who decide at once', () => {
  it('about the same state: one of them does, the other hears that it has changed', async () => {
    const { path } = await prepared('takeIncomingMessage');
    const at = path.replace('/taking', '');
    const { version } = (await on.esterno('GET', at)).json;
    const headers = { 'if-match': `"${version}"` };
    const answers = await Promise.all(
      ['taking', 'refusal', 'hand-over', 'closure'].map((how) =>
        on.esterno('POST', `${at}/${how}`, { headers, body: { reason: 'Deciso.' } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    const winner = answers.find(({ status }) => status === 200);
    expect((await on.esterno('GET', at)).json.version).toBeGreaterThanOrEqual(winner?.json.version);
  });
});

it('no schema of an answer dropped anything, and every refusal was one the route tells of', () => {
  expect(on.node.lost).toEqual([]);
  expect([...on.node.undeclared]).toEqual([]);
});
