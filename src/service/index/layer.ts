/**
 * The region's own layer and the messages that fill it. An AOO announces a change to its region's node, which accepts or
 * refuses it; what a node accepted or set itself stands in its feed, and other nodes follow that. Everything is
 * idempotent by the message's id. A node's own word about an AOO is not overridden by another node's.
 */
import { fits, toChange } from '../../domain/index/layer-value.ts';
import type { LayerChange, LayerRow, Observation, UpdateMessage } from '../../domain/index/model.ts';
import { type Clock, legalTime } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import { isCode } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { type Call, commandKeyOf } from '../register/idempotent-command.ts';
import type { FeedItem, IndexEntries, IndexLayer, Peer, Target } from './ports.ts';

export interface LayerDeps {
  readonly layer: IndexLayer;
  readonly entries: Pick<IndexEntries, 'byKeys' | 'byAooCodes' | 'ceased' | 'ceasedOfBodies'>;
  readonly clock: Clock;
  /** The name of this node: the source of what it says. */
  readonly node: string;
}

export interface Announcement {
  readonly messageId: string;
  /** IPA code. */
  readonly body: string;
  /** Code of the AOO; empty: the body itself. */
  readonly aoo: string;
  readonly changes: readonly LayerChange[];
  readonly author: string;
  readonly reason: string;
}

/** Of this process or of the command line: under no key. */
const OWN_CALL: Call = { by: 'interpro', client: 'interpro', idempotency: null };

/** Sets or withdraws (value null) fields by hand; tells the nodes that follow. */
export async function setLayer(
  request: Omit<Announcement, 'messageId'>,
  deps: LayerDeps,
  call: Call = OWN_CALL,
): Promise<Result<readonly LayerRow[]>> {
  const checked = await check(request, deps);
  const at = deps.clock.now();
  const done = await deps.layer.command(commandKeyOf(call), at, async (tx) => {
    if (!checked.ok) return checked;
    const messageId = uuidv7(at);
    const rows = toRows({ ...request, messageId }, deps.node, at);
    await tx.add(rows, { messageId, content: toContent(deps.node, rows) }, at);
    return ok({ messageId });
  });
  return done.ok ? ok(await deps.layer.rowsOf(request.body, done.value.messageId)) : done;
}

/** An AOO's message arrives. The same one twice is one; another one under its id is refused. */
export async function receiveAnnouncement(
  announcement: Announcement,
  deps: LayerDeps,
  call: Call = OWN_CALL,
): Promise<Result<{ readonly message: UpdateMessage; readonly repeated: boolean }>> {
  const checked = await check(announcement, deps);
  const message: UpdateMessage = {
    ...announcement,
    body: announcement.body.toLowerCase(),
    aoo: announcement.aoo.toLowerCase(),
    node: deps.node,
    receivedAt: deps.clock.now(),
    ...UNDECIDED,
  };
  const done = await deps.layer.command(commandKeyOf(call), message.receivedAt, async (tx) => {
    if (!checked.ok) return checked;
    const repeated = !(await tx.receive(message));
    const known = await tx.message(message.messageId);
    const same = known !== null && (!repeated || contentOf(known) === contentOf(message));
    return same ? ok({ repeated, state: known.state }) : refuse(problem('index-message-conflict'));
  });
  if (!done.ok) return done;
  const now = await deps.layer.message(message.messageId);
  if (now === null) return refuse(problem('not-found'));
  // It is decided once, so that what it was like when it was answered is known still.
  const { repeated, state } = done.value;
  return ok({ message: state === 'received' ? { ...now, ...UNDECIDED } : now, repeated });
}

const UNDECIDED = { state: 'received', decidedAt: null, decidedBy: null, decision: null } as const;

export interface LayerDecision {
  readonly state: 'accepted' | 'refused';
  readonly by: string;
  readonly why: string;
}

