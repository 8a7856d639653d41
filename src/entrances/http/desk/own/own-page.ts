import type { Absence, Delegation } from '../../../../service/people/own-account.ts';
import type { DeskPerson, OpenSession, SignInMethod, Workplace } from '../../../../service/people/person.ts';
import { badge } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import { checkbox, errorSummary, type Faults, field, select } from '../components/fields.ts';
import { dataTable } from '../components/lists.ts';
import { facts, part, sheet } from '../components/note.ts';
import { rome, shortDay } from '../components/when.ts';
import { ROLE_NAMES } from '../role-names.ts';
import { type Html, html } from '../template.ts';
import { actFields, type Visit } from '../visit.ts';

export interface OwnPage {
  readonly person: DeskPerson;
  readonly factor: 'off' | { readonly codesLeft: number };
  readonly sessions: readonly OpenSession[];
  readonly workplaces: readonly Workplace[];
  readonly absences: readonly Absence[];
  readonly delegations: readonly Delegation[];
  readonly colleagues: readonly { readonly personId: string; readonly name: string }[];
  /** Null: it is not offered. */
  readonly digest: boolean | null;
  readonly today: string;
  readonly now: Date;
  readonly faults: Faults;
  /** What was typed into a form that was not taken. */
  readonly typed: (name: string) => string;
}

export const ownPage = (visit: Visit<'own'>, page: OwnPage): Html => html`
  <div class="d-page-head"><h1>${page.person.name}</h1></div>
  <div class="d-own">
  ${errorSummary(page.faults)}
  ${sheet(whoPart(visit, page), visit.aoo !== null && absencePart(visit, page))}
  ${sheet(page.person.hasPassword && passwordPart(visit, page), factorPart(visit, page), sessionsPart(visit, page), page.digest !== null && digestPart(visit, page, page.digest), keysPart(visit))}
  </div>`;

function whoPart(visit: Visit<'own'>, { person, workplaces }: OwnPage): Html {
  const { caller, office } = visit;
  const roles = [...caller.roles].map((role) => ROLE_NAMES[role]);
  return part(
    { title: 'Chi sei' },
    html`
    ${facts([
      ['Nome', person.name],
      ['Nome per entrare', person.login],
      ['Lavori per', office?.name ?? 'l’amministrazione del nodo'],
      ['Ruoli', roles.length > 0 ? roles.join(', ') : 'nessuno: chiedi a chi amministra il sistema'],
    ])}
    ${
      workplaces.length > 1 &&
      html`<form method="post" action="/io/ufficio" class="d-inline-form">
      ${actFields(visit)}
      ${select({ name: 'ufficio', label: 'Lavora per', value: visit.aoo ?? '', choices: workplaces.map(({ aoo, name }) => ({ value: aoo, label: name })) })}
      ${button({ label: 'Cambia', kind: 'secondary' })}
    </form>`
    }
    <form method="post" action="/esci" class="d-own-leave">${actFields(visit)}${button({ label: 'Esci', kind: 'secondary' })}</form>`,
  );
}

function passwordPart(visit: Visit<'own'>, { person, faults }: OwnPage): Html {
  return part(
    { title: 'Password', id: 'password' },
    html`
    <form method="post" action="/io/password" novalidate class="d-own-form">
      ${actFields(visit)}
      <input type="text" class="visually-hidden" name="nome" value="${person.login}" autocomplete="username" readonly tabindex="-1" aria-hidden="true">
      ${field({ name: 'attuale', label: 'Password di adesso', type: 'password', autocomplete: 'current-password', faults })}
      ${field({ name: 'nuova', label: 'Password nuova', type: 'password', autocomplete: 'new-password', most: 256, help: 'Almeno 12 caratteri: vanno bene più parole con gli spazi. Gli altri accessi aperti si chiudono.', module: 'password', faults })}
      ${button({ label: 'Cambia la password', kind: 'secondary' })}
    </form>`,
  );
}

