/** A sent message after it has left: its recipients, the proofs, and sending again. */
import { Readable } from 'node:stream';
import { shortNumber } from '../../../../domain/register/registration.ts';
import type { Clock } from '../../../../kernel/clock.ts';
import type { AooId } from '../../../../kernel/ids.ts';
import { LIMITS } from '../../../../kernel/limits.ts';
import type { Commands } from '../../../../service/commands/commands.ts';
import type { Evidence } from '../../../../service/evidence/open-evidence.ts';
import { mayDo, type Reader, readerOf } from '../../../../service/people/rights.ts';
import {
  type RecipientLife,
  type RecipientLives,
  STANDINGS,
  type Standing,
} from '../../../../service/queries/recipient-lives.ts';
import type { RegistrationKey } from '../../../../service/register/changes.ts';
import { attachment } from '../../reply/content-disposition.ts';
import { actBar, button, linkButton } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, field, NO_FAULTS } from '../components/fields.ts';
import { num, registrationPath } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { type Html, html } from '../template.ts';
import { refused, seeOther, type View } from '../view.ts';
import { actFields, type Visit } from '../visit.ts';
import { livesRegion } from './lives.ts';
import { livesCsv } from './lives-csv.ts';
import { recipientLines } from './recipient-lines.ts';

export interface LivesDeps {
  readonly lives: RecipientLives;
  /** Is there such a registration for this reader? */
  readonly mayRead: (aoo: AooId, registration: RegistrationKey, reader: Reader) => Promise<boolean>;
  readonly commands: Pick<Commands, 'resend' | 'sendElsewhere'>;
  readonly evidence: Pick<Evidence, 'openEvidence'>;
  readonly clock: Clock;
}

const PAGE = 50;
const UNDER = '/registro/:year/:number/destinatari';

export function livesRoutes(desk: Desk, deps: LivesDeps): void {
  desk.page({ path: UNDER, right: 'register:read' }, async (visit) => {
    const key = await keyOf(visit, deps);
    return key === null ? notFoundView : recipientsPage(visit, key, deps);
  });
  desk.page({ path: `${UNDER}/:exchange/altro-indirizzo`, right: 'send' }, async (visit) => {
    const found = await lifeAt(visit, deps);
    return found === null ? notFoundView : elsewherePage(visit, found, '', NO_FAULTS);
  });
  desk.act({ path: `${UNDER}/:exchange/altro-indirizzo`, right: 'send' }, async (visit) => {
    const found = await lifeAt(visit, deps);
    if (found === null) return notFoundView;
    const typed = visit.form.text('indirizzo');
    const [line] = recipientLines(typed);
    if (line === undefined)
      return elsewherePage(visit, found, typed, new Map([['indirizzo', 'Indica il nuovo destinatario.']]));
    const { exchangeId, name } = found.life;
    const { recipient } = line;
    // Only the address was wrong: it is still the same one.
    const to = typeof recipient === 'string' || recipient.name !== '' ? recipient : { ...recipient, name };
    const request = { exchangeId, to, version: visit.version };
    const sent = await deps.commands.sendElsewhere(visit.office, request, visit.call);
    const back = pathOf(found.key);
    if (sent.ok) return seeOther(`${back}/destinatari`, `Inviato di nuovo a ${sent.value.address}, ${num(found.key)}.`);
    const isOfField = !['version-conflict', 'state-conflict', 'register-behind'].includes(sent.problem.code);
    return isOfField
      ? elsewherePage(visit, found, typed, new Map([['indirizzo', sent.problem.message]]))
      : refused(sent.problem, `${back}/destinatari`);
  });
  desk.act({ path: `${UNDER}/:exchange/invia-di-nuovo`, right: 'send' }, async (visit) => {
    const found = await lifeAt(visit, deps);
    if (found === null) return notFoundView;
    const request = { exchangeId: found.life.exchangeId, version: visit.version };
    const sent = await deps.commands.resend(visit.office, request, visit.call);
    const back = `${pathOf(found.key)}/destinatari`;
    return sent.ok ? seeOther(back, `Inviato di nuovo a ${found.life.name}.`) : refused(sent.problem, back);
  });
  fileRoutes(desk, deps);
}

/** What a person takes away: the proofs of one exchange, the list of all recipients. */
function fileRoutes(desk: Desk, deps: LivesDeps): void {
  const config = { access: 'desk', right: 'register:read' } as const;
  desk.server.get(`${UNDER}/:exchange/prove.zip`, { config, schema: { hide: true } }, async (request, reply) => {
    const visit = await desk.admit(request, reply, 'register:read');
    if (visit === null) return reply;
    const found = await lifeAt(visit, deps);
    const opened = found && (await deps.evidence.openEvidence(visit.aoo, found.life.exchangeId));
    if (!opened) return reply.callNotFound();
    // Whoever goes away in the middle leaves nothing open.
    opened.index.catch(() => undefined);
    return reply
      .type('application/zip')
      .header('content-disposition', attachment(opened.name))
      .header('cache-control', 'no-store')
      .send(opened.stream);
  });
  desk.server.get(`${UNDER}.csv`, { config, schema: { hide: true } }, async (request, reply) => {
    const visit = await desk.admit(request, reply, 'register:read');
    if (visit === null) return reply;
    const key = await keyOf(visit, deps);
    if (key === null) return reply.callNotFound();
    const name = `destinatari-${key.year}-${String(key.number).padStart(7, '0')}.csv`;
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', attachment(name))
      .header('cache-control', 'no-store')
      .send(Readable.from(livesCsv(allLives(visit.aoo, key, deps))));
  });
}