/** Once; the same decision again changes nothing, another one is refused. */
export async function decideAnnouncement(
  messageId: string,
  decision: LayerDecision,
  deps: LayerDeps,
  call: Call = OWN_CALL,
): Promise<Result<UpdateMessage>> {
  const at = deps.clock.now();
  const done = await deps.layer.command(commandKeyOf(call), at, async (tx) => {
    const message = await tx.message(messageId);
    if (message === null) return refuse(problem('not-found'));
    const rows = decision.state === 'accepted' ? toRows(message, deps.node, at) : [];
    const content = rows.length > 0 ? toContent(deps.node, rows) : null;
    const decided = await tx.decide(messageId, { ...decision, at }, rows, content);
    const now = decided ? null : await tx.message(messageId);
    return decided || now?.state === decision.state ? ok({ messageId }) : refuse(problem('index-message-conflict'));
  });
  if (!done.ok) return done;
  const now = await deps.layer.message(messageId);
  return now === null ? refuse(problem('not-found')) : ok(now);
}

/** What traffic taught about an AOO: kept apart from what is declared. */
export async function observe(
  aoo: Target,
  what: string,
  when: Date,
  deps: Pick<LayerDeps, 'layer'>,
  evidence: Observation['evidence'] = {},
): Promise<void> {
  await deps.layer.observe([{ ...aoo, what, lastAt: when, evidence }]);
}

/** Another node's feed, a page at a time. */
export interface FeedSource {
  changes(url: string, after: number, limit: number): Promise<readonly Omit<FeedItem, 'at'>[]>;
}

const PAGE = 200;
const MOST_PAGES = 50;

/**
 * Reads on where it left off; a feed that does not go that far (its database was restored) from its beginning: what is known
 * is left out. How many messages were new to us; what cannot be read is stepped over and
 * counted.
 */
export async function followPeer(
  peer: Pick<Peer, 'node' | 'url' | 'lastSeq'>,
  source: FeedSource,
  deps: LayerDeps,
): Promise<{ readonly followed: number; readonly unreadable: number }> {
  let from = peer.lastSeq;
  if (from > 0 && (await source.changes(peer.url, from - 1, 1))[0]?.seq !== from) {
    if (!(await deps.layer.follow(peer.node, from, 0, [], deps.clock.now()))) return { followed: 0, unreadable: 0 };
    from = 0;
  }
  let followed = 0;
  let unreadable = 0;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const items = await source.changes(peer.url, from, PAGE);
    const news = items.filter(({ seq }) => Number.isSafeInteger(seq) && seq > from);
    const to = Math.max(from, ...news.map(({ seq }) => seq));
    if (to === from) break;
    const others = news.filter(({ content }) => !isSaidBy(deps.node, content));
    const read = others.flatMap(({ messageId, content }) => {
      const rows = isUuid(messageId) ? fromContent(messageId, content, deps.clock) : null;
      return rows === null ? [] : [{ messageId, rows, content }];
    });
    unreadable += others.length - read.length;
    const theirs = await withoutOurs(read, deps);
    if (!(await deps.layer.follow(peer.node, from, to, theirs, deps.clock.now()))) break;
    followed += read.length;
    from = to;
    if (items.length < PAGE) break;
  }
  return { followed, unreadable };
}

/** What this node says itself stands: another node's word about the same field is passed on, not applied. */
async function withoutOurs<T extends { readonly rows: readonly LayerRow[] }>(items: readonly T[], deps: LayerDeps) {
  const targets = items.flatMap(({ rows }) => rows.map(({ body, aoo }) => ({ body, aoo })));
  const held = await deps.layer.effective(targets, legalTime(deps.clock.now()).date);
  const ours = new Set(
    held.filter(({ source }) => source === deps.node).map(({ body, aoo, field }) => `${body}/${aoo} ${field}`),
  );
  return items.map((item) => ({
    ...item,
    rows: item.rows.filter(({ body, aoo, field }) => !ours.has(`${body}/${aoo} ${field}`)),
  }));
}

