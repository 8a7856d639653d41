/** Pages of the emergency register: the list, the form that opens one, its card, and what taking over its rows would do. */
import { legalTime } from '../../../../kernel/clock.ts';
import { emergencyLimit } from '../../../../service/by-hand/emergency.ts';
import type { EmergencyDay, EmergencyLine, EmergencySheet } from '../../../../service/by-hand/ports.ts';
import type { EmergencyPreview } from '../../../../service/by-hand/recover-emergency.ts';
import { mayDo } from '../../../../service/people/rights.ts';
import { badge } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, field, NO_FAULTS, textArea } from '../components/fields.ts';
import { dataTable } from '../components/lists.ts';
import { emptyState, facts, note, part, sheet } from '../components/note.ts';
import { registerTools } from '../components/register-tools.ts';
import { registrationPath, romeFull, shortDay } from '../components/when.ts';
import { type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import { type ActVisit, actFields, type Visit } from '../visit.ts';

export const EMERGENCY_PATH = '/registro/emergenza';
const MOST_PREVIEWED = 200;

const view = ({ caller }: Pick<Visit, 'caller'>, title: string, content: Html, beside: Html | false = false): View => ({
  title,
  at: 'registro',
  body: html`${registerTools(caller, 'emergenza')}
    <div class="d-head"><h1 class="d-h1">${title}</h1><p class="d-second">Registro di emergenza</p><div class="d-head-end">${beside}</div></div>${content}`,
});

const state = (one: EmergencySheet, now: Date): Html =>
  one.closing !== null
    ? badge('state', 'chiuso')
    : now <= emergencyLimit(one)
      ? badge('ok', 'in corso')
      : badge('warn', 'oltre il termine');

const forms = html`<p class="d-second">Da tenere pronti fuori dalla rete: <a href="${EMERGENCY_PATH}/modulo.html" download>modulo che funziona senza rete</a>, <a href="${EMERGENCY_PATH}/modulo.csv" download>tabella CSV vuota</a>.</p>`;

export function emergencyList(visit: Visit<'register:read'>, known: readonly EmergencySheet[], now: Date): View {
  const mayOpen = mayDo(visit.caller, 'register:emergency') && known.every(({ closing }) => closing !== null);
  const open = linkButton({
    ...{ label: 'Apri il registro di emergenza', kind: 'secondary', small: true, href: `${EMERGENCY_PATH}/nuovo` },
  });
  const table = dataTable({
    caption: 'Registri di emergenza',
    head: ['Provvedimento', 'Causa', 'Inizio', 'Fine', 'Stato', { label: 'Riprese', isNumber: true }],
    rows: known.map((one) => [
      html`<a href="${EMERGENCY_PATH}/${one.emergencyId}">${one.provision}</a>`,
      one.cause,
      romeFull(one.startedAt),
      one.closing === null ? html`entro ${romeFull(emergencyLimit(one))}` : romeFull(one.closing.endedAt),
      state(one, now),
      one.registrations,
    ]),
  });
  const none = emptyState(
    'Mai usato',
    'Quando non si può protocollare, il responsabile lo apre con causa e provvedimento; poi le registrazioni si riprendono qui.',
    ...(mayOpen ? [open] : []),
  );
  return view(
    visit,
    'Emergenza',
    sheet(part({}, known.length === 0 ? none : table), part({}, forms)),
    mayOpen && known.length > 0 && open,
  );
}

type Opening = Visit<'register:emergency'> | ActVisit<'register:emergency'>;

export function emergencyForm(visit: Opening, faults: Faults = NO_FAULTS): View {
  const typed = 'form' in visit ? visit.form : null;
  const act = 'call' in visit ? visit.call.idempotency?.key : undefined;
  const value = (name: string): string => typed?.text(name) ?? '';
  const title = 'Apri il registro di emergenza';
  const form = html`${errorSummary(faults)}${sheet(
    part(
      {},
      html`<form method="post" action="${EMERGENCY_PATH}/nuovo" novalidate class="d-own-form">${actFields(visit, act === undefined ? {} : { act })}
      ${field({ name: 'provvedimento', label: 'Provvedimento', value: value('provvedimento'), most: 2000, faults, help: 'Numero e data, come «Determina 12 del 30/11/2026».' })}
      ${textArea({ name: 'causa', label: 'Causa', value: value('causa'), most: 2000, rows: 2, faults })}
      ${field({ name: 'giorno', label: 'Non si protocolla dal giorno', type: 'date', value: value('giorno'), faults })}
      ${field({ name: 'ora', label: 'dalle ore', type: 'time', value: value('ora'), faults })}
      <p class="d-second">Autorizza ${visit.caller.name}. Vale 24 ore; oltre serve una proroga, con un altro provvedimento.</p>
      <div class="d-acts">${button({ label: 'Apri', kind: 'primary' })}${linkButton({ label: 'Lascia com’è', kind: 'quiet', href: EMERGENCY_PATH })}</div></form>`,
    ),
  )}`;
  return { ...view(visit, title, form), title: faultyTitle(title, faults), ...(faults.size > 0 && { status: 422 }) };
}

export interface EmergencyCard {
  readonly found: EmergencySheet;
  readonly days: readonly EmergencyDay[];
  readonly lines: readonly EmergencyLine[];
  /** So many lines are shown. */
  readonly most: number;
  readonly now: Date;
}

export function emergencyCard(visit: Visit<'register:read'>, card: EmergencyCard): View {
  const { found, now } = card;
  const { closing } = found;
  const isOpen = closing === null;
  return view(
    visit,
    found.provision,
    sheet(
      part(
        {},
        facts([
          ['Stato', state(found, now)],
          ['Causa', found.cause],
          ['Inizio', romeFull(found.startedAt)],
          ['Aperto da', html`${found.by}, ${romeFull(found.openedAt)}`],
          ...found.extensions.map(
            (one) => ['Proroga', html`fino al ${romeFull(one.endsAt)}: ${one.provision}, di ${one.by}`] as const,
          ),
          ['Termine', closing === null ? romeFull(emergencyLimit(found)) : null],
          ['Fine', closing === null ? null : romeFull(closing.endedAt)],
          ['Dichiarazione', closing?.declaration],
          ['Chiuso da', closing === null ? null : html`${closing.by}, ${romeFull(closing.at)}`],
        ]),
      ),
      isOpen && mayDo(visit.caller, 'register:write') && recoveryPart(visit, found),
      part({ title: 'Registrazioni riprese' }, taken(card)),
      isOpen && mayDo(visit.caller, 'register:emergency') && extensionPart(visit, found),
      isOpen && mayDo(visit.caller, 'register:emergency') && closingPart(visit, found, now),
      isOpen && part({}, forms),
    ),
    linkButton({ label: 'Tutti i registri di emergenza', kind: 'quiet', small: true, href: EMERGENCY_PATH }),
  );
}

const recoveryPart = (visit: Visit<'register:read'>, { emergencyId }: EmergencySheet): Html =>
  part(
    { title: 'Riprendi le registrazioni' },
    html`<form method="post" action="${EMERGENCY_PATH}/${emergencyId}/controlla" enctype="multipart/form-data" class="d-own-form">${actFields(visit)}
      ${field({ name: 'file', label: 'File del registro di emergenza', type: 'file', help: 'Il CSV o il JSON salvato dal modulo. Prima si controlla: non si registra ancora niente.' })}
      <div class="d-acts">${button({ label: 'Controlla', kind: 'secondary' })}</div></form>`,
  );

function taken({ days, lines, most, found }: EmergencyCard): Html {
  if (found.registrations === 0) return html`<p>Nessuna finora.</p>`;
  return html`${dataTable({
    caption: 'Totale di ogni giorno',
    head: ['Giorno', { label: 'Registrazioni di emergenza', isNumber: true }],
    rows: days.map(({ date, registrations }) => [shortDay(date), registrations]),
  })}${dataTable({
    caption: 'Registrazioni riprese',
    head: ['Numero di emergenza', 'Registrata il', 'Operatore', 'Protocollo', 'Corrispondente', 'Oggetto'],
    rows: lines.map((one) => [
      `${one.emergencyNumber}/${one.emergencyYear}`,
      `${shortDay(one.emergencyDate)} ${one.emergencyTime.slice(0, 5)}`,
      one.operator,
      html`<a href="${registrationPath(one)}">${String(one.number).padStart(7, '0')}/${one.year}</a>`,
      html`<span class="d-isolate">${one.correspondent}</span>`,
      html`<span class="d-isolate">${one.subject}</span>`,
    ]),
  })}${found.registrations > most && html`<p class="d-second">Si vedono le prime ${most} di ${found.registrations}.</p>`}`;
}

const extensionPart = (visit: Visit<'register:read'>, { emergencyId }: EmergencySheet): Html =>
  part(
    { title: 'Proroga' },
    html`<form method="post" action="${EMERGENCY_PATH}/${emergencyId}/proroga" class="d-own-form">${actFields(visit)}
      ${field({ name: 'provvedimento', label: 'Provvedimento di proroga', most: 2000, required: true })}
      ${field({ name: 'giorno', label: 'Fino al giorno', type: 'date', required: true, help: 'Al massimo una settimana per volta.' })}
      ${field({ name: 'ora', label: 'alle ore', type: 'time', required: true })}
      <div class="d-acts">${button({ label: 'Proroga', kind: 'secondary' })}</div></form>`,
  );

function closingPart(visit: Visit<'register:read'>, { emergencyId, registrations }: EmergencySheet, now: Date): Html {
  const { date, time } = legalTime(now);
  return part(
    { title: 'Chiudi' },
    html`<form method="post" action="${EMERGENCY_PATH}/${emergencyId}/chiudi" class="d-own-form" id="chiusura">${actFields(visit)}
      <div class="d-field"><label for="fine-giorno">Si protocolla di nuovo dal giorno</label><input class="d-input" id="fine-giorno" name="giorno" type="date" required value="${date}"></div>
      <div class="d-field"><label for="fine-ora">dalle ore</label><input class="d-input" id="fine-ora" name="ora" type="time" required value="${time.slice(0, 5)}"></div>
      ${textArea({ name: 'dichiarazione', label: 'Dichiarazione', most: 2000, rows: 2, required: true, value: `Il protocollo funziona di nuovo. Registrazioni riprese: ${registrations}.` })}
      <p class="d-second">Dopo la chiusura non si riprende più niente da questo registro.</p>
      <div class="d-acts">${button({ label: 'Chiudi il registro di emergenza', kind: 'secondary' })}</div></form>`,
  );
}

export function emergencyPreview(
  visit: ActVisit<'register:write'>,
  emergencyId: string,
  text: string,
  { rows, problems, missing }: EmergencyPreview,
): View {
  const fresh = rows.filter(({ known }) => known === null).length;
  const isWrong = problems.length > 0;
  const title = 'Controllo del registro di emergenza';
  const counts = html`<p>${rows.length} righe lette, ${fresh} da registrare, ${rows.length - fresh} già riprese.</p>`;
  const take = html`<form method="post" action="${EMERGENCY_PATH}/${emergencyId}/riprendi">${actFields(visit)}<input type="hidden" name="righe" value="${text}">
    <div class="d-acts">${button({ label: `Registra ${fresh} documenti`, kind: 'primary' })}${linkButton({ label: 'Lascia com’è', kind: 'quiet', href: `${EMERGENCY_PATH}/${emergencyId}` })}</div></form>`;
  const wrong = note(
    'bad',
    html`<p>Il file non si può riprendere così. Correggi le righe e caricalo di nuovo: non è stato registrato niente.</p><ul>${problems.map(({ message }) => html`<li>${message}</li>`)}</ul>`,
  );
  const table = dataTable({
    caption: 'Righe del file',
    head: ['Numero di emergenza', 'Registrata il', 'Verso', 'Corrispondente', 'Oggetto', 'Protocollo'],
    rows: rows
      .slice(0, MOST_PREVIEWED)
      .map((row) => [
        `${row.number}/${row.date.slice(0, 4)}`,
        `${shortDay(row.date)} ${row.time}`,
        { incoming: 'Entrata', outgoing: 'Uscita', internal: 'Interno' }[row.direction],
        html`<span class="d-isolate">${row.correspondent}</span>`,
        html`<span class="d-isolate">${row.subject}</span>`,
        row.known === null
          ? 'ne avrà uno nuovo'
          : html`<a href="${registrationPath(row.known)}">${String(row.known.number).padStart(7, '0')}/${row.known.year}</a>`,
      ]),
  });
  return {
    ...view(
      visit,
      title,
      sheet(
        part(
          {},
          html`${isWrong && wrong}${missing.length > 0 && note('warn', html`<p>Mancano i numeri ${missing.join(', ')}: se sono stati usati, vanno nel file.</p>`)}${counts}${!isWrong && take}`,
        ),
        rows.length > 0 &&
          part(
            { title: 'Righe' },
            html`${table}${rows.length > MOST_PREVIEWED && html`<p class="d-second">Si vedono le prime ${MOST_PREVIEWED}.</p>`}`,
          ),
      ),
    ),
    ...(isWrong && { title: `Errore: ${title}`, status: 422 }),
  };
}
