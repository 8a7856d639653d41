/** Who calls the API: credentials, and the keys that are made here, each shown once. */
import type { Credential } from '../../../../service/access/credential.ts';
import {
  createCredential,
  DEFAULT_OVERLAP_DAYS,
  type IssuedCredential,
  revokeCredential,
  rotateCredential,
} from '../../../../service/access/manage-credentials.ts';
import { SCOPES } from '../../../../service/access/scopes.ts';
import type { Office } from '../../../../service/register/office.ts';
import { badge } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import { checkbox, errorSummary, type Faults, faultyTitle, field, NO_FAULTS, select } from '../components/fields.ts';
import { dataTable } from '../components/lists.ts';
import { note, part, sheet } from '../components/note.ts';
import { romeDay, romeFull, shortDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { FRAMEWORK_FIELDS } from '../form.ts';
import { notFoundView } from '../gate-pages.ts';
import type { DeskAnswer } from '../replies.ts';
import { type Html, html } from '../template.ts';
import { refused, seeOther, type View } from '../view.ts';
import { type ActVisit, actFields, type Visit } from '../visit.ts';
import type { AdministrationDeps } from './administration-deps.ts';
import { administrationPath, administrationView, officesReached } from './administration-page.ts';
import { SCOPE_NAMES } from './scope-names.ts';

const CLIENTS = administrationPath('applicazioni');
const NEW = `${CLIENTS}/nuova`;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function applicationPages(desk: Desk, deps: AdministrationDeps): void {
  desk.page({ path: CLIENTS, right: 'administration' }, (visit) => clientsView(deps, visit));
  desk.page({ path: NEW, right: 'administration' }, async (visit) => newKeyView(deps, visit));
  desk.act({ path: NEW, right: 'administration' }, (visit) => create(deps, visit));
  desk.act({ path: `${CLIENTS}/:id/cambia`, right: 'administration' }, (visit) => rotate(deps, visit));
  desk.act({ path: `${CLIENTS}/:id/revoca`, right: 'administration' }, (visit) => revoke(deps, visit));
}

const KINDS = { 'api-key': 'chiave', jwt: 'token', certificate: 'certificato' } as const;

const OFFERED = SCOPES.filter((scope) => scope !== 'node:admin');

async function clientsView({ administration }: AdministrationDeps, visit: Visit<'administration'>): Promise<View> {
  const { caller, aoo, token } = visit;
  const { credentials, clock } = administration;
  const all = caller.ofNode ? await credentials.list('all') : aoo === null ? [] : await credentials.list(aoo);
  const now = clock.now();
  const active = all.filter((one) => isActive(one, now));
  return administrationView({
    at: 'applicazioni',
    caller,
    body: sheet(
      part(
        {
          title: 'Applicazioni che usano le API',
          beside: html`<span class="d-second">${active.length} ${active.length === 1 ? 'attiva' : 'attive'}, ${all.length - active.length} revocate o scadute</span>${linkButton({ label: 'Nuova chiave…', kind: 'secondary', small: true, href: NEW })}`,
        },
        html`<p class="d-second">Certificati e token di un emittente si aggiungono sulla macchina, con <code>interpro credential create</code>.</p>
        ${
          all.length > 0 &&
          dataTable({
            caption: 'Credenziali',
            head: ['Nome', 'AOO', 'Tipo', 'Può', 'Ultimo uso', 'Stato', ''],
            rows: all.map((one) => [
              html`<strong>${one.name}</strong>`,
              one.aoo ?? 'nodo',
              KINDS[one.kind],
              html`<span class="d-scopes">${one.scopes.map((scope) => html`<code class="d-code">${scope}</code> `)}</span>`,
              one.lastUsedAt === null ? 'mai' : romeFull(one.lastUsedAt),
              stateOf(one, now),
              one.aoo !== null && isActive(one, now)
                ? html`<div class="d-row-acts">${one.kind === 'api-key' && actForm(one, token, 'cambia', 'Cambia la chiave', 'secondary')}${actForm(one, token, 'revoca', 'Revoca', 'danger')}</div>`
                : null,
            ]),
          })
        }`,
      ),
    ),
  });
}

const isActive = ({ revokedAt, expiresAt }: Credential, now: Date): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now);