async function check(
  { body, aoo, changes, author, reason }: Omit<Announcement, 'messageId'>,
  { entries }: LayerDeps,
): Promise<Result<null>> {
  if (author.trim() === '' || reason.trim() === '')
    return refuse(problem('bad-request', '', 'servono autore e motivo'));
  if (changes.length === 0) return refuse(problem('bad-request', '', 'non contiene alcuna modifica'));
  for (const change of changes) {
    if (!fits(change.field, change.value) || toChange(change) === null)
      return refuse(problem('index-layer-value', '', `${change.field}: ${JSON.stringify(change.value).slice(0, 100)}`));
  }
  const found =
    aoo === ''
      ? await Promise.all([entries.byKeys(['body'], [body], null), entries.ceased(['body'], [body])])
      : await Promise.all([
          entries.byAooCodes([{ body, code: aoo }], null),
          entries.byKeys(['aoo'], [aoo], null),
          entries.ceasedOfBodies([body]),
        ]);
  const wanted = aoo.toLowerCase();
  const known = found
    .flat()
    .some(
      (entry) =>
        entry.body.toLowerCase() === body.toLowerCase() &&
        (aoo === '' || entry.code.toLowerCase() === wanted || entry.uniCode?.toLowerCase() === wanted),
    );
  return known ? ok(null) : refuse(problem('index-layer-target', '', aoo === '' ? body : `${body}/${aoo}`));
}

/** Ids follow from the message, so that the same message gives the same rows on every node. */
function toRows({ messageId, body, aoo, changes, author, reason }: Announcement, node: string, at: Date): LayerRow[] {
  return changes.map((change, index) => ({
    layerId: idFrom(messageId, index),
    body: body.toLowerCase(),
    aoo: aoo.toLowerCase(),
    ...change,
    source: node,
    author,
    reason,
    recordedAt: at,
    messageId,
  }));
}

function idFrom(messageId: string, index: number): string {
  const hex = sha256(`${messageId} ${index}`);
  // Version 8 of RFC 9562: made by our own rule.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const contentOf = ({ body, aoo, changes, author, reason }: UpdateMessage): string =>
  JSON.stringify([
    body,
    aoo,
    changes.map(({ field, value, validFrom, validTo }) => [field, value, validFrom, validTo]),
    author,
    reason,
  ]);

function toContent(node: string, rows: readonly LayerRow[]) {
  const [first] = rows;
  return {
    node,
    body: first?.body ?? '',
    aoo: first?.aoo ?? '',
    author: first?.author ?? '',
    reason: first?.reason ?? '',
    recordedAt: first?.recordedAt.toISOString() ?? '',
    changes: rows.map(({ field, value, validFrom, validTo }) => ({ field, value, validFrom, validTo })),
  };
}

/** What we said is known here: it comes back from who follows us, and nobody else speaks in our name. */
const isSaidBy = (node: string, content: unknown): boolean =>
  typeof content === 'object' && content !== null && 'node' in content && content.node === node;

/** Null for what no node of ours would write. What claims to be of a later moment is of this one. */
function fromContent(messageId: string, content: unknown, clock: Clock): LayerRow[] | null {
  if (typeof content !== 'object' || content === null) return null;
  const { node, body, aoo, author, reason, recordedAt, changes } = content as Readonly<Record<string, unknown>>;
  const texts = [node, author, reason].every((text) => typeof text === 'string' && text !== '' && text.length <= 500);
  if (!texts || typeof body !== 'string' || !isCode(body)) return null;
  if (typeof aoo !== 'string' || (aoo !== '' && !isCode(aoo))) return null;
  if (typeof recordedAt !== 'string' || !/^20\d\d-/.test(recordedAt)) return null;
  const at = Math.min(Date.parse(recordedAt), clock.now().getTime());
  if (Number.isNaN(at)) return null;
  if (!Array.isArray(changes) || changes.length === 0 || changes.length > 20) return null;
  const read = changes.map(toChange);
  if (read.some((change) => change === null)) return null;
  return toRows(
    {
      messageId,
      body,
      aoo,
      changes: read.filter((change) => change !== null),
      author: String(author),
      reason: String(reason),
    },
    String(node),
    new Date(at),
  );
}

const isUuid = (text: unknown): text is string =>
  typeof text === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
