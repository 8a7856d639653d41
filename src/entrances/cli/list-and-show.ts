import { parseArgs } from 'node:util';
import type { Config } from '../../config/config.ts';
import { INCOMING_STATES } from '../../domain/exchange/incoming.ts';
import { OUTGOING_STATES } from '../../domain/exchange/outgoing.ts';
import { dayOf } from '../../formats/ipa/to-entry.ts';
import { legalStamp } from '../../kernel/clock.ts';
import type { ProtocolMessage } from '../../model/segnatura.ts';
import { judgedMessage } from '../../service/documents/message-content.ts';
import { viewOfSegnatura } from '../../service/documents/segnatura-view.ts';
import { REGISTER_STATES } from '../../service/queries/register-views.ts';
import type { ListQuery, MessageDetail, Page, RegistrationView, Views } from '../../service/queries/views.ts';
import { contentOfMail, withViews } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { officeNamed } from './input/office-named.ts';
import { outline } from './output/outline.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';
import { outputWidth, table } from './output/table.ts';

/** Where the documents lie. */
type Place = Pick<Config, 'dataFolder' | 'bucket'>;

const LIST_HELP = `Usage: interpro list messages|registrations|exchanges|tasks [options]

Mails that arrived, registrations, exchanges and their state, and the tasks of people; newest first, in Italian legal time.

  --aoo IPA/CODE   only this office; one of the two codes will do if it is unambiguous
  --state STATE    of exchanges, as docs/exchange.md has them; of messages kept, settled or failed; of registrations as
                   interpro search has them
  --text WORDS     with these words, or words that begin so, in the subject or in who it is with
  --from DAY       from this day on, yyyy-mm-dd in Italy: of registration; of a mail's arrival; of the beginning of an
                   exchange or a task
  --to DAY         to this day, included
  --limit N        how many, 1 to 1000 (50)
  --cursor C       the next page, as the last line of the list says
  --json           every field of each, times in UTC

A table is as wide as the terminal, else as COLUMNS says, else 120; --json cuts nothing.`;
const SHOW_HELP = `Usage: interpro show ID [--json]

One message, registration, exchange or task, by the id that a list prints, in Italian legal time; --json has times in UTC.
Of a message that arrived, by its own id or that of its exchange, also what it says: its text and what its segnatura declares.`;

type Row = readonly string[];
interface Kind {
  readonly head: Row;
  /** States to ask for; none: it has none. */
  readonly states: readonly string[];
  list(views: Views, asked: ListQuery): Promise<Page<unknown> & { readonly rows: readonly Row[] }>;
}

const kindOf = <Item>(
  head: Row,
  states: readonly string[],
  list: (views: Views, asked: ListQuery) => Promise<Page<Item>>,
  row: (item: Item) => Row,
): Kind => ({
  head,
  states,
  async list(views, asked) {
    const page = await list(views, asked);
    return { ...page, rows: page.items.map(row) };
  },
});

const KINDS: Readonly<Record<string, Kind>> = {
  messages: kindOf(
    ['arrived', 'kind', 'action', 'from', 'subject', 'id'],
    ['kept', 'settled', 'failed'],
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
    REGISTER_STATES,
    (views, { filter = {}, ...asked }) => {
      const { state, ...rest } = filter;
      const ofState = REGISTER_STATES.find((one) => one === state);
      return views.registrations({ ...asked, filter: { ...rest, ...(ofState !== undefined && { state: ofState }) } });
    },
    (item) => [
      `${item.date} ${item.time}`,
      item.annulled ? `${item.number} annulled` : item.number,
      item.direction === 'incoming' ? 'in' : 'out',
      withWhom(item),
      item.peerNumber ?? '',
      item.subject,
      item.id,
    ],
  ),
  exchanges: kindOf(
    ['updated', 'in/out', 'state', 'with', 'ours', 'theirs', 'subject', 'id'],
    [...new Set([...INCOMING_STATES, ...OUTGOING_STATES])],
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
    ['since', 'with', 'subject', 'ours', 'theirs', 'what', 'what to do', 'about', 'id'],
    [],
    (views, asked) => views.tasks(asked),
    (item) => [
      legalStamp(item.openedAt),
      item.peer ?? '',
      item.subject ?? '',
      item.ourNumber ?? '',
      item.peerNumber ?? '',
      item.sentence,
      item.advice,
      item.exchange ?? item.message ?? item.webhook ?? '',
      item.id,
    ],
  ),
};

/** Of several recipients their number first: names that do not fit are cut, the number is not. */
function withWhom({ correspondent, recipients, certifiedAddress }: RegistrationView): string {
  if (recipients.length > 1) return `${recipients.length}: ${recipients.join(', ')}`;
  return certifiedAddress === null ? correspondent : `${correspondent} <${certifiedAddress}>`;
}

