/** The Scrivania and the acts that can be done on its rows without opening them. */
import type { Clock } from '../../../../kernel/clock.ts';
import { problem } from '../../../../kernel/problems.ts';
import type { DeskCaller } from '../../../../service/people/caller.ts';
import { mayDo, readerOf } from '../../../../service/people/rights.ts';
import type { Presence } from '../../../../service/queries/presence.ts';
import type { WorkItem, Worklist } from '../../../../service/queries/worklist.ts';
import { isOwnAddress } from '../addresses.ts';
import { withWayBack } from '../components/way-back.ts';
import type { Desk } from '../desk.ts';
import type { DeskAnswer } from '../replies.ts';
import { html } from '../template.ts';
import { refused, seeOther } from '../view.ts';
import type { ActVisit, Visit } from '../visit.ts';
import { type BulkDeps, doTogether } from './bulk.ts';
import { doWork, type WorkAct } from './work-acts.ts';
import { workPreview } from './work-preview.ts';
import { kindOfSlug } from './work-words.ts';
import { listAddress, type ShownWork, worklistBody } from './worklist-page.ts';

export interface WorklistDeps extends BulkDeps {
  readonly worklist: Worklist;
  readonly clock: Pick<Clock, 'now'>;
  readonly presence: Pick<Presence, 'others'>;
  /** More counters beside the list: what waits to be taken in charge, requests to annul. */
  readonly others: (caller: DeskCaller) => Promise<ShownWork['others']>;
}

const PAGE = 50;

export function worklistRoutes(desk: Desk, deps: WorklistDeps): void {
  desk.page({ path: '/scrivania', right: 'desk:read' }, async (visit) => {
    // Who belongs to an office of the body works on what is assigned to it.
    if (!readerOf(visit.caller).all) return seeOther('/assegnazioni');
    const shown = await read(visit, deps);
    const { selected } = shown;
    const at = shown.items.findIndex(({ id }) => id === selected?.id);
    const next = shown.items[at + 1] ?? shown.items[at - 1];
    const preview =
      selected === null
        ? html`<div class="d-part"><p class="d-second">Qui si vede la voce scelta: perché è nell’elenco e che cosa si può fare.</p></div>`
        : workPreview(visit, {
            item: selected,
            list: listAddress(shown),
            next: next?.id ?? null,
            mayDecide: mayDo(visit.caller, 'messages:decide'),
          });
    return {
      title: 'Scrivania',
      at: 'scrivania',
      body: worklistBody(visit, shown, preview),
      keys: ['j', 'k', 'Enter', 'x', 'r', 'f', 'm', 's', 'z'],
    };
  });
  for (const act of ['registra', 'rifiuta', 'metti-da-parte', 'invia-di-nuovo', 'chiudi'] as const)
    desk.act({ path: `/scrivania/:id/${act}`, right: 'messages:decide' }, (visit) => decide(visit, act, deps));
  desk.act({ path: '/scrivania/insieme', right: 'messages:decide' }, (visit) => doTogether(visit, deps));
}

async function read(visit: Visit, { worklist, clock, others, presence }: WorklistDeps): Promise<ShownWork> {
  const { aoo, caller, query } = visit;
  const reader = readerOf(caller);
  const kind = kindOfSlug(query.text('tipo'));
  const text = query.text('q').slice(0, 200);
  const [page, counts, more] = await Promise.all([
    worklist.items({ aoo, reader, kind, text: text || null, cursor: query.text('da') || null, limit: PAGE }),
    worklist.counts(aoo, reader),
    others(caller),
  ]);
  const wanted = query.text('voce');
  const inList = page.items.find(({ id }) => id === wanted);
  const selected = inList ?? (wanted === '' ? page.items[0] : await worklist.item(aoo, reader, wanted)) ?? null;
  return {
    ...page,
    counts,
    kind,
    text,
    selected,
    chosen: new Set(query.all('scelta')),
    now: clock.now(),
    others: more,
    looking: await lookingAt(visit, page.items, presence),
  };
}

/** By item: "Pio Modello guarda", "Ida Saggi scrive". */
async function lookingAt(
  { aoo, caller }: Visit,
  items: readonly WorkItem[],
  presence: WorklistDeps['presence'],
): Promise<ReadonlyMap<string, string>> {
  const about = items.flatMap(({ exchange }) => exchange ?? []);
  const found = await presence.others(aoo, about, caller.personId);
  const words = (exchange: string | null): string =>
    found
      .filter((one) => one.about === exchange)
      .map(({ name, isWriting }) => `${name} ${isWriting ? 'scrive' : 'guarda'}`)
      .join(', ');
  return new Map(items.map(({ id, exchange }) => [id, words(exchange)]));
}

async function decide(visit: ActVisit<'messages:decide'>, act: WorkAct, deps: WorklistDeps): Promise<DeskAnswer> {
  const { form, caller, aoo, params } = visit;
  const list = isOwnAddress(form.text('elenco')) ? form.text('elenco') : '/scrivania';
  const back = withItem(list, form.text('prossima'));
  const item = await deps.worklist.item(aoo, readerOf(caller), params['id'] ?? '');
  // Pressed twice, or its answer was lost.
  if (item === null && (await deps.commands.isDone(visit.office, visit.call))) return seeOther(back, 'Fatto.');
  const faster = (exchangeId: string) => deps.lastChange(aoo, readerOf(caller), exchangeId);
  if (item === null)
    return refused(problem('version-conflict'), list, (await faster(form.text('scambio'))) ?? undefined);
  const done = await doWork(act, item, { ...visit, reason: reasonIn(visit, act) }, deps);
  if (!done.ok) {
    const isLate = done.problem.code === 'version-conflict' || done.problem.code === 'state-conflict';
    const who = isLate && item.exchange !== null ? await faster(item.exchange) : null;
    return refused(done.problem, withItem(list, item.id), who ?? undefined);
  }
  const { said, link } = done.value;
  return seeOther(back, said, link === undefined ? null : { ...link, href: withWayBack(link.href, back) });
}

/** With script the dialog's field is filled in; without it, that of the page. */
const reasonIn = ({ form }: ActVisit<'messages:decide'>, act: WorkAct): string =>
  form.text(`motivo-${act}`) || form.text(`motivo-${act}-senza`) || form.text('motivo');

const withItem = (list: string, id: string): string =>
  /^[0-9a-f-]{36}$/.test(id) ? `${list}${list.includes('?') ? '&' : '?'}voce=${id}` : list;
