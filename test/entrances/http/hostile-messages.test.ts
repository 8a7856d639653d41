/** Bad input at every route of the whole wiring: each has its code, and the database is what it was. */

import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCursor } from '../../../src/entrances/http/paging.ts';
import { PROBLEMS, type ProblemCode } from '../../../src/kernel/problems.ts';
import { pictureOf } from '../../support/database-picture.ts';
import {
  type Answered,
  API,
  type Caller,
  caller,
  ESEMPIO,
  freshKey,
  type Json,
  type Node,
  startNode,
  until,
  uploaded,
} from '../../support/node.ts';
import { writtenOut } from '../../support/written-out.ts';

const UUID = '019c0000-0000-7000-8000-00000000dead';
/** A path that fits its form, of something that does not exist. */
const filled = (path: string): string =>
  path
    .replace('{register}', 'PROT')
    .replace('{year}', '2026')
    .replace('{number}', '1')
    .replace('{delivery}', '1')
    .replace('{date}', '2026-03-02')
    .replace('{sha256}', 'f'.repeat(64))
    .replace('{address}', 'a@b.example.it')
    .replace(/\{(id|messageId)\}/, UUID)
    .replace(/\{[a-z]+\}/g, 'x');

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly { name: string; in: string; required?: boolean; schema: Json }[];
  readonly example: Json;
  readonly takesBody: boolean;
}

let node: Node;
let ask: Caller;
let key: string;
let operations: readonly Operation[];
let before: Readonly<Record<string, string>>;
beforeAll(async () => {
  node = await startNode();
  key = await node.key(ESEMPIO);
  ask = caller(node.origin, key);
  const { paths } = writtenOut((await ask('GET', '/openapi.json')).json);
  operations = Object.entries<Json>(paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).flatMap(([method, { parameters = [], requestBody, 'x-scope': scope }]) => {
      if (scope === 'node:admin') return [];
      const shown = requestBody?.content['application/json'];
      const written = shown?.example ?? shown?.examples?.example2?.value ?? null;
      // What is streamed is no JSON, whatever its type says.
      const example = typeof written === 'object' ? written : null;
      const takesBody = requestBody !== undefined;
      return [{ method: method.toUpperCase(), path, parameters, example, takesBody }];
    }),
  );
  before = await pictureOf(node.pool);
});
afterAll(() => node?.stop());

function refused(answer: Answered, codes: readonly ProblemCode[], what: string): void {
  expect(codes, `${what}: ${answer.status} ${answer.bytes.subarray(0, 300)}`).toContain(answer.json?.code);
  expect(answer.status, what).toBe(PROBLEMS[answer.json.code as ProblemCode].http);
  expect(answer.headers.get('content-type'), what).toBe('application/problem+json; charset=utf-8');
  expect(answer.bytes.toString(), what).not.toMatch(/node_modules|\.ts:|select |insert /);
}

