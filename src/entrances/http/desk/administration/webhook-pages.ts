/** Who is called: webhooks, with what could not be delivered. */
import {
  listDeliveries,
  listWebhooks,
  pauseWebhook,
  type readWebhook,
  removeWebhook,
  replayDeliveries,
  resumeWebhook,
  testWebhook,
} from '../../../../service/webhooks/manage-webhooks.ts';
import type { Delivery, Webhook } from '../../../../service/webhooks/webhook.ts';
import { badge } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import { dataTable } from '../components/lists.ts';
import { facts, part, sheet } from '../components/note.ts';
import { romeFull } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import type { DeskAnswer } from '../replies.ts';
import { type Html, html } from '../template.ts';
import { refused, seeOther, type View } from '../view.ts';
import { type ActVisit, actFields, type Visit } from '../visit.ts';
import type { AdministrationDeps } from './administration-deps.ts';
import { administrationPath, administrationView, officesReached } from './administration-page.ts';
import { hookNamed, NEW_HOOK, webhookSecretPages } from './webhook-secret-pages.ts';

const HOOKS = administrationPath('webhook');

export function webhookPages(desk: Desk, deps: AdministrationDeps): void {
  desk.page({ path: HOOKS, right: 'administration' }, (visit) => webhooksView(deps, visit));
  webhookSecretPages(desk, deps);
  const { webhooks } = deps.administration;
  const about = (visit: ActVisit<'administration'>) => hookNamed(visit, deps);
  const hook = `${HOOKS}/:ente/:aoo/:id`;
  desk.act({ path: `${hook}/sospendi`, right: 'administration' }, async (visit) =>
    told(
      await pauseWebhook(about(visit), visit, visit.call, webhooks),
      'Webhook sospeso: riprende da dove si è fermato.',
    ),
  );
  desk.act({ path: `${hook}/riattiva`, right: 'administration' }, async (visit) =>
    told(await resumeWebhook(about(visit), visit, visit.call, webhooks), 'Webhook riattivato.'),
  );
  desk.act({ path: `${hook}/prova`, right: 'administration' }, async (visit) => {
    const tested = await testWebhook(about(visit), visit.call, webhooks, AbortSignal.timeout(20_000));
    if (!tested.ok) return told(tested, '');
    const { delivered, outcome, milliseconds } = tested.value;
    return seeOther(
      HOOKS,
      `${delivered ? 'Prova riuscita' : 'Prova non riuscita'}: risposta ${outcome} in ${milliseconds} ms.`,
    );
  });
  desk.act({ path: `${hook}/ripeti`, right: 'administration' }, async (visit) => {
    const done = await replayDeliveries(about(visit), null, visit.call, webhooks);
    return told(done, done.ok ? `Avvisi da consegnare di nuovo: ${done.value.replayed}.` : '');
  });
  desk.act({ path: `${hook}/togli`, right: 'administration' }, async (visit) =>
    told(await removeWebhook(about(visit), visit.call, webhooks), 'Webhook tolto: non riceve più nulla.'),
  );
}

type Outcome =
  | Awaited<ReturnType<typeof readWebhook>>
  | Awaited<ReturnType<typeof replayDeliveries>>
  | Awaited<ReturnType<typeof removeWebhook>>
  | Awaited<ReturnType<typeof testWebhook>>;

const told = (done: Outcome, sentence: string): DeskAnswer => {
  if (done.ok) return seeOther(HOOKS, sentence);
  return done.problem.code === 'not-found' ? notFoundView : refused(done.problem, HOOKS);
};

