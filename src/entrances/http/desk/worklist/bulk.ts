/** One act on several items: each is its own transaction, and each is named with what became of it. */
import type { AooId } from '../../../../kernel/ids.ts';
import { type Reader, readerOf } from '../../../../service/people/rights.ts';
import type { WorkItem, Worklist } from '../../../../service/queries/worklist.ts';
import { isOwnAddress } from '../addresses.ts';
import { badge } from '../components/badge.ts';
import { linkButton } from '../components/buttons.ts';
import { note } from '../components/note.ts';
import type { DeskAnswer } from '../replies.ts';
import { html } from '../template.ts';
import { seeOther } from '../view.ts';
import type { ActVisit } from '../visit.ts';
import { type SeenItem, seenIn } from './seen-items.ts';
import { callFor, doWork, type WorkAct, type WorkActDeps } from './work-acts.ts';
import { kindOfSlug } from './work-words.ts';

export interface BulkDeps extends WorkActDeps {
  readonly worklist: Worklist;
  /** Who changed the exchange last, and when: "Pio Modello, alle 09:31." */
  readonly lastChange: (aoo: AooId, reader: Reader, exchangeId: string) => Promise<string | null>;
}

/** "All of this list" stops here: the next press goes on. */
const MOST_AT_ONCE = 500;
const PAGE = 100;

interface Outcome {
  readonly item: Pick<WorkItem, 'id' | 'subject'> & { readonly peer: string | null };
  readonly fate: 'done' | 'skipped' | 'failed';
  readonly why: string;
}

export async function doTogether(visit: ActVisit<'messages:decide'>, deps: BulkDeps): Promise<DeskAnswer> {
  const { form } = visit;
  const list = isOwnAddress(form.text('elenco')) ? form.text('elenco') : '/scrivania';
  const act: WorkAct = form.text('atto') === 'chiudi' ? 'chiudi' : 'metti-da-parte';
  const seen = seenIn(form);
  const isAll = form.has('tutte');
  const items = isAll ? await allOf(visit, list, deps) : await named(visit, deps);
  const here = new Set(items.map(({ id }) => id));
  const gone = [...(isAll ? seen.keys() : new Set(form.all('voce')))].filter((id) => !here.has(id));
  const outcomes: Outcome[] = [];
  for (const id of gone.slice(0, MOST_AT_ONCE)) {
    const outcome = await goneOne(visit, id, seen.get(id) ?? null, deps);
    // Of all that fit the filter, what others have seen to fits it no more.
    if (!isAll || outcome.fate === 'done') outcomes.push(outcome);
  }
  for (const item of items) outcomes.push(await doOne(visit, act, item, seen.get(item.id) ?? null, deps));
  if (outcomes.length === 0) return seeOther(list, 'Scegli prima una o più voci.');
  const of = (fate: Outcome['fate']) => outcomes.filter((one) => one.fate === fate);
  const failed = of('failed');
  if (failed.length === 0 && of('skipped').length === 0) return seeOther(list, `Fatto: ${countOf(of('done').length)}.`);
  const again = new URLSearchParams(failed.map(({ item }) => ['scelta', item.id]));
  return {
    title: 'Che cosa è stato fatto',
    at: 'scrivania',
    status: failed.length > 0 ? 409 : 200,
    body: html`
      <div class="d-narrow">
        <h1>Che cosa è stato fatto</h1>
        ${note('warn', html`<strong>${of('done').length} su ${outcomes.length}.</strong> ${of('skipped').length} saltate, ${failed.length} non riuscite.`)}
        <ul class="d-list">${outcomes.map(
          ({ item, fate, why }) =>
            html`<li>${badge(fate === 'done' ? 'ok' : fate === 'failed' ? 'bad' : 'wait', FATES[fate])} <bdi>${item.subject ?? 'senza oggetto'}</bdi> <span class="d-second"><bdi>${item.peer}</bdi> ${why}</span></li>`,
        )}</ul>
        <p>${linkButton({ label: 'Torna all’elenco', href: `${list}${list.includes('?') ? '&' : '?'}${again.toString()}`, kind: 'primary' })}</p>
      </div>`,
  };
}

const FATES = { done: 'Fatto', skipped: 'Saltata', failed: 'Non riuscita' } as const;
const countOf = (count: number): string => (count === 1 ? 'una voce' : `${count} voci`);

async function doOne(
  visit: ActVisit<'messages:decide'>,
  act: WorkAct,
  item: WorkItem,
  seen: SeenItem | null,
  deps: BulkDeps,
): Promise<Outcome> {
  const done = await doWork(
    act,
    item,
    {
      office: visit.office,
      call: callFor(visit.call, item.id),
      version: seen === null ? item.version : seen.version,
      reason: visit.form.text('motivo') || 'Gestita insieme ad altre dalla Scrivania.',
    },
    deps,
  );
  if (done.ok) return { item, fate: 'done', why: done.value.said };
  const { code, message } = done.problem;
  const isLate = code === 'version-conflict' || code === 'state-conflict';
  const faster =
    isLate && item.exchange !== null ? await deps.lastChange(visit.aoo, readerOf(visit.caller), item.exchange) : null;
  return {
    item,
    fate: code === 'state-conflict' ? 'skipped' : 'failed',
    why: [message, faster ?? ''].join(' ').trim(),
  };
}

/** In the list no more: this form did it, sent before, or somebody else has seen to it. */
async function goneOne(
  { office, call, aoo, caller }: ActVisit<'messages:decide'>,
  id: string,
  seen: SeenItem | null,
  { commands, lastChange }: BulkDeps,
): Promise<Outcome> {
  const item = { id, subject: seen?.subject ?? 'Una voce che non c’è più', peer: null };
  if (await commands.isDone(office, callFor(call, id))) return { item, fate: 'done', why: '' };
  const faster = seen?.exchange == null ? null : await lastChange(aoo, readerOf(caller), seen.exchange);
  return { item, fate: 'skipped', why: faster === null ? 'Non è più da fare.' : `Non è più da fare. ${faster}` };
}

async function named(
  { aoo, caller, form }: ActVisit<'messages:decide'>,
  { worklist }: BulkDeps,
): Promise<readonly WorkItem[]> {
  const ids = [...new Set(form.all('voce'))].slice(0, MOST_AT_ONCE);
  const found = await Promise.all(ids.map((id) => worklist.item(aoo, readerOf(caller), id)));
  return found.filter((item) => item !== null);
}

/** Everything that fits the filter, and not only the page that was shown. */
async function allOf(
  { aoo, caller }: ActVisit<'messages:decide'>,
  list: string,
  { worklist }: BulkDeps,
): Promise<readonly WorkItem[]> {
  const query = new URL(list, 'local:/').searchParams;
  const items: WorkItem[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Worklist['items']>> = await worklist.items({
      aoo,
      reader: readerOf(caller),
      kind: kindOfSlug(query.get('tipo') ?? ''),
      text: query.get('q'),
      cursor,
      limit: PAGE,
    });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null && items.length < MOST_AT_ONCE);
  return items.slice(0, MOST_AT_ONCE);
}
