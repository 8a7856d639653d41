/** The offices as they are configured, whether the files on disk can be read, and what an office does about each problem. */
import { effectOf } from '../../../../domain/exchange/problem-policy.ts';
import type { OnReceipt } from '../../../../kernel/problem-row.ts';
import { PROBLEMS, type ProblemCode, titleOf } from '../../../../kernel/problems.ts';
import type { Office, PlainMailRule } from '../../../../service/register/office.ts';
import type { ReloadMode, ReloadReport } from '../../../../service/reload/reload-report.ts';
import { tag } from '../components/badge.ts';
import { actBar, button } from '../components/buttons.ts';
import { dataTable } from '../components/lists.ts';
import { facts, note, part, sheet } from '../components/note.ts';
import type { Desk } from '../desk.ts';
import { deniedView } from '../gate-pages.ts';
import { type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import { actFields, type Visit } from '../visit.ts';
import type { AdministrationDeps } from './administration-deps.ts';
import { administrationPath, administrationView, officesReached } from './administration-page.ts';

const PATH = administrationPath('aoo');

export function configurationPages(desk: Desk, deps: AdministrationDeps): void {
  desk.page({ path: PATH, right: 'administration' }, async (visit) => officesView(deps, visit, null));
  desk.act({ path: `${PATH}/rilettura`, right: 'administration' }, async (visit) => {
    if (!visit.caller.ofNode) return deniedView('right');
    const mode: ReloadMode = visit.form.text('modo') === 'applica' ? 'reload' : 'compare';
    return officesView(deps, visit, reportNote(await deps.administration.reload(mode), mode));
  });
  desk.page({ path: administrationPath('regole'), right: 'administration' }, async (visit) => rulesView(deps, visit));
}

function officesView({ administration }: AdministrationDeps, visit: Visit<'administration'>, said: Html | null): View {
  const { caller, token } = visit;
  const faults = caller.ofNode ? administration.faults : [];
  const offices = officesReached(visit, administration.offices);
  return administrationView({
    at: 'aoo',
    caller,
    body: html`
      ${said}
      ${faults.length > 0 && note('warn', html`<strong>La configurazione in vigore ha anomalie.</strong><ul>${faults.map((fault) => html`<li>${fault}</li>`)}</ul>`)}
      ${sheet(
        caller.ofNode &&
          part(
            { title: 'Configurazione su disco' },
            html`<p>Prima si controlla: dice che cosa cambierebbe e che cosa è sbagliato. Poi si applica, senza fermare il servizio.</p>
          <form method="post" action="${PATH}/rilettura">${actFields({ token })}${actBar(
            button({ label: 'Controlla', kind: 'primary', name: 'modo', value: 'controlla' }),
            button({ label: 'Rileggi e applica', kind: 'secondary', name: 'modo', value: 'applica' }),
          )}</form>`,
          ),
        ...offices.map(officePart),
      )}`,
  });
}

const officePart = (office: Office): Html =>
  part(
    { title: office.name },
    facts([
      ['AOO', office.aoo],
      ['Registro', office.register],
      ['Indirizzo da cui invia', office.address],
      ['Caselle che legge', office.mailboxes.map(({ address }) => address).join(', ') || 'nessuna'],
      ['Numeri', office.numbering === 'own' ? 'li dà questo registro' : 'li dà il sistema di protocollo dell’ufficio'],
      ['Conferme', office.confirm === 'always' ? 'a ogni messaggio registrato' : 'solo a chi le chiede'],
      ['Sigillo', office.signer === null ? 'nessuno: non si invia in formato 3.0.0' : 'configurato'],
      ['Risposte automatiche', `al più ${office.answersPerHour} all’ora a uno stesso indirizzo`],
    ]),
  );

/** What the service found is said in its own words, which are English as its log is. */
function reportNote(report: ReloadReport | null, mode: ReloadMode): Html {
  if (report === null)
    return note('info', html`<strong>Questo servizio non può rileggere la configurazione.</strong> Va riavviato.`);
  const { faults, changes, needsRestart } = report;
  const list = (title: string, items: readonly string[]): Html | false =>
    items.length > 0 &&
    html`<p>${title}</p><ul>${items.map((item) => html`<li><code lang="en">${item}</code></li>`)}</ul>`;
  if (faults.length > 0)
    return note(
      'bad',
      html`<strong>${faults.length === 1 ? 'C’è un errore' : `Ci sono ${faults.length} errori`}: resta in vigore la configurazione di prima.</strong>${list('Da correggere:', faults)}`,
    );
  const what =
    changes.length === 0 && needsRestart.length === 0
      ? 'Su disco c’è la stessa configurazione in vigore.'
      : mode === 'reload'
        ? 'La nuova configurazione è in vigore.'
        : 'La configurazione su disco si può applicare.';
  return note(
    'ok',
    html`<strong>${what}</strong>${list(mode === 'reload' ? 'È cambiato:' : 'Cambierebbe:', changes)}${list('Serve un riavvio per:', needsRestart)}`,
  );
}

const EFFECTS = {
  note: 'si annota e si registra',
  flag: 'si registra con una segnalazione',
  operator: 'decide una persona',
  exception: 'si rifiuta, e il mittente riceve il motivo',
} as const satisfies Record<OnReceipt, string>;

/** Problems that a message can have. */
const OF_MESSAGES = (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) =>
  /^(?:mime|mail|pec|daticert|xml|segnatura|digest|document|seal|recipient|sender)-/.test(code),
);