function stateOf(one: Credential, now: Date): Html {
  if (one.revokedAt !== null) return badge('bad', `revocata da ${one.revokedBy ?? ''}`);
  if (!isActive(one, now)) return badge('bad', 'scaduta');
  return badge('ok', one.expiresAt === null ? 'attiva' : `fino al ${shortDay(romeDay(one.expiresAt))}`);
}

const actForm = (
  { id, aoo, name }: Credential,
  token: string,
  act: string,
  label: string,
  kind: 'secondary' | 'danger',
): Html => html`
  <form method="post" action="${CLIENTS}/${id}/${act}" class="d-inline-form">${actFields({ token })}<input type="hidden" name="aoo" value="${aoo ?? ''}">${button({ label, kind, small: true, says: `${label}: ${name}` })}</form>`;

/** Of the office that the form names. Credentials of the node are taken by the owner of the database alone. */
const officeIn = ({ administration }: AdministrationDeps, visit: ActVisit<'administration'>): Office | undefined =>
  officesReached(visit, administration.offices).find(({ aoo }) => aoo === visit.form.text('aoo'));

const issuing = (
  { administration: { credentials, clock, secrets } }: AdministrationDeps,
  { call, caller, request }: ActVisit<'administration'>,
) => ({
  ...{ credentials, clock },
  maker: { personId: caller.personId, address: request.ip },
  form: { call, secrets },
});

function newKeyView(
  { administration }: AdministrationDeps,
  visit: Visit<'administration'> | ActVisit<'administration'>,
  faults: Faults = NO_FAULTS,
): View {
  const offices = officesReached(visit, administration.offices);
  const form = 'form' in visit ? visit.form : visit.query;
  const act = form.text(FRAMEWORK_FIELDS.act);
  const chosen = new Set(form.all('puo'));
  return administrationView({
    at: 'applicazioni',
    title: faultyTitle('Nuova chiave', faults),
    caller: visit.caller,
    ...(faults.size > 0 && { status: 422 }),
    body: html`${errorSummary(faults)}${sheet(
      part(
        { title: 'Nuova chiave' },
        html`<p>La chiave si vede una volta sola, subito dopo: chi gestisce l’applicazione la conserva lì. Se legge o cambia messaggi o registro, il responsabile della gestione documentale ne è avvisato.</p>
        <form method="post" action="${NEW}" novalidate class="d-narrow-form">${actFields(visit, act === '' ? {} : { act })}
          ${field({ name: 'nome', label: 'Nome dell’applicazione', value: form.typed('nome'), most: 200, required: true, faults, help: 'Come la riconosci, per esempio «Gestionale tributi».' })}
          ${select({ name: 'aoo', label: 'AOO', value: form.text('aoo'), choices: offices.map(({ aoo, name }) => ({ value: aoo, label: `${name}, ${aoo}` })), faults })}
          <fieldset class="d-field${faults.has('puo') ? ' d-field--wrong' : ''}" id="puo" tabindex="-1"><legend>Che cosa può fare</legend>
            ${OFFERED.map((scope) => checkbox({ name: 'puo', value: scope, label: SCOPE_NAMES[scope], checked: chosen.has(scope), help: scope }))}
            ${faults.has('puo') && html`<p class="d-fault" id="puo-errore">${faults.get('puo')}</p>`}
          </fieldset>
          ${field({ name: 'scade', label: 'Vale fino al', type: 'date', value: form.text('scade'), optional: true, faults, help: 'Se manca, un anno da oggi.' })}
          <div class="d-acts">${button({ label: 'Crea la chiave', kind: 'primary' })}<a class="d-button d-button--quiet" href="${CLIENTS}" data-escape>Lascia stare</a></div>
        </form>`,
      ),
    )}`,
  });
}

