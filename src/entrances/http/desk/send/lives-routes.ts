/** A sent message after it has left: its recipients, the proofs, and sending again. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { AooId } from '../../../../kernel/ids.ts';
import { LIMITS } from '../../../../kernel/limits.ts';
import type { Problem } from '../../../../kernel/problems.ts';
import type { Commands } from '../../../../service/commands/commands.ts';
import type { Evidence, OpenedEvidence } from '../../../../service/evidence/open-evidence.ts';
import { type Reader, readerOf } from '../../../../service/people/rights.ts';
import type { RecipientLife, RecipientLives } from '../../../../service/queries/recipient-lives.ts';
import type { RegisterViews } from '../../../../service/queries/register-views.ts';
import type { RegistrationKey } from '../../../../service/register/changes.ts';
import { attachment } from '../../reply/content-disposition.ts';
import { tag } from '../components/badge.ts';
import { actBar, button, linkButton } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, field, NO_FAULTS } from '../components/fields.ts';
import { note } from '../components/note.ts';
import { longDay, num, registrationPath } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { shortSubject } from '../message/shown-document.ts';
import { openSheet } from '../register/open-sheet.ts';
import { annulmentWords } from '../register/register-lines.ts';
import { sheetFrame } from '../register/sheet-frame.ts';
import type { DeskAnswer } from '../replies.ts';
import { html } from '../template.ts';
import { type Refused, refused, seeOther, type View } from '../view.ts';
import { actFields } from '../visit.ts';
import { livesCsv } from './lives-csv.ts';
import { recipientLines } from './recipient-lines.ts';
import { type ReadingVisit, type RecipientsDeps, recipientsOf } from './recipients.ts';

export interface LivesDeps extends RecipientsDeps {
  /** Is there such a registration for this reader? */
  readonly mayRead: (aoo: AooId, registration: RegistrationKey, reader: Reader) => Promise<boolean>;
  readonly commands: Pick<Commands, 'resend' | 'sendElsewhere'>;
  /** Who changed the exchange last, when, and how. */
  readonly lastChange: (aoo: AooId, reader: Reader, exchangeId: string) => Promise<string | null>;
  readonly evidence: Evidence;
  readonly registerViews: Pick<RegisterViews, 'sheet'>;
}

const UNDER = '/registro/:year/:number/destinatari';

export function livesRoutes(desk: Desk, deps: LivesDeps): void {
  desk.page({ path: UNDER, right: 'register:read' }, async (visit) => {
    const key = await keyIn(visit, deps);
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
      : tooLate(visit, found, sent.problem, deps);
  });
  desk.act({ path: `${UNDER}/:exchange/invia-di-nuovo`, right: 'send' }, async (visit) => {
    const found = await lifeAt(visit, deps);
    if (found === null) return notFoundView;
    const request = { exchangeId: found.life.exchangeId, version: visit.version };
    const sent = await deps.commands.resend(visit.office, request, visit.call);
    const back = `${pathOf(found.key)}/destinatari`;
    return sent.ok
      ? seeOther(back, `Inviato di nuovo a ${found.life.name}.`)
      : tooLate(visit, found, sent.problem, deps);
  });
  fileRoutes(desk, deps);
}

/** Whoever was faster is named, with the moment and what they did. */
async function tooLate(
  { aoo, caller }: ReadingVisit,
  { key, life }: FoundLife,
  why: Problem,
  { lastChange }: LivesDeps,
): Promise<Refused> {
  const isLate = why.code === 'version-conflict' || why.code === 'state-conflict';
  const faster = isLate ? await lastChange(aoo, readerOf(caller), life.exchangeId) : null;
  return refused(why, `${pathOf(key)}/destinatari`, faster ?? undefined);
}

/** What a person takes away: the proofs of one exchange, the list of all recipients. */
function fileRoutes(desk: Desk, deps: LivesDeps): void {
  const config = { access: 'desk', right: 'register:read' } as const;
  desk.server.get(`${UNDER}/:exchange/prove.zip`, { config, schema: { hide: true } }, async (request, reply) => {
    const visit = await desk.admit(request, reply, 'register:read');
    if (visit === null) return reply;
    const found = await lifeAt(visit, deps);
    return sendEvidence(reply, found && (await deps.evidence.openEvidence(visit.aoo, found.life.exchangeId)));
  });
  desk.server.get('/registro/:year/:number/prove.zip', { config, schema: { hide: true } }, async (request, reply) => {
    const visit = await desk.admit(request, reply, 'register:read');
    if (visit === null) return reply;
    const key = await keyIn(visit, deps);
    return sendEvidence(reply, key && (await deps.evidence.openRegistrationEvidence(visit.aoo, key)));
  });
  desk.server.get(`${UNDER}.csv`, { config, schema: { hide: true } }, async (request, reply) => {
    const visit = await desk.admit(request, reply, 'register:read');
    if (visit === null) return reply;
    const key = await keyIn(visit, deps);
    if (key === null) return reply.callNotFound();
    const name = `destinatari-${key.year}-${String(key.number).padStart(7, '0')}.csv`;
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', attachment(name))
      .header('cache-control', 'no-store')
      .send(Readable.from(livesCsv(allLives(visit.aoo, key, deps))));
  });
}

function sendEvidence(reply: FastifyReply, opened: OpenedEvidence<unknown> | null): FastifyReply {
  if (opened === null) {
    reply.callNotFound();
    return reply;
  }
  // Whoever goes away in the middle leaves nothing open.
  opened.index.catch(() => undefined);
  return reply
    .type('application/zip')
    .header('content-disposition', attachment(opened.name))
    .header('cache-control', 'no-store')
    .header('content-security-policy', "sandbox; default-src 'none'")
    .send(opened.stream);
}

async function* allLives(aoo: AooId, key: RegistrationKey, { lives }: LivesDeps): AsyncGenerator<RecipientLife> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<RecipientLives['page']>> = await lives.page(aoo, key, { cursor, limit: 500 });
    yield* page.lives;
    cursor = page.next;
  } while (cursor !== null);
}

const pathOf = (key: RegistrationKey): string => registrationPath(key);

/** Null: no such registration, or none for this person. */
async function keyIn(
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
  const key = await keyIn(visit, deps);
  if (key === null) return null;
  const [life] = await deps.lives.those(visit.aoo, key, [visit.params['exchange'] ?? '']);
  return life === undefined ? null : { key, life };
}

async function recipientsPage(visit: ReadingVisit, key: RegistrationKey, deps: LivesDeps): Promise<DeskAnswer> {
  const region = await recipientsOf(visit, key, deps);
  const title = `Destinatari, ${num(key)}`;
  // Only the region is taken from what a page asks again by itself.
  if (visit.query.text('righe') !== '') return { title, body: region };
  const row = await openSheet(visit, deps);
  if (row === null) return notFoundView;
  return {
    title,
    at: 'registro',
    keys: ['l', 'p', 'Escape'],
    body: html`
    ${sheetFrame(visit, row, 'exchange')}
    <div class="d-head d-head--lives"><div><p class="d-second">Protocollo <strong>${num(key)}</strong> in uscita, ${longDay(row.date)}, ${row.time.slice(0, 5)}</p>
      <h1 class="d-h1 d-isolate">${shortSubject(row.subject)} ${row.reserved && tag('riservata')}</h1></div></div>
    ${row.annulment !== null && note('bad', html`<p>${annulmentWords(row.annulment, deps.clock.now())}.</p>`)}
    ${region}`,
  };
}

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
