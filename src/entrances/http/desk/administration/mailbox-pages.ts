/** Mailboxes: how reading and sending stand, and a trial that shows each step. */
import { type MailboxTrial, type TriedStep, tryMailbox } from '../../../../service/administration/try-mailbox.ts';
import type { MailboxStatus, ServiceStatus } from '../../../../service/queries/views.ts';
import type { Office } from '../../../../service/register/office.ts';
import { badge } from '../components/badge.ts';
import { button } from '../components/buttons.ts';
import { icon } from '../components/icon.ts';
import { note, part, sheet } from '../components/note.ts';
import { howLong, romeTime } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { type Html, html } from '../template.ts';
import { seeOther, type View } from '../view.ts';
import { actFields, type Visit } from '../visit.ts';
import type { AdministrationDeps } from './administration-deps.ts';
import { administrationPath, administrationView, officesReached } from './administration-page.ts';
import { healthStrip } from './health-strip.ts';

const PATH = administrationPath('caselle');
type OfficeMailbox = Office['mailboxes'][number];

export function mailboxPages(desk: Desk, deps: AdministrationDeps): void {
  desk.page({ path: '/amministrazione', right: 'administration' }, async () => seeOther(PATH));
  desk.page({ path: PATH, right: 'administration' }, (visit) => mailboxesView(deps, visit, []));
  desk.act({ path: `${PATH}/prova`, right: 'administration' }, async (visit) => {
    const { form } = visit;
    const wanted = form.text('casella');
    const found = officesReached(visit, deps.administration.offices).flatMap((office) =>
      office.mailboxes.filter(({ address }) => wanted === '' || address === wanted).map((one) => ({ ...one, office })),
    );
    if (found.length === 0) return notFoundView;
    const trials = await Promise.all(found.slice(0, MOST_AT_ONCE).map((one) => trialOf(deps, one)));
    return mailboxesView(deps, visit, trials);
  });
}

/** Providers take it ill when one address signs in too often at once. */
const MOST_AT_ONCE = 20;

const trialOf = (
  { administration: { mailbox } }: AdministrationDeps,
  { address, account, office }: OfficeMailbox & { readonly office: Office },
): Promise<MailboxTrial> => tryMailbox({ address, account, smtp: office.smtp }, mailbox);

async function mailboxesView(
  deps: AdministrationDeps,
  visit: Visit<'administration'>,
  trials: readonly MailboxTrial[],
): Promise<View> {
  const { caller, token } = visit;
  const { views, clock } = deps.administration;
  const offices = officesReached(visit, deps.administration.offices);
  const status = await views.status();
  const known = new Map(status.mailboxes.map((one) => [`${one.aoo} ${one.mailbox}`, one]));
  const rows = offices.flatMap((office) =>
    office.mailboxes.map(({ address }) => ({ office, address, now: known.get(`${office.aoo} ${address}`) })),
  );
  // The sick ones first, then as they are configured.
  const sick = rows.filter(({ now }) => (now?.failures ?? 0) > 0);
  const sorted = [...sick, ...rows.filter((row) => !sick.includes(row))];
  const at = clock.now();
  const total = rows.length === 1 ? 'una' : String(rows.length);
  return administrationView({
    at: 'caselle',
    caller,
    body: html`
      ${caller.ofNode && (await healthStrip(deps))}
      ${sheet(
        part(
          {
            title: 'Caselle',
            beside: html`<span class="d-second">${total}, ${sick.length === 0 ? 'tutte lette' : sick.length === 1 ? 'una da guardare' : `${sick.length} da guardare`}</span>${tryForm(token, '', 'Prova tutte', 'secondary')}`,
          },
          rows.length === 0
            ? note(
                'info',
                html`<strong>Nessuna casella è configurata.</strong> Si aggiungono nel file degli uffici, poi si rilegge la configurazione.`,
              )
            : html`<ul class="d-mailboxes">${sorted.map(({ office, address, now }) => {
                const trial = trials.find(({ mailbox }) => mailbox === address);
                return html`<li class="d-mailbox">
                  <div class="d-mailbox-row">
                    <p class="d-mailbox-name"><strong>${address}</strong> <span class="d-second">${office.name}</span></p>
                    <p>${readingOf(now, at)}</p>
                    <p>${sendingOf(status, office)}</p>
                    ${tryForm(token, address, trial === undefined ? 'Prova ora' : 'Prova di nuovo', 'secondary')}
                  </div>
                  ${trial !== undefined ? trialNote(trial) : (now?.failures ?? 0) > 0 && sickNote(now)}
                </li>`;
              })}</ul>`,
        ),
      )}`,
  });
}

