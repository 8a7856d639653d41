/** What is shown instead of a page or an act: nothing that was typed is lost. */
import { PROBLEMS } from '../../../kernel/problems.ts';
import { button, linkButton } from './components/buttons.ts';
import { note } from './components/note.ts';
import { FRAMEWORK_FIELDS, type PostedForm } from './form.ts';
import type { Lack } from './gate.ts';
import { type Html, html } from './template.ts';
import type { Refused, View } from './view.ts';
import { actFields } from './visit.ts';

/** A posted form that could not be taken yet. */
export interface Held {
  readonly action: string;
  readonly form: PostedForm;
  /** The act key that it was posted under: it is done once, whenever it is repeated. Null: it gets one now. */
  readonly act: string | null;
  readonly token: string;
  /** Names of files that came with it, and were not kept. */
  readonly leftFiles: readonly string[];
}

/** Which button was pressed. Without its files, a form is only shown again: nothing is registered or sent that lacks them. */
const PRESSED = 'azione';

const heldFields = ({ form, leftFiles }: Pick<Held, 'form' | 'leftFiles'>): Html =>
  html`${form.fields
    .filter(([name]) => leftFiles.length === 0 || name !== PRESSED)
    .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`;

const versionOf = (form: PostedForm): number | null => {
  const version = form.text(FRAMEWORK_FIELDS.version);
  return /^\d{1,9}$/.test(version) ? Number(version) : null;
};

/** The form again, with a token of the present session and the act key it had. */
const again = (held: Held, label: string): Html => html`
  <form method="post" action="${held.action}">
    ${actFields(held, { version: versionOf(held.form), ...(held.act !== null && { act: held.act }) })}
    ${heldFields(held)}
    ${button({ label, kind: 'primary' })}
  </form>`;

/** The session has ended: after signing in in another tab or here, the form is sent with all it held. */
export const signInAgainView = (held: Held): View => ({
  title: 'Accesso scaduto',
  status: 401,
  body: html`
    <div class="d-narrow">
      <h1>Accesso scaduto</h1>
      ${note(
        'warn',
        held.leftFiles.length === 0
          ? html`<strong>Non si è perso nulla.</strong> Entra di nuovo nell’altra scheda, poi torna qui e riprendi.`
          : html`<strong>Quello che hai scritto è conservato.</strong> Entra di nuovo nell’altra scheda, poi torna qui e riprendi. I file sono da scegliere di nuovo: ${held.leftFiles.join(', ')}.`,
      )}
      <p>${linkButton({ label: 'Entra (si apre un’altra scheda)', href: '/entra?ritorno=%2Fio%2Fentrato', kind: 'secondary', newTab: true })}</p>
      ${again(held, 'Riprendi da dove eri')}
    </div>`,
});

const WHY_REPEAT = {
  /** It belongs to an earlier session, or its page was open for too long. */
  token: 'Il modulo era di un accesso precedente: invialo solo se l’hai scritto tu.',
  /** Our pages send it: a program has left it out. */
  once: 'Al modulo mancava il codice che lo fa eseguire una volta sola.',
} as const;

/** Nothing was done yet: the person says whether it still should be. */
export const repeatView = (held: Held, lack: keyof typeof WHY_REPEAT): View => ({
  title: 'Conferma l’invio',
  status: 403,
  body: html`
    <div class="d-narrow">
      <h1>Conferma l’invio</h1>
      ${note('warn', html`<strong>${WHY_REPEAT[lack]}</strong> Quello che hai scritto è conservato: se vuoi ancora inviarlo, conferma.${held.leftFiles.length > 0 && html` I file sono da scegliere di nuovo: ${held.leftFiles.join(', ')}.`}`)}
      ${again(held, held.leftFiles.length > 0 ? 'Conferma e torna al modulo' : 'Conferma e invia')}
    </div>`,
});

export const deniedView = (lack: Exclude<Lack, 'session' | keyof typeof WHY_REPEAT>): View => ({
  title: 'Pagina non disponibile',
  status: 403,
  body: html`
    <div class="d-narrow">
      <h1>Pagina non disponibile</h1>
      ${note(
        'warn',
        lack === 'site'
          ? html`<strong>La richiesta non viene da una pagina di questo servizio</strong>, perciò non è stata eseguita. Apri la pagina da qui e riprova.`
          : html`<strong>Il tuo ruolo non apre questa pagina.</strong> Se ti serve, chiedi all’amministratore di sistema.`,
      )}
      <p>${linkButton({ label: 'Torna all’inizio', href: '/', kind: 'secondary' })}</p>
    </div>`,
});

export const notFoundView: View = {
  title: 'Pagina non trovata',
  status: 404,
  body: html`
    <div class="d-narrow">
      <h1>Pagina non trovata</h1>
      <p>A questo indirizzo non c’è nulla, oppure non puoi vederlo. Controlla il numero, o cercalo.</p>
      <p>${linkButton({ label: 'Torna all’inizio', href: '/', kind: 'secondary' })}</p>
    </div>`,
};

export const faultView = (title: string, sentence: string, status: number, reference: string): View => ({
  title,
  status,
  body: html`
    <div class="d-narrow">
      <h1>${title}</h1>
      ${note('bad', html`${sentence}`)}
      <p class="d-second">Riferimento per l’assistenza: <code>${reference}</code></p>
      <p>${linkButton({ label: 'Torna all’inizio', href: '/', kind: 'secondary' })}</p>
    </div>`,
});

/** Hidden fields of ours: nobody typed them. */
const NOT_TYPED = new Set([
  ...['elenco', 'prossima', 'scambio', 'atto', 'azione', 'torna', 'assegnazione'],
  ...['riserva', 'richiesta', 'versione_altra', 'con'],
]);

/** The value of a choice: it says nothing to a person. */
const IDENTIFIER = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\/\d+)?$/;

/** `motivo-rifiuta` is "Motivo". */
const fieldName = (name: string): string => {
  const [word = name] = name.split('-');
  return word.slice(0, 1).toUpperCase() + word.slice(1);
};

/** A refused act: why, and what the person had typed. */
export function refusalView({ refusal, back, because }: Refused, form: PostedForm): View {
  const written = form.fields.filter(
    ([name, value]) => value.trim() !== '' && !NOT_TYPED.has(name) && !IDENTIFIER.test(value),
  );
  const { http } = PROBLEMS[refusal.code];
  return {
    title: 'Non eseguito',
    status: http,
    body: html`
      <div class="d-narrow">
        <h1>Non eseguito</h1>
        ${note('warn', html`<strong>${refusal.message}</strong>${because !== undefined && html` ${because}`}`)}
        <p>${linkButton({ label: 'Torna e guarda lo stato di ora', href: back, kind: 'primary' })}</p>
        ${
          written.length > 0 &&
          html`
          <h2>Avevi scritto</h2>
          <dl class="d-facts">${written.map(([name, value]) => html`<dt>${fieldName(name)}</dt><dd class="d-asis">${value}</dd>`)}</dl>`
        }
      </div>`,
  };
}
