import { parseArgs } from 'node:util';
import { legalStamp } from '../../kernel/clock.ts';
import { judgedMessage } from '../../service/documents/message-content.ts';
import { viewOfSegnatura } from '../../service/documents/segnatura-view.ts';
import type { ListQuery, MessageDetail, Page, Views } from '../../service/queries/views.ts';
import { contentOfMail, withViews } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { complain, say } from './output/say.ts';
import { table } from './output/table.ts';

const LIST_HELP = `Usage: interpro list messages|registrations|exchanges|tasks [--aoo IPA/CODE] [--limit N] [--cursor C] [--json]

Mails that arrived, registrations, exchanges and their state, and the tasks of people; newest first, in Italian legal time.

  --aoo IPA/CODE   only this office
  --limit N        how many, 1 to 1000 (50)
  --cursor C       the next page, as the last line of the list says
  --json           every field of each, times in UTC`;
const SHOW_HELP = `Usage: interpro show ID [--json]

One message, registration, exchange or task, by the id that a list prints. Of a message that arrived, by its own id or that
of its exchange, also what it says: its text and what its segnatura declares.`;

type Row = readonly string[];
interface Kind {
  readonly head: Row;
  list(views: Views, asked: ListQuery): Promise<Page<unknown> & { readonly rows: readonly Row[] }>;
}

const kindOf = <Item>(
  head: Row,
  list: (views: Views, asked: ListQuery) => Promise<Page<Item>>,
  row: (item: Item) => Row,
): Kind => ({
  head,
  async list(views, asked) {
    const page = await list(views, asked);
    return { ...page, rows: page.items.map(row) };
  },
});

const KINDS: Readonly<Record<string, Kind>> = {
  messages: kindOf(
    ['arrived', 'kind', 'action', 'from', 'subject', 'id'],
    (views, asked) => views.messages(asked),
    (item) => [
      legalStamp(item.arrivedAt),
      item.kind ?? item.state,
      item.action ?? '',
      item.sender ?? '',
      item.note ?? item.subject ?? '',
      item.id,
    ],
  ),
  registrations: kindOf(
    ['date', 'number', 'in/out', 'correspondent', 'their number', 'subject', 'id'],
    (views, asked) => views.registrations(asked),
    (item) => [
      `${item.date} ${item.time}`,
      item.annulled ? `${item.number} annulled` : item.number,
      item.direction === 'incoming' ? 'in' : 'out',
      item.certifiedAddress === null ? item.correspondent : `${item.correspondent} <${item.certifiedAddress}>`,
      item.peerNumber ?? '',
      item.subject,
      item.id,
    ],
  ),
  exchanges: kindOf(
    ['updated', 'in/out', 'state', 'with', 'ours', 'theirs', 'subject', 'id'],
    (views, asked) => views.exchanges(asked),
    (item) => [
      legalStamp(item.updatedAt),
      item.direction === 'incoming' ? 'in' : 'out',
      item.state,
      item.peer,
      item.ourNumber ?? '',
      item.peerNumber ?? '',
      item.subject,
      item.id,
    ],
  ),
  tasks: kindOf(
    ['since', 'with', 'what', 'what to do', 'about', 'id'],
    (views, asked) => views.tasks(asked),
    (item) => [
      legalStamp(item.openedAt),
      item.peer ?? '',
      item.sentence,
      item.advice,
      item.exchange ?? item.message ?? item.webhook ?? '',
      item.id,
    ],
  ),
};

export async function runList(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      aoo: { type: 'string' },
      limit: { type: 'string', default: '50' },
      cursor: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(LIST_HELP);
  const [name = '', ...more] = positionals;
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined || more.length > 0) return misused('list', `name one of: ${Object.keys(KINDS).join(', ')}`);
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) return misused('list', '--limit: a number from 1 to 1000');
  const { databaseUrl, config } = findService();
  const known = config.offices.map(({ aoo }) => aoo);
  const aoo = known.find((one) => one === values.aoo) ?? null;
  if (values.aoo !== undefined && aoo === null) return misused('list', `--aoo: offices here are ${known.join(', ')}`);
  const asked = { aoo, cursor: values.cursor ?? null, limit };
  const { items, rows, cursor, forged } = await withViews(databaseUrl, (views) => kind.list(views, asked));
  if (forged) return misused('list', '--cursor: not a cursor of this list');
  if (values.json) print(JSON.stringify({ items, cursor }, null, 2));
  else {
    print(items.length === 0 ? 'nothing yet' : table(kind.head, rows, process.stdout.columns));
    if (cursor !== null) print(`more: --cursor ${cursor}`);
  }
  return 0;
}

export async function runShow(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return say(SHOW_HELP);
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) return misused('show', 'name one ID');
  const { databaseUrl, config } = findService();
  const found = await withViews(databaseUrl, (views) => findById(views, id, config.dataFolder));
  if (found === null) {
    complain(`interpro show: nothing has the id ${id} (interpro list)`);
    return 1;
  }
  print(values.json ? JSON.stringify(found, null, 2) : outline(found));
  return 0;
}

async function findById(views: Views, id: string, dataFolder: string): Promise<object | null> {
  if (id.includes('/')) return views.registration(id);
  const exchange = await views.exchange(id);
  if (exchange?.direction === 'outgoing') return exchange;
  const mailId = exchange === null ? id : exchange.events.find(({ message }) => message !== null)?.message;
  const mail = mailId == null ? null : await views.message(mailId);
  const found = exchange ?? mail ?? (await views.task(id));
  return found === null || mail === null ? found : { ...found, ...(await saidIn(mail, dataFolder)) };
}

async function saidIn(mail: MessageDetail, dataFolder: string): Promise<object> {
  const content = await contentOfMail(dataFolder, mail);
  const message = judgedMessage(mail.inspection, content);
  if (content.problem !== null) return { says: content.problem.message };
  return message === null ? {} : { says: { text: content.text, ...viewOfSegnatura(message) } };
}

function misused(command: 'list' | 'show', reason: string): 2 {
  const help = command === 'list' ? LIST_HELP : SHOW_HELP;
  complain(`interpro ${command}: ${reason}\n\n${help}`);
  return 2;
}

const print = (text: string): void => void say(text);

/** An object as indented lines, one field each, without empty ones. */
function outline(value: unknown, indent = ''): string {
  if (value instanceof Date) return `${indent}${value.toISOString()}`;
  if (typeof value !== 'object' || value === null) return `${indent}${String(value)}`;
  if (Array.isArray(value))
    return value
      .map((item) => (isPlain(item) ? outline(item, `${indent}- `) : `${indent}-\n${outline(item, `${indent}  `)}`))
      .join('\n');
  return Object.entries(value)
    .filter(([, fact]) => !isEmpty(fact))
    .map(([name, fact]) =>
      isPlain(fact) ? outline(fact, `${indent}${name}: `) : `${indent}${name}:\n${outline(fact, `${indent}  `)}`,
    )
    .join('\n');
}

const isPlain = (fact: unknown): boolean => typeof fact !== 'object' || fact === null || fact instanceof Date;
const isEmpty = (fact: unknown): boolean =>
  fact === null || fact === undefined || (!isPlain(fact) && Object.keys(fact as object).length === 0);