async function create(deps: AdministrationDeps, visit: ActVisit<'administration'>): Promise<DeskAnswer> {
  const { form } = visit;
  const office = officeIn(deps, visit);
  if (office === undefined) return notFoundView;
  const [name, day] = [form.text('nome'), form.text('scade')];
  // Any other would be shown as the node's own.
  const scopes = form.all('puo').filter((scope) => OFFERED.some((one) => one === scope));
  const faults = new Map([
    ...(name === '' ? [['nome', 'Indica il nome dell’applicazione.'] as const] : []),
    ...(scopes.length === 0 ? [['puo', 'Scegli almeno una cosa che può fare.'] as const] : []),
    ...(day !== '' && !DAY.test(day) ? [['scade', 'Indica un giorno.'] as const] : []),
  ]);
  if (faults.size > 0) return newKeyView(deps, visit, faults);
  const request = { kind: 'api-key', name, scopes, expires: day === '' ? null : new Date(`${day}T22:59:59Z`) } as const;
  const issued = await createCredential(office, request, visit.caller.name, issuing(deps, visit));
  if (issued.ok) return issuedView(visit, issued.value, null);
  const { code, at, message } = issued.problem;
  if (code !== 'credential-invalid') return refused(issued.problem, CLIENTS);
  return newKeyView(deps, visit, new Map([[at === 'expires' ? 'scade' : at === 'scopes' ? 'puo' : 'nome', message]]));
}

async function rotate(deps: AdministrationDeps, visit: ActVisit<'administration'>): Promise<DeskAnswer> {
  const office = officeIn(deps, visit);
  if (office === undefined) return notFoundView;
  const issued = await rotateCredential(office, visit.params['id'] ?? '', {}, visit.caller.name, issuing(deps, visit));
  if (issued.ok)
    return issuedView(
      visit,
      issued.value,
      `La chiave di prima vale ancora ${DEFAULT_OVERLAP_DAYS} giorni, poi smette.`,
    );
  return issued.problem.code === 'not-found' ? notFoundView : refused(issued.problem, CLIENTS);
}

/** The one time that a key is shown: it is kept nowhere on the way. */
function issuedView(
  { caller, reply }: ActVisit<'administration'>,
  { credential, key }: IssuedCredential,
  besides: string | null,
): View {
  reply.header('cache-control', 'no-store');
  return administrationView({
    at: 'applicazioni',
    title: 'La chiave',
    caller,
    body: sheet(
      part(
        { title: `La chiave di «${credential.name}»` },
        key === null
          ? html`${note('warn', html`<p><strong>È già stata mostrata.</strong> Se è andata perduta, cambiala dall’elenco.</p>`)}<p><a href="${CLIENTS}">Alle applicazioni</a></p>`
          : html`${note('warn', html`<p><strong>Copiala adesso:</strong> non si può più vedere. Chi la perde ne chiede un’altra.</p>`)}
          <div class="d-key-shown" data-module="copy"><code tabindex="0" aria-label="La chiave">${key}</code>
            <button type="button" class="d-button d-button--primary" hidden>Copia</button><span role="status"></span></div>
          <p>${besides} ${credential.expiresAt !== null && html`Scade il ${shortDay(romeDay(credential.expiresAt))}.`}</p>
          <p><a class="d-button d-button--secondary" href="${CLIENTS}">L’ho copiata</a></p>`,
      ),
    ),
  });
}

async function revoke(deps: AdministrationDeps, visit: ActVisit<'administration'>): Promise<DeskAnswer> {
  const { credentials, clock } = deps.administration;
  const office = officeIn(deps, visit);
  if (office === undefined) return notFoundView;
  const done = await revokeCredential(office, visit.params['id'] ?? '', visit.caller.name, { credentials, clock });
  if (!done.ok) return done.problem.code === 'not-found' ? notFoundView : refused(done.problem, CLIENTS);
  return seeOther(CLIENTS, `«${done.value.name}» non può più entrare.`);
}