async function* allLives(aoo: AooId, key: RegistrationKey, { lives }: LivesDeps): AsyncGenerator<RecipientLife> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<RecipientLives['page']>> = await lives.page(aoo, key, { cursor, limit: 500 });
    yield* page.lives;
    cursor = page.next;
  } while (cursor !== null);
}

type ReadingVisit = Pick<Visit, 'caller' | 'office' | 'aoo' | 'params' | 'query' | 'token'>;

const pathOf = (key: RegistrationKey): string => registrationPath(key);

/** Null: no such registration, or none for this person. */
async function keyOf(
  { params, office, aoo, caller }: ReadingVisit,
  { mayRead }: LivesDeps,
): Promise<RegistrationKey | null> {
  const { year = '', number = '' } = params as { readonly year?: string; readonly number?: string };
  if (!/^\d{4}$/.test(year) || !/^\d{1,12}$/.test(number)) return null;
  const key = { register: office.register, year: Number(year), number: Number(number) };
  return (await mayRead(aoo, key, readerOf(caller))) ? key : null;
}

interface FoundLife {
  readonly key: RegistrationKey;
  readonly life: RecipientLife;
}

async function lifeAt(visit: ReadingVisit, deps: LivesDeps): Promise<FoundLife | null> {
  const key = await keyOf(visit, deps);
  if (key === null) return null;
  const [life] = await deps.lives.those(visit.aoo, key, [visit.params['exchange'] ?? '']);
  return life === undefined ? null : { key, life };
}

/** The region of the recipients, for the sheet of a registration and for its own page. */
export async function recipientsOf(visit: ReadingVisit, key: RegistrationKey, deps: LivesDeps): Promise<Html> {
  const { aoo, query, caller, token } = visit;
  const standing = STANDINGS.find((one): one is Standing => one === query.text('stato')) ?? null;
  const again = query.text('righe').split(',').filter(Boolean).slice(0, PAGE);
  const wish = { cursor: query.text('da') || null, limit: PAGE, ...(standing !== null && { standing }) };
  const page =
    again.length > 0
      ? { lives: await deps.lives.those(aoo, key, again), next: query.text('seguenti') || null }
      : await deps.lives.page(aoo, key, wish);
  return livesRegion({
    ...page,
    standing,
    counts: await deps.lives.counts(aoo, key),
    path: pathOf(key),
    number: shortNumber(key.number, key.year),
    now: deps.clock.now(),
    maySend: mayDo(caller, 'send'),
    token,
  });
}

const recipientsPage = async (visit: ReadingVisit, key: RegistrationKey, deps: LivesDeps): Promise<View> => ({
  title: `Destinatari, ${num(key)}`,
  at: 'registro',
  body: html`
    <p class="d-crumb"><a href="${pathOf(key)}">← Protocollo ${num(key)}</a></p>
    <div class="d-head"><h1 class="d-h1">Destinatari</h1></div>
    ${await recipientsOf(visit, key, deps)}`,
});

function elsewherePage({ token }: ReadingVisit, { key, life }: FoundLife, typed: string, faults: Faults): View {
  const title = 'Invia a un altro indirizzo';
  return {
    title: faultyTitle(title, faults),
    at: 'registro',
    status: faults.size > 0 ? 422 : 200,
    body: html`
    <p class="d-crumb"><a href="${pathOf(key)}/destinatari">← Destinatari, ${num(key)}</a></p>
    <div class="d-head"><h1 class="d-h1">${title}</h1></div>
    ${errorSummary(faults)}
    <form method="post" novalidate class="d-sheet d-part d-narrow">
      ${actFields({ token }, { version: life.version })}
      <p>Il messaggio ${num(key)} non è arrivato a <strong><bdi>${life.name}</bdi></strong>, <bdi>${life.address}</bdi>. Parte di nuovo, con lo stesso numero e gli stessi documenti.</p>
      ${field({
        name: 'indirizzo',
        label: 'Nuovo destinatario',
        value: typed === '' ? '' : typed,
        help: 'Un codice dell’indice, oppure Nome <indirizzo>.',
        faults,
        most: LIMITS.recipientLine,
        required: true,
      })}
      ${actBar(
        button({ label: 'Invia con lo stesso numero', kind: 'primary' }),
        linkButton({ label: 'Indietro', kind: 'quiet', href: `${pathOf(key)}/destinatari` }),
      )}
    </form>`,
  };
}