function factorPart(visit: Visit<'own'>, { person, factor, faults }: OwnPage): Html | false {
  // Whoever signs in with the body's account has its second factor there.
  if (!person.hasPassword) return false;
  if (factor === 'off')
    return part(
      { title: 'Secondo fattore', id: 'secondo-fattore', beside: badge('wait', 'non attivo') },
      html`<p>Oltre alla password si chiede un codice che cambia ogni trenta secondi, da un’applicazione sul telefono.</p>
    <p class="d-own-act">${linkButton({ label: 'Attiva…', href: '/io/secondo-fattore', kind: 'secondary' })}</p>`,
    );
  const { codesLeft } = factor;
  return part(
    { title: 'Secondo fattore', id: 'secondo-fattore', beside: badge('ok', 'attivo') },
    html`
    <p>${codesLeft === 1 ? 'Resta un codice di riserva' : `Restano ${codesLeft} codici di riserva`}. Per averne di nuovi, toglilo e attivalo ancora.</p>
    <form method="post" action="/io/secondo-fattore/togli" novalidate class="d-own-form">
      ${actFields(visit)}
      ${field({ name: 'conferma', label: 'Password, per conferma', type: 'password', autocomplete: 'current-password', faults })}
      ${button({ label: 'Togli il secondo fattore', kind: 'danger' })}
    </form>`,
  );
}

const METHODS = {
  password: 'con la password',
  account: 'con l’account dell’ente',
  entry: 'con un collegamento',
} as const satisfies Record<SignInMethod, string>;

function sessionsPart(visit: Visit<'own'>, { sessions, now }: OwnPage): Html {
  return part(
    { title: 'Dove sei collegato', id: 'accessi' },
    html`
    ${dataTable({
      caption: 'Accessi aperti',
      head: ['Da dove', 'Entrato', 'Ultima richiesta', ''],
      rows: sessions.map(({ sessionId, address, agent, method, startedAt, seenAt }) => [
        html`${browserName(agent)} <span class="d-second">${[address, METHODS[method]].filter((one) => one !== '').join(', ')}</span>`,
        rome(startedAt, now),
        rome(seenAt, now),
        sessionId === visit.caller.sessionId
          ? badge('ok', 'questo')
          : html`<form method="post" action="/io/accessi/chiudi">${actFields(visit)}<input type="hidden" name="accesso" value="${sessionId}">${button({ label: 'Chiudi', kind: 'secondary', small: true, says: `Chiudi l’accesso da ${address}` })}</form>`,
      ]),
    })}
    ${
      sessions.length > 1 &&
      html`<form method="post" action="/io/accessi/chiudi-altri" class="d-own-act">${actFields(visit)}${button({ label: 'Chiudi tutti gli altri', kind: 'secondary' })}</form>`
    }`,
  );
}

/** Enough to recognise one's own; the rest of what a browser says of itself helps nobody. */
function browserName(agent: string): string {
  const name = /Edg\//.test(agent)
    ? 'Edge'
    : /Firefox\//.test(agent)
      ? 'Firefox'
      : /Chrome\//.test(agent)
        ? 'Chrome'
        : /Safari\//.test(agent)
          ? 'Safari'
          : 'Altro browser';
  const system = /Windows/.test(agent)
    ? 'Windows'
    : /Android/.test(agent)
      ? 'Android'
      : /iPhone|iPad/.test(agent)
        ? 'iOS'
        : /Mac OS/.test(agent)
          ? 'macOS'
          : /Linux/.test(agent)
            ? 'Linux'
            : '';
  return system === '' ? name : `${name} su ${system}`;
}

const digestPart = (visit: Visit<'own'>, { person }: OwnPage, isWanted: boolean): Html =>
  part(
    { title: 'Riepilogo per e-mail', id: 'riepilogo' },
    html`
    <p>Ogni mattina, a <bdi>${person.address}</bdi>: che cosa è da prendere in carico o da leggere. Di ciò che è riservato c’è solo il numero.</p>
    <form method="post" action="/io/riepilogo" class="d-own-act">
      ${actFields(visit)}
      ${checkbox({ name: 'riepilogo', label: 'Manda il riepilogo', checked: isWanted })}
      ${button({ label: 'Salva', kind: 'secondary', says: 'Salva il riepilogo' })}
    </form>`,
  );