export async function runList(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      aoo: { type: 'string' },
      state: { type: 'string' },
      text: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      limit: { type: 'string', default: '50' },
      cursor: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(LIST_HELP);
  const [name = '', ...more] = positionals;
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined || more.length > 0) return sayMisuse('list', `name one of: ${Object.keys(KINDS).join(', ')}`);
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    return sayMisuse('list', '--limit: a number from 1 to 1000');
  const wrong = wrongFilter(values, kind);
  if (wrong !== null) return sayMisuse('list', wrong);
  const { databaseUrl, config } = findService();
  const known = config.offices.map(({ aoo }) => aoo);
  const aoo = values.aoo === undefined ? null : (officeNamed(values.aoo, config.offices)?.aoo ?? null);
  if (values.aoo !== undefined && aoo === null) return sayMisuse('list', `--aoo: offices here are ${known.join(', ')}`);
  const { state, text, from, to } = values;
  const filter = Object.fromEntries(
    Object.entries({ state, text, from, to }).filter(([, value]) => value !== undefined),
  );
  const asked = { aoo, cursor: values.cursor ?? null, limit, filter };
  const { items, rows, cursor, forged } = await withViews(databaseUrl, (views) => kind.list(views, asked));
  if (forged) return sayMisuse('list', '--cursor: not a cursor of this list');
  if (values.json) print(JSON.stringify({ items, cursor }, null, 2));
  else {
    print(
      items.length === 0
        ? Object.keys(filter).length > 0
          ? 'nothing found'
          : 'nothing yet'
        : table(kind.head, rows, outputWidth()),
    );
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
  if (id === undefined || more.length > 0) return sayMisuse('show', 'name one ID');
  const { databaseUrl, config } = findService();
  const found = await withViews(databaseUrl, (views) => findById(views, id, config));
  if (found === null) {
    complain(`interpro show: nothing has the id ${id} (interpro list)`);
    return 1;
  }
  print(values.json ? JSON.stringify(found, null, 2) : outline(found));
  return 0;
}

async function findById(views: Views, id: string, place: Place): Promise<object | null> {
  if (id.includes('/')) return registrationOf(views, id, place);
  const exchange = await views.exchange(id);
  if (exchange?.direction === 'outgoing') return exchange;
  const mailId = exchange === null ? id : exchange.events.find(({ message }) => message !== null)?.message;
  const mail = mailId == null ? null : await views.message(mailId);
  const found = exchange ?? mail ?? (await views.task(id));
  if (found === null || mail === null) return found;
  // A message has its whole inspection: of an exchange, the sentences of the decision stand beside its codes.
  const decision = exchange === null ? {} : { decision: mail.inspection?.decision };
  return { ...found, ...decision, ...(await saidIn(mail, place)) };
}

async function registrationOf(views: Views, id: string, place: Place): Promise<object | null> {
  const found = await views.registration(id);
  const mail = found?.direction === 'incoming' && found.message !== null ? await views.message(found.message) : null;
  return mail === null ? found : { ...found, ...reservedOf(await messageIn(mail, place)) };
}

const messageIn = async (mail: MessageDetail, place: Place): Promise<ProtocolMessage | null> =>
  judgedMessage(mail.inspection, await contentOfMail(place, mail));

/** The wish alone counts: its reason may be empty, and an empty field is not shown. */
const reservedOf = (message: ProtocolMessage | null): object =>
  message === null || message.reserved === null
    ? {}
    : { reserved: message.reserved.trim() || 'asked for by the sender, without a reason' };

async function saidIn(mail: MessageDetail, place: Place): Promise<object> {
  const content = await contentOfMail(place, mail);
  const message = judgedMessage(mail.inspection, content);
  if (content.problem !== null) return { says: content.problem.message };
  if (message === null && content.text === null) return {};
  return { ...reservedOf(message), says: { text: content.text, ...(message !== null && viewOfSegnatura(message)) } };
}

type Given = Partial<Record<'state' | 'text' | 'from' | 'to', string | undefined>>;

/** Why the conditions cannot be asked for; null: they can. */
function wrongFilter({ state, text, from, to }: Given, { states }: Kind): string | null {
  if (state !== undefined && !states.includes(state))
    return states.length === 0
      ? '--state: tasks are listed while they are open'
      : `--state: one of ${states.join(', ')}`;
  if (text !== undefined && (text.length > 200 || !/[\p{L}\p{N}]/u.test(text) || text.includes('\0')))
    return '--text: words, 200 characters at most';
  for (const [name, day] of [
    ['--from', from],
    ['--to', to],
  ]) {
    if (day !== undefined && dayOf(day) !== day) return `${name}: a day is written yyyy-mm-dd`;
  }
  return from !== undefined && to !== undefined && from > to ? '--from: it is after --to' : null;
}

const print = (text: string): void => void say(text);
