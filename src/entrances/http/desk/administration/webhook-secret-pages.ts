/** Webhooks that are made, or get another secret: it is shown once, with the page that made it. */
import { EVENT_TYPES } from '../../../../domain/exchange/event-types.ts';
import type { AooId } from '../../../../kernel/ids.ts';
import { createWebhook, rotateSecret, type WithSecret } from '../../../../service/webhooks/manage-webhooks.ts';
import { button } from '../components/buttons.ts';
import { checkbox, errorSummary, type Faults, faultyTitle, field, NO_FAULTS, select } from '../components/fields.ts';
import { note, part, sheet } from '../components/note.ts';
import type { Desk } from '../desk.ts';
import { FRAMEWORK_FIELDS } from '../form.ts';
import { notFoundView } from '../gate-pages.ts';
import type { DeskAnswer } from '../replies.ts';
import { html } from '../template.ts';
import { refused, type View } from '../view.ts';
import { type ActVisit, actFields, type Visit } from '../visit.ts';
import type { AdministrationDeps } from './administration-deps.ts';
import { administrationPath, administrationView, officesReached } from './administration-page.ts';

const HOOKS = administrationPath('webhook');
export const NEW_HOOK = `${HOOKS}/nuovo`;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NOWHERE = ['-' as AooId, '00000000-0000-0000-0000-000000000000'] as const;

/** Of an office that this administrator reaches; else one that does not exist. */
export function hookNamed(
  visit: ActVisit<'administration'>,
  { administration }: AdministrationDeps,
): readonly [AooId, string] {
  const named = `${visit.params['ente']}/${visit.params['aoo']}`;
  const office = officesReached(visit, administration.offices).find(({ aoo }) => aoo === named);
  const { id = '' } = visit.params;
  return office === undefined || !UUID.test(id) ? NOWHERE : [office.aoo, id];
}

export function webhookSecretPages(desk: Desk, deps: AdministrationDeps): void {
  const { webhooks } = deps.administration;
  desk.page({ path: NEW_HOOK, right: 'administration' }, async (visit) => newHookView(deps, visit));
  desk.act({ path: NEW_HOOK, right: 'administration' }, (visit) => create(deps, visit));
  desk.act({ path: `${HOOKS}/:ente/:aoo/:id/segreto`, right: 'administration' }, async (visit) => {
    const rotated = await rotateSecret(hookNamed(visit, deps), visit, visit.call, webhooks);
    if (rotated.ok)
      return secretView(visit, rotated.value, 'Quello di prima firma ancora per un giorno, insieme al nuovo.');
    return rotated.problem.code === 'not-found' ? notFoundView : refused(rotated.problem, HOOKS);
  });
}

function newHookView(
  { administration }: AdministrationDeps,
  visit: Visit<'administration'> | ActVisit<'administration'>,
  faults: Faults = NO_FAULTS,
): View {
  const form = 'form' in visit ? visit.form : visit.query;
  const act = form.text(FRAMEWORK_FIELDS.act);
  const chosen = new Set(form.all('evento'));
  return administrationView({
    at: 'webhook',
    title: faultyTitle('Nuovo webhook', faults),
    caller: visit.caller,
    ...(faults.size > 0 && { status: 422 }),
    body: html`${errorSummary(faults)}${sheet(
      part(
        { title: 'Nuovo webhook' },
        html`<p>A ogni evento dell’AOO il servizio chiama questo indirizzo. L’avviso dice che cosa è successo e a quale messaggio, senza i contenuti; è firmato con un segreto che si vede una volta sola, subito dopo.</p>
        <form method="post" action="${NEW_HOOK}" novalidate class="d-narrow-form">${actFields(visit, act === '' ? {} : { act })}
          ${select({ name: 'aoo', label: 'AOO', value: form.text('aoo'), choices: officesReached(visit, administration.offices).map(({ aoo, name }) => ({ value: aoo, label: `${name}, ${aoo}` })), faults })}
          ${field({ name: 'indirizzo', label: 'Indirizzo che viene chiamato', value: form.typed('indirizzo'), most: 2_000, required: true, faults, help: 'Un indirizzo https, come lo dà chi gestisce l’applicazione.' })}
          <details class="d-how"${chosen.size > 0 && OPEN}><summary>Solo alcuni eventi</summary><fieldset class="d-field"><legend>Quali eventi (nessuno scelto: tutti)</legend>
            ${EVENT_TYPES.map((type) => checkbox({ name: 'evento', value: type, label: type, checked: chosen.has(type) }))}
          </fieldset></details>
          <div class="d-acts">${button({ label: 'Crea il webhook', kind: 'primary' })}<a class="d-button d-button--quiet" href="${HOOKS}" data-escape>Lascia stare</a></div>
        </form>`,
      ),
    )}`,
  });
}
const OPEN = html` open`;

async function create(deps: AdministrationDeps, visit: ActVisit<'administration'>): Promise<DeskAnswer> {
  const { webhooks, offices } = deps.administration;
  const { form, call } = visit;
  const office = officesReached(visit, offices).find(({ aoo }) => aoo === form.text('aoo'));
  if (office === undefined) return notFoundView;
  const url = form.text('indirizzo');
  if (url === '') return newHookView(deps, visit, new Map([['indirizzo', 'Indica l’indirizzo da chiamare.']]));
  const types = form.all('evento').filter((type) => EVENT_TYPES.some((one) => one === type));
  const made = await createWebhook(office.aoo, { url, types, after: null }, call, webhooks);
  if (made.ok) return secretView(visit, made.value, null);
  const { code, message } = made.problem;
  return code === 'webhook-address'
    ? newHookView(deps, visit, new Map([['indirizzo', message]]))
    : refused(made.problem, HOOKS);
}

/** The one time that a secret is shown: where it is kept, it is sealed. */
function secretView(
  { caller, reply }: ActVisit<'administration'>,
  { webhook, secret }: WithSecret,
  besides: string | null,
): View {
  reply.header('cache-control', 'no-store');
  const host = new URL(webhook.url).host;
  return administrationView({
    at: 'webhook',
    title: 'Il segreto',
    caller,
    body: sheet(
      part(
        { title: `Il segreto di ${host}` },
        html`${note('warn', html`<p><strong>Copialo adesso:</strong> non si può più vedere. Chi riceve gli avvisi lo usa per sapere che vengono da qui.</p>`)}
        <div class="d-key-shown" data-module="copy"><code tabindex="0" aria-label="Il segreto">${secret}</code>
          <button type="button" class="d-button d-button--primary" hidden>Copia</button><span role="status"></span></div>
        ${besides !== null && html`<p>${besides}</p>`}
        <p><a class="d-button d-button--secondary" href="${HOOKS}">L’ho copiato</a></p>`,
      ),
    ),
  });
}