const rulesView = ({ administration: { offices } }: AdministrationDeps, visit: Visit<'administration'>): View =>
  administrationView({
    at: 'regole',
    caller: visit.caller,
    body: html`${officesReached(visit, offices).map((office) =>
      sheet(
        part({ title: office.name }, policyOf(office)),
        part({ title: 'PEC senza segnatura' }, plainMailOf(office)),
      ),
    )}`,
  });

/** By an example each: what would happen to a message with that problem. */
function policyOf(office: Office): Html {
  const own = OF_MESSAGES.filter((code) => office.policy.has(code));
  const rows = OF_MESSAGES.filter((code) => effectOf(code, office.policy) !== 'note').map((code) => [
    html`${titleOf(code)}${own.includes(code) && tag('regola di questa AOO')}`,
    EFFECTS[effectOf(code, office.policy)],
  ]);
  return html`
    <p>Un messaggio senza difetti si registra da solo${office.confirm === 'always' ? ' e il mittente riceve la conferma con il numero' : ''}. ${
      own.length === 0
        ? 'Per il resto valgono le regole comuni.'
        : `Qui ${own.length === 1 ? 'una regola è diversa' : `${own.length} regole sono diverse`} da quelle comuni.`
    }</p>
    <details class="d-how"><summary>Che cosa succede se arriva un messaggio con un difetto</summary><div>${dataTable({
      caption: `Che cosa fa ${office.name} per ogni difetto`,
      head: ['Se…', 'allora'],
      rows,
    })}</div></details>`;
}

function plainMailOf({ plainMail }: Office): Html {
  if (plainMail.length === 0) return html`<p>Nessuna regola: ogni PEC senza segnatura attende una persona.</p>`;
  return html`<p>La prima regola che vale decide; senza regola attende una persona.</p><ol class="d-list">${plainMail.map((rule) => html`<li>${ruleSentence(rule)}</li>`)}</ol>`;
}

/** "Se viene da @banca.example.it e l'oggetto contiene «bolletta», si registra e va a Ragioneria." */
function ruleSentence({ from, subject, to, office, classification }: PlainMailRule): string {
  const conditions = [
    from !== undefined && `viene da ${from}`,
    to !== undefined && `arriva a ${to}`,
    subject !== undefined && `l’oggetto contiene «${subject}»`,
  ].filter((part) => part !== false);
  const effects = [
    'si registra',
    office !== undefined && `va a ${office}`,
    classification !== undefined && `con classificazione ${classification}`,
  ].filter((part) => part !== false);
  const condition = conditions.length === 0 ? 'Sempre' : `Se ${conditions.join(' e ')}`;
  return `${condition}, ${effects.join(', ')}.`;
}