const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
const JSON_TYPE = 'application/json';
type Bad = readonly [what: string, make: (example: Json) => string | Uint8Array, code: ProblemCode, type: string];
const BODIES: readonly Bad[] = [
  ['nothing', () => '', 'body-missing', JSON_TYPE],
  ['half of it', (example) => JSON.stringify(example).slice(0, -3), 'body-not-json', JSON_TYPE],
  ['a list', (example) => JSON.stringify([example]), 'bad-request', JSON_TYPE],
  ['a text', () => '"testo"', 'bad-request', JSON_TYPE],
  ['too deep', () => deep, 'body-too-deep', JSON_TYPE],
  ['a name twice', () => '{"reason":"a","reason":"b"}', 'body-duplicate-key', JSON_TYPE],
  ['a name twice, written otherwise', () => '{"reason":"a","re\\u0061son":"b"}', 'body-duplicate-key', JSON_TYPE],
  [
    '__proto__',
    (example) => JSON.stringify(example).replace('{', '{"__proto__":{"admin":true},'),
    'body-forbidden-key',
    JSON_TYPE,
  ],
  ['constructor', (example) => JSON.stringify({ ...example, altro: 1 }), 'bad-request', JSON_TYPE],
  ['no UTF-8', () => Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'body-encoding', JSON_TYPE],
  ['NUL', (example) => JSON.stringify(example).replace(/([:[])"/, '$1"\\u0000'), 'body-forbidden-text', JSON_TYPE],
  ['too large', () => `{"a":"${'x'.repeat(1_100_000)}"}`, 'body-too-large', JSON_TYPE],
  ['too many values', () => `[${'0,'.repeat(30_000)}0]`, 'body-too-many-values', JSON_TYPE],
  ['XML', () => '<a/>', 'body-media-type', 'text/xml'],
];

describe('a body', () => {
  it.each(BODIES)('%s: at every command', async (what, make, code, type) => {
    const commands = operations.filter(({ example }) => example !== null);
    expect(commands.length).toBeGreaterThan(12);
    for (const { method, path, example } of commands) {
      const body = make(example);
      // There is no text in it that could be spoilt.
      if (body === JSON.stringify(example)) continue;
      const answer = await ask(method, filled(path), { body, headers: { 'content-type': type } });
      const also: ProblemCode[] = code === 'body-missing' ? ['body-missing', 'body-not-json'] : [code];
      refused(answer, also, `${what} ${method} ${path}`);
    }
  });

  it('every member of another type is shown where it is', async () => {
    for (const { method, path, example } of operations.filter((one) => one.example !== null)) {
      for (const name of Object.keys(example)) {
        const wrong = typeof example[name] === 'number' ? 'testo' : 4;
        const answer = await ask(method, filled(path), { body: { ...example, [name]: wrong } });
        refused(answer, ['bad-request'], `${method} ${path} ${name}`);
        expect(answer.json.errors[0]).toMatchObject({ in: 'body', pointer: `/${name}` });
      }
    }
  });
});

/** What a person writes, and the segnatura or the register then holds. */
const TEXTS = new Set(['subject', 'reason', 'provision', 'outcome', 'office', 'classification', 'classificationName']);

it('a text that says nothing, or that no segnatura can hold, is shown where it is', async () => {
  let tried = 0;
  for (const { method, path, example } of operations.filter((one) => one.example !== null)) {
    for (const name of Object.keys(example).filter((one) => TEXTS.has(one) && typeof example[one] === 'string')) {
      for (const text of [' ', '\u00a0\ufeff', '\u2003', 'a\uffff', '\ufffe']) {
        const answer = await ask(method, filled(path), { body: { ...example, [name]: text } });
        refused(answer, ['bad-request'], `${method} ${path} ${name} ${JSON.stringify(text)}`);
        expect(answer.json.errors[0]).toMatchObject({ in: 'body', pointer: `/${name}` });
        tried += 1;
      }
    }
  }
  expect(tried).toBeGreaterThan(40);
});

describe('a command without a body', () => {
  it('takes none, whatever the client says of its type, and no other', async () => {
    const bare = operations.filter(({ method, takesBody }) => method !== 'GET' && !takesBody);
    expect(bare.length).toBeGreaterThan(8);
    for (const { method, path } of bare) {
      const send = (body: string) => ask(method, filled(path), { body, headers: { 'content-type': JSON_TYPE } });
      for (const nothing of ['', '{}', ' { } ']) refused(await send(nothing), ['not-found', 'upload-unknown'], path);
      for (const more of ['{"reason":"x"}', '[]', 'null', '"x"']) refused(await send(more), ['bad-request'], path);
      refused(await send('{"a":1,"a":2}'), ['body-duplicate-key'], path);
      refused(await send('{'), ['body-not-json'], path);
      refused(await ask(method, filled(path), { body: 'x' }), ['body-media-type'], path);
    }
  });
});

describe('an address', () => {
  const FORGED = [
    'AAAA',
    toCursor(['x', "'; drop table aoo; --", 1, 2]),
    toCursor([UUID, UUID]),
    '\u0000',
    'x'.repeat(401),
  ];
  it('cursors that were forged, or are of another list', async () => {
    const lists = operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'));
    expect(lists.length).toBeGreaterThanOrEqual(6);
    for (const { method, path } of lists) {
      if (path.includes('{')) continue;
      for (const cursor of FORGED) {
        const answer = await ask(method, `${filled(path)}?cursor=${encodeURIComponent(cursor)}`);
        refused(answer, ['cursor-invalid', 'bad-request'], `${path} ${cursor}`);
      }
    }
  });

  it('numbers outside their bounds, names twice, names that are not known', async () => {
    for (const { method, path, parameters } of operations) {
      const inQuery = parameters.filter((one) => one.in === 'query');
      const wrong = [
        'altro=1',
        ...inQuery
          .filter(({ schema }) => schema.type === 'integer')
          .flatMap(({ name, schema }) => [
            `${name}=-1`,
            `${name}=${schema.maximum + 1}`,
            `${name}=1e400`,
            `${name}=1.5`,
            `${name}=1e0`,
            `${name}=0x1`,
            `${name}=%201`,
            `${name}=1%20`,
            `${name}=%2B1`,
            `${name}=01`,
            `${name}=1.0`,
            `${name}=`,
            `${name}=true`,
            `${name}=null`,
            `${name}=uno`,
            `${name}=1&${name}=2`,
          ]),
      ];
      for (const query of wrong) {
        const answer = await ask(
          method,
          `${filled(path)}?${query}`,
          method === 'GET' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } },
        );
        refused(answer, ['bad-request'], `${method} ${path}?${query}`);
      }
    }
  });

  it('values that are none of a list are told which there are', async () => {
    const lists = operations.flatMap(({ method, path, parameters }) =>
      parameters
        .filter((one) => one.in === 'query' && (one.schema.enum ?? one.schema.items?.enum) !== undefined)
        .map(({ name, schema }) => {
          const needed = parameters.filter((one) => one.in === 'query' && one.required === true && one.name !== name);
          const others = needed.map((one) => `&${one.name}=comune`).join('');
          return { method, path, name, others, values: schema.enum ?? schema.items.enum };
        }),
    );
    expect(lists.map(({ path, name }) => `${path} ${name}`)).toContain('/exchanges state');
    for (const { method, path, name, others, values } of lists.filter((one) => one.method === 'GET')) {
      const answer = await ask(method, `${filled(path)}?${name}=pippo${others}`);
      refused(answer, ['bad-request'], `${path} ${name}`);
      expect(answer.json.errors[0]).toMatchObject({ in: 'query', pointer: name });
      expect(answer.json.errors[0].message).toBe(`il valore non è fra quelli ammessi: ${values.join(', ')}`);
    }
  });

  it('ids that are none', async () => {
    const byId = operations.filter(({ path }) => /\{(id|messageId)\}/.test(path));
    expect(byId.length).toBeGreaterThan(20);
    for (const { method, path, example } of byId) {
      for (const id of ['1', UUID.replace('d', 'g'), `${UUID}0`, "'--", '%00', '..%2f..%2fetc']) {
        const at = filled(path.replace(/\{(id|messageId)\}/, id));
        const answer = await ask(method, at, example === null ? {} : { body: example });
        refused(answer, ['bad-request', 'request-malformed', 'not-found'], `${method} ${at}`);
      }
    }
  });

  it('texts that are none', async () => {
    for (const query of [
      'subject=a%00b',
      'subject=',
      `subject=${'a'.repeat(201)}`,
      'aoo=c_esempio',
      'aoo=%00/x',
      'from=2026-02-30',
    ])
      refused(await ask('GET', `/registrations?${query}`), ['bad-request', 'forbidden-office'], query);
    for (const path of ['/exchanges/%zz', '/mails/%']) refused(await ask('GET', path), ['request-malformed'], path);
  });
});

it('nothing of all this was done', async () => {
  expect(await pictureOf(node.pool)).toEqual(before);
});

describe('a client that goes away', () => {
  const gone = async (text: string): Promise<void> => {
    const socket = connect(Number(new URL(node.origin).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise<void>((done) => socket.write(text, () => done()));
    socket.destroy();
  };
  const head = (path: string, type: string, length: number, more = ''): string =>
    `POST ${API}${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n${more}\r\n`;

  it('in the middle of a message: nothing is registered', async () => {
    const was = await pictureOf(node.pool);
    const idempotency = `Idempotency-Key: ${freshKey()}\r\n`;
    await gone(`${head('/outgoing-messages', 'application/json', 500, idempotency)}{"subject":"a","recipients":[`);
    const start =
      '--confine\r\nContent-Disposition: form-data; name="message"\r\n\r\n{"subject":"a","recipients":[{"to":"c_provaria"}]}\r\n';
    const file = '--confine\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nmetà';
    await gone(
      `${head('/outgoing-messages/with-documents', 'multipart/form-data; boundary=confine', 100_000, idempotency)}${start}${file}`,
    );
    // Another request goes all the way meanwhile, and nothing of theirs is there.
    expect((await ask('GET', '/registrations')).json.items).toEqual([]);
    expect(await pictureOf(node.pool)).toEqual(was);
  });

  it('before it hears the answer: asks again under its key and hears it, and one message was registered', async () => {
    const documents = [await uploaded(ask, 'delibera.txt', 'Delibera')];
    const body = JSON.stringify({ subject: 'Delibera', recipients: [{ to: 'c_provaria' }], documents });
    const idempotency = freshKey();
    await gone(
      `${head('/outgoing-messages', 'application/json', Buffer.byteLength(body), `Idempotency-Key: ${idempotency}\r\n`)}${body}`,
    );
    const headers = { 'idempotency-key': idempotency, 'content-type': 'application/json' };
    const again = await ask('POST', '/outgoing-messages', { body, headers });
    expect(again.status, `${again.bytes}`).toBe(201);
    const sent = await until('it is registered', async () => {
      const { items } = (await ask('GET', '/registrations')).json;
      return items.length > 0 && items;
    });
    expect(sent).toHaveLength(1);
    expect(sent[0].number).toBe(again.json.registration.number);
  });
});

it('every refusal was one the route tells of', () => {
  expect([...node.undeclared]).toEqual([]);
});