async function webhooksView({ administration }: AdministrationDeps, visit: Visit<'administration'>): Promise<View> {
  const { offices, webhooks } = administration;
  const { caller, token } = visit;
  const found = await Promise.all(
    officesReached(visit, offices).map(async (office) => ({
      office,
      hooks: await Promise.all(
        (await listWebhooks(office.aoo, webhooks)).map(async (hook) => ({ hook, dead: await deadOf(hook, webhooks) })),
      ),
    })),
  );
  const any = found.some(({ hooks }) => hooks.length > 0);
  return administrationView({
    at: 'webhook',
    caller,
    body: any
      ? html`<p>${newHook}</p>${found.map(({ office, hooks }) => hooks.length > 0 && sheet(...hooks.map(({ hook, dead }) => hookPart(office.name, hook, dead, token))))}`
      : sheet(
          part(
            { title: 'Webhook', beside: newHook },
            html`<p>Nessuna applicazione è avvisata di quello che succede. Un webhook si crea qui, o lo crea l’applicazione stessa con le sue credenziali.</p>`,
          ),
        ),
  });
}

const newHook = linkButton({ label: 'Nuovo webhook…', kind: 'secondary', small: true, href: NEW_HOOK });

/** Shown of those that were given up. */
const MOST_DEAD = 20;

async function deadOf({ aoo, webhookId }: Webhook, webhooks: AdministrationDeps['administration']['webhooks']) {
  const found = await listDeliveries([aoo, webhookId], { state: 'dead', after: 0, limit: MOST_DEAD }, webhooks);
  return found.ok ? found.value : [];
}

const REASONS = {
  person: 'sospeso da una persona',
  gone: 'sospeso: il ricevente dice che non c’è più',
  unreachable: 'sospeso: il ricevente non risponde',
  refusing: 'sospeso: il ricevente rifiuta',
} as const;

function hookPart(office: string, hook: Webhook, dead: readonly Delivery[], token: string): Html {
  const { aoo, webhookId, state, pauseReason, version, types, lastAt, lastOutcome, createdBy } = hook;
  const act = (
    name: string,
    label: string,
    kind: 'primary' | 'secondary' | 'danger',
    withVersion = false,
  ): Html => html`
    <form method="post" action="${HOOKS}/${aoo}/${webhookId}/${name}" class="d-inline-form">${actFields({ token }, withVersion ? { version } : {})}${button({ label, kind, small: true, says: `${label}: ${new URL(hook.url).host}` })}</form>`;
  return part(
    {
      title: new URL(hook.url).host,
      beside: state === 'active' ? badge('ok', 'attivo') : badge('warn', REASONS[pauseReason ?? 'person']),
    },
    html`${facts([
      ['AOO', office],
      ['Eventi', types.length === 0 ? 'tutti' : types.join(', ')],
      ['Chiesto da', createdBy],
      [
        'Ultima consegna',
        lastAt === null ? 'nessuna ancora' : html`${romeFull(lastAt)}, risposta ${lastOutcome ?? ''}`,
      ],
      ['Non consegnati', dead.length === 0 ? null : dead.length >= MOST_DEAD ? `${MOST_DEAD} o più` : dead.length],
    ])}
    <div class="d-acts">
      ${state === 'active' ? act('sospendi', 'Sospendi', 'secondary', true) : act('riattiva', 'Riattiva', 'primary', true)}
      ${act('prova', 'Prova ora', 'secondary')}
      ${act('segreto', 'Cambia il segreto', 'secondary', true)}
      ${act('togli', 'Togli', 'danger')}
      ${dead.length > 0 && act('ripeti', 'Ripeti le consegne fallite', 'secondary')}
    </div>
    ${
      dead.length > 0 &&
      html`<details class="d-how"><summary>Avvisi non consegnati</summary><div>${dataTable({
        caption: `Avvisi non consegnati a ${new URL(hook.url).host}`,
        head: [
          { label: 'Evento', isNumber: true },
          'Tipo',
          { label: 'Tentativi', isNumber: true },
          'Ultimo',
          'Risposta',
        ],
        rows: dead.map(({ seq, type, attempts, lastAt: at, lastOutcome: outcome }) => [
          seq,
          type,
          attempts,
          romeFull(at),
          outcome,
        ]),
      })}</div></details>`
    }`,
  );
}