const tryForm = (token: string, mailbox: string, label: string, kind: 'primary' | 'secondary'): Html => html`
  <form method="post" action="${PATH}/prova" class="d-inline-form">${actFields({ token })}<input type="hidden" name="casella" value="${mailbox}">${button({ label, kind, small: true, ...(mailbox !== '' && { says: `${label}: ${mailbox}` }) })}</form>`;

function readingOf(now: MailboxStatus | undefined, at: Date): Html {
  if (now === undefined || (now.lastSuccess === null && now.failures === 0)) return badge('wait', 'non ancora letta');
  if (now.failures > 0)
    return badge('bad', now.lastSuccess === null ? 'mai letta' : `ferma da ${howLong(now.lastSuccess, at)}`);
  return badge('ok', `letta ${agoOf(now.lastSuccess ?? '', at)}`);
}

const agoOf = (since: string, at: Date): string => {
  const seconds = Math.max(0, Math.round((at.getTime() - new Date(since).getTime()) / 1000));
  return seconds < 60 ? `${seconds} s fa` : `${howLong(since, at)} fa`;
};

function sendingOf({ outbox }: ServiceStatus, { aoo }: Office): Html {
  const failing = outbox.failing.find((one) => one.aoo === aoo);
  if (failing === undefined) return badge('ok', 'invio: nulla è fermo');
  return badge('bad', `invio: ${failing.queued} ${failing.queued === 1 ? 'fermo' : 'fermi'}`);
}

const sickNote = (now: MailboxStatus | undefined): Html =>
  note(
    'bad',
    html`<strong>Non si legge.</strong> ${now?.lastError ?? ''} <span class="d-second">I messaggi arrivati intanto restano dal gestore: nessuno va perduto.</span>`,
  );

const STEPS = {
  reached: ['Il server risponde e il suo certificato è valido', 'Il server non risponde come dovrebbe', 'Il server'],
  'signed-in': ['Nome utente e password sono accettati', 'Accesso rifiutato', 'Accesso'],
  open: ['La posta in arrivo si legge', 'La posta in arrivo non si legge', 'Lettura della posta in arrivo'],
  'way-out': ['Il server di invio accetta l’accesso', 'Il server di invio non va', 'Invio'],
} as const;

const OUTCOMES = {
  well: ['it-check-circle', 'Riuscito'],
  failed: ['it-warning-circle', 'Non riuscito'],
  'not-tried': ['it-minus-circle', 'Non provato'],
} as const;

function trialNote({ at, steps }: MailboxTrial): Html {
  const failed = steps.find(({ outcome }) => outcome === 'failed');
  return note(
    failed === undefined ? 'ok' : 'bad',
    html`<strong>Prova delle ${romeTime(at)}.</strong> ${failed === undefined ? 'Tutto riesce.' : failed.says}
      <ol class="d-trial">${steps.map(stepOf)}</ol>
      ${failed !== undefined && html`<p class="d-second">I messaggi arrivati intanto restano dal gestore: nessuno va perduto.</p>`}`,
  );
}

function stepOf({ step, outcome, milliseconds }: TriedStep): Html {
  const [well, wrong, name] = STEPS[step];
  const [sign, word] = OUTCOMES[outcome];
  const said = outcome === 'well' ? well : outcome === 'failed' ? wrong : `${name}: non provata`;
  return html`<li class="d-trial-step d-trial-step--${outcome}">${icon(sign)}<span class="visually-hidden">${word}: </span><span>${said}</span>${
    milliseconds !== null && html`<span class="d-second d-trial-time">${milliseconds} ms</span>`
  }</li>`;
}
