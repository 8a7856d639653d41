import { Type } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyError } from 'fastify';
import { describe, expect, it } from 'vitest';
import { describeValidationError, validateBySchema } from '../../../src/entrances/http/schema-validation.ts';
import {
  closed,
  day,
  int32,
  line,
  listOf,
  oneOf,
  prose,
  timestamp,
  uuid,
} from '../../../src/entrances/http/schemas.ts';

const MANY = Array.from({ length: 300 }, (_, index) => `valore-${index}`);
const Body = closed({
  line: Type.Optional(line(100)),
  prose: Type.Optional(prose(100)),
  day: Type.Optional(day()),
  time: Type.Optional(timestamp()),
  id: Type.Optional(uuid()),
  flag: Type.Optional(Type.Boolean()),
  count: Type.Optional(int32(1, 90)),
  list: Type.Optional(listOf(line(10), 30_000, { minItems: 1 })),
  inner: Type.Optional(closed({})),
  few: Type.Optional(oneOf(['a', 'b'])),
  many: Type.Optional(oneOf(MANY)),
  either: Type.Optional(Type.Union([line(5), Type.Boolean()])),
});

async function placesOf(body: unknown) {
  const server = Fastify();
  validateBySchema(server);
  server.setErrorHandler((error: FastifyError, _request, reply) => reply.send(describeValidationError(error)));
  server.post('/', { schema: { body: Body } }, async () => ({ places: [] }));
  const answer = await server.inject({ method: 'POST', url: '/', payload: body as object });
  await server.close();
  return answer.json().places as readonly { pointer: string; message: string }[];
}

describe('the sentence for a mistake', () => {
  it.each<[object, string]>([
    [{ line: '' }, 'il testo è vuoto'],
    [{ line: ' \u00a0' }, 'il testo contiene solo spazi'],
    [{ prose: ' \n ' }, 'il testo contiene solo spazi'],
    [{ line: 'a\nb' }, 'il testo contiene un a capo o una tabulazione: serve una sola riga'],
    [{ prose: 'a\n\u0007' }, 'il testo contiene caratteri di controllo'],
    [{ prose: 'a\uffff' }, 'il dato non ha la forma prevista'],
    [{ line: 'x'.repeat(101) }, 'il testo supera i 100 caratteri'],
    [{ line: 1 }, 'serve un testo'],
    [{ list: 'x' }, 'serve un elenco'],
    [{ list: [] }, "l'elenco è vuoto"],
    [{ flag: 'true' }, 'serve true o false'],
    [{ count: '1' }, 'serve un numero intero'],
    [{ count: 0 }, 'il numero è minore di 1'],
    [{ count: 91 }, 'il numero è maggiore di 90'],
    [{ inner: [] }, 'serve un oggetto'],
    [{ day: '2026-02-30' }, 'serve una data esistente, nella forma AAAA-MM-GG'],
    [{ time: '2026-02-03' }, 'serve un istante esistente, con il fuso, nella forma 2026-03-02T10:15:00Z'],
    [{ id: '1' }, 'serve un identificativo nella forma UUID'],
    [{ few: 'c' }, 'il valore non è fra quelli ammessi: a, b'],
  ])('%j: %s', async (body, message) => {
    const [pointer] = Object.keys(body);
    expect(await placesOf(body)).toEqual([{ in: 'body', pointer: `/${pointer}`, message }]);
  });

  it('names whole values only, and how many there are besides', async () => {
    const [place] = await placesOf({ many: 'x' });
    const [, named = '', rest] = /: (.*) e altri (\d+)$/.exec(place?.message ?? '') ?? [];
    expect(place?.message.length).toBeLessThan(500);
    expect(named.split(', ')).toEqual(MANY.slice(0, MANY.length - Number(rest)));
  });

  it('is told once for alternatives none of which fits', async () => {
    expect(await placesOf({ either: 7, flag: 1 })).toMatchObject([
      { pointer: '/flag' },
      { pointer: '/either', message: 'il valore non è fra quelli ammessi' },
    ]);
  });

  it('is told for the first mistake alone in a body of thousands of values, and never for more than a hundred', async () => {
    expect(await placesOf({ list: Array(2_001).fill(1) })).toHaveLength(1);
    expect(await placesOf({ list: Array(1_900).fill(1) })).toHaveLength(100);
  });
});
