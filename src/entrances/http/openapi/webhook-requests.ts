/** What the node sends to subscribers (`service/webhooks/webhook-post.ts`), as the `webhooks` of the OpenAPI document. */
import { Type } from '@fastify/type-provider-typebox';
import { EVENT_TYPES } from '../../../domain/exchange/event-types.ts';
import { Direction } from '../rest/office-answers.ts';
import { counter, int32, int64, matching, named, officeCode, oneOf, timestamp, uuid } from '../schemas.ts';

const eventId = (notes: { readonly description?: string } = {}) =>
  matching('^[A-Za-z0-9._-]{1,16}/[A-Za-z0-9._-]{1,16}:(test:)?[0-9a-f-]{1,36}$', 80, notes);
const members = {
  id: eventId({ description: 'Lo stesso a ogni ripetizione: riconosce un evento già ricevuto.' }),
  aoo: officeCode({ description: "L'ufficio in cui è accaduto." }),
};
const seq = int64({ description: "Il numero dell'evento nell'ufficio, come in `/events`." });
const message = Type.Optional(uuid({ description: 'Il messaggio di posta che lo ha portato (`/mails/{id}`).' }));

const ExchangeEventType = Type.Union(
  [
    oneOf(
      EVENT_TYPES.filter((type) => type !== 'task-opened'),
      { title: 'ExchangeEventType' },
    ),
    matching('^receipt-[a-z0-9-]{1,56}$', 64, { description: 'Una ricevuta che la norma non prevede.' }),
  ],
  { description: 'Che cosa è accaduto.' },
);
const ExchangeNotification = named(
  'ExchangeNotification',
  {
    ...members,
    seq,
    at: timestamp(),
    type: ExchangeEventType,
    exchange: uuid({ description: 'Lo scambio (`/exchanges/{id}`).' }),
    direction: Direction,
    version: counter({ description: "La versione dello scambio dopo l'evento: il suo ETag." }),
    message,
  },
  { description: 'È accaduto qualcosa in uno scambio.' },
);
const TaskNotification = named(
  'TaskNotification',
  {
    ...members,
    seq,
    at: timestamp(),
    type: oneOf(['task-opened']),
    task: uuid({ description: 'La segnalazione (`/tasks/{id}`).' }),
    exchange: Type.Optional(uuid({ description: 'Lo scambio di cui si tratta.' })),
    message,
  },
  { description: "C'è una nuova segnalazione per gli operatori." },
);
const TestNotification = named(
  'TestNotification',
  { ...members, at: timestamp(), type: oneOf(['test']) },
  { description: "Una prova chiesta con `/webhooks/{id}/test`: non è un evento dell'ufficio." },
);

const header = (name: string, description: string, schema: object, isRequired = true) => ({
  name,
  in: 'header',
  required: isRequired,
  description,
  schema,
});
const SIGNED =
  '`t`: secondi dal 1970; `v1`: HMAC-SHA256 di «t.corpo» con il segreto del webhook. Per un giorno dopo il cambio del ' +
  'segreto sono due: basta che una corrisponda.';
const HEADERS = [
  header('InterPro-Event-Id', "L'`id` dell'evento.", eventId()),
  header(
    'InterPro-Delivery',
    'Questo evento per questo webhook: lo stesso a ogni tentativo.',
    matching('^[0-9a-f-]{36}:(test:)?[0-9a-f-]{1,36}$', 80),
  ),
  header('InterPro-Attempt', 'Il numero del tentativo.', int32(1, 1_000)),
  header('InterPro-Signature', SIGNED, matching('^t=[0-9]{1,12}(,v1=[0-9a-f]{64}){1,2}$', 200)),
  header('Digest', "L'impronta del corpo.", matching('^SHA-256=[A-Za-z0-9+/]{43}=$', 60)),
  header(
    'Agid-JWT-Signature',
    'INTEGRITY_REST del ModI, se il nodo ha una chiave: si verifica con `/signing-keys`.',
    matching('^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$', 8_000),
    false,
  ),
];

const RETRY_AFTER = {
  'Retry-After': {
    description: 'Fra quanti secondi riprovare; si può indicare anche una data.',
    schema: int32(0, 86_400),
  },
};
const RESPONSES = {
  '204': { description: 'Ricevuto. Vale ogni 2xx entro dieci secondi; il corpo non conta.' },
  '410': { description: 'Il ricevente non vuole più avvisi: il webhook è sospeso.' },
  '429': { description: 'Più tardi: il nodo ripete.', headers: RETRY_AFTER },
  '503': { description: 'Più tardi: il nodo ripete, come dopo ogni altra risposta.', headers: RETRY_AFTER },
};

const webhook = (
  operationId: string,
  summary: string,
  schema: object,
  examples: readonly { readonly type: string; readonly [member: string]: unknown }[],
) => ({
  post: {
    operationId,
    tags: ['webhooks'],
    summary,
    description: 'Inviato a chi ha creato un webhook (`POST /webhooks`), in ordine e almeno una volta.',
    security: [{}],
    parameters: HEADERS.map((one) => ({ ...one })),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema,
          examples: Object.fromEntries(examples.map((one) => [one.type, { value: one }])),
        },
      },
    },
    responses: RESPONSES,
  },
});

const example = (number: number, type: string, more: object = {}) => ({
  id: `c_esempio/AESEMP1:${number}`,
  aoo: 'c_esempio/AESEMP1',
  seq: number,
  at: '2026-03-02T09:15:00.000Z',
  type,
  ...more,
});
const exchange = '019c0000-0000-7000-8000-0000000000e1';
const mail = { message: '019c0000-0000-7000-8000-0000000000f1' };
const ofExchange = (number: number, type: string, direction: 'incoming' | 'outgoing', version: number, more = {}) =>
  example(number, type, { exchange, direction, version, ...more });

export const WEBHOOKS = {
  exchangeEvent: webhook(
    'receiveExchangeEvent',
    'È accaduto qualcosa in uno scambio: una ricevuta, una conferma, una registrazione',
    ExchangeNotification,
    [
      ofExchange(41, 'received', 'incoming', 1, mail),
      ofExchange(42, 'registered', 'incoming', 2),
      ofExchange(43, 'confirmation-sent', 'incoming', 3),
      ofExchange(44, 'receipt-avvenuta-consegna', 'outgoing', 4, mail),
      ofExchange(45, 'confirmation', 'outgoing', 5, mail),
      ofExchange(46, 'exception', 'outgoing', 5, mail),
      ofExchange(47, 'overdue', 'outgoing', 6),
    ],
  ),
  taskOpened: webhook('receiveTask', "C'è una nuova segnalazione per gli operatori", TaskNotification, [
    example(48, 'task-opened', { exchange, task: '019c0000-0000-7000-8000-0000000000c1' }),
  ]),
  test: webhook('receiveTest', 'Una prova del webhook', TestNotification, [
    {
      id: 'c_esempio/AESEMP1:test:019c0000-0000-7000-8000-0000000000b1',
      aoo: 'c_esempio/AESEMP1',
      at: '2026-03-02T09:15:00.000Z',
      type: 'test',
    },
  ]),
};