const keysPart = (visit: Visit<'own'>): Html =>
  part(
    { title: 'Tasti singoli', id: 'tasti' },
    html`
    <p>Con una lettera si passa da una riga all’altra e si agisce; mentre scrivi non valgono.</p>
    <form method="post" action="/io/tasti" class="d-own-act">
      ${actFields(visit)}
      ${checkbox({ name: 'tasti', label: 'Usa i tasti singoli', checked: visit.caller.singleKeys })}
      ${button({ label: 'Salva', kind: 'secondary' })}
    </form>`,
  );

function absencePart(visit: Visit<'own'>, page: OwnPage): Html {
  const { absences, today, faults, typed } = page;
  const remove = (action: string, name: string, value: string, says: string): Html =>
    html`<form method="post" action="${action}">${actFields(visit)}<input type="hidden" name="${name}" value="${value}">${button({ label: 'Togli', kind: 'secondary', small: true, says })}</form>`;
  return part(
    { title: 'Assenze e deleghe', id: 'assenze' },
    html`
    <p class="d-second">Chi assegna vede che sei assente. Chi deleghi lavora, in quei giorni, anche per i tuoi uffici.</p>
    ${
      absences.length > 0 &&
      html`<ul class="d-list">${absences.map(({ absenceId, first, last }) => html`<li class="d-own-row"><span>Assente ${period(first, last)}</span>${remove('/io/assenze/togli', 'assenza', absenceId, `Togli l’assenza ${period(first, last)}`)}</li>`)}</ul>`
    }
    <form method="post" action="/io/assenze" novalidate class="d-own-days">
      ${actFields(visit)}
      ${field({ name: 'assente-dal', label: 'Assente dal', type: 'date', value: typed('assente-dal') || today, faults })}
      ${field({ name: 'assente-al', label: 'al', type: 'date', value: typed('assente-al'), faults })}
      ${button({ label: 'Segna l’assenza', kind: 'secondary' })}
    </form>
    ${delegationRows(page, remove, visit.caller.personId)}
    ${delegationForm(visit, page)}`,
  );
}

const delegationRows = (
  { delegations }: OwnPage,
  remove: (action: string, name: string, value: string, says: string) => Html,
  me: string,
): Html | false =>
  delegations.length > 0 &&
  html`<ul class="d-list">${delegations.map(({ delegationId, fromPerson, toPerson, first, last, note }) => {
    const isMine = fromPerson.personId === me;
    const said = isMine ? `Deleghi ${toPerson.name}` : `Lavori anche per ${fromPerson.name}`;
    return html`<li class="d-own-row"><span>${said} ${period(first, last)}${note !== '' && html` <span class="d-second">${note}</span>`}</span>${
      isMine && remove('/io/deleghe/togli', 'delega', delegationId, `Togli la delega a ${toPerson.name}`)
    }</li>`;
  })}</ul>`;

const delegationForm = (visit: Visit<'own'>, { colleagues, today, faults, typed }: OwnPage): Html | false =>
  colleagues.length > 0 &&
  html`<form method="post" action="/io/deleghe" novalidate class="d-own-days">
      ${actFields(visit)}
      ${select({
        name: 'delegato',
        label: 'Delega a',
        value: typed('delegato'),
        faults,
        choices: [
          { value: '', label: 'Scegli una persona' },
          ...colleagues.map(({ personId, name }) => ({ value: personId, label: name })),
        ],
      })}
      ${field({ name: 'delega-dal', label: 'dal', type: 'date', value: typed('delega-dal') || today, faults })}
      ${field({ name: 'delega-al', label: 'al', type: 'date', value: typed('delega-al'), faults })}
      ${field({ name: 'delega-nota', label: 'Nota', optional: true, most: 500, value: typed('delega-nota') })}
      ${button({ label: 'Delega', kind: 'secondary' })}
    </form>`;

const period = (first: string, last: string): string =>
  first === last ? `il ${shortDay(first)}` : `dal ${shortDay(first)} al ${shortDay(last)}`;
