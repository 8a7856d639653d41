import { button, linkButton } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, field, NO_FAULTS } from '../components/fields.ts';
import { note } from '../components/note.ts';
import { html } from '../template.ts';
import type { View } from '../view.ts';
import { actFields } from '../visit.ts';
import { type DoorFrame, doorPage } from './door-page.ts';

export interface SignInPage {
  readonly token: string;
  readonly returnTo: string;
  readonly login?: string;
  /** Why it was not let in. */
  readonly refusal?: string;
  readonly status?: number;
  /** What the body's own accounts are called; null: it has none here. */
  readonly accountName: string | null;
}

export function signInPage(frame: DoorFrame, page: SignInPage): View {
  const { returnTo, login = '', refusal, status = 200, accountName } = page;
  const query = returnTo === '/' ? '' : `?ritorno=${encodeURIComponent(returnTo)}`;
  const isWrong = refusal !== undefined;
  return doorPage(
    frame,
    isWrong ? 'Errore: Entra' : 'Entra',
    html`
    <h1 class="d-h1">Entra</h1>
    ${isWrong && html`<div class="d-note d-note--bad" role="alert" tabindex="-1" data-module="error-summary">${refusal}</div>`}
    ${
      accountName !== null &&
      html`<p>${linkButton({ label: `Entra con ${accountName}`, href: `/entra/account${query}`, kind: 'primary' })}</p>
    <p class="d-door-or"><span>oppure con nome e password</span></p>`
    }
    <form method="post" action="/entra${query}" novalidate>
      ${actFields(page)}
      ${field({ name: 'nome', label: 'Nome', value: login, autocomplete: 'username', most: 100, help: 'Quello per entrare, per esempio nome.cognome.', more: html` autocapitalize="none" spellcheck="false"` })}
      ${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', help: 'Si può incollare.', module: 'password' })}
      <div class="d-door-code">${field({
        name: 'codice',
        label: 'Codice dell’applicazione',
        help: 'Sei cifre, se usi il secondo fattore; anche queste si possono incollare.',
        autocomplete: 'one-time-code',
        inputmode: 'numeric',
        most: 20,
      })}</div>
      <div class="d-acts">${button({ label: 'Entra', kind: accountName === null ? 'primary' : 'secondary' })}</div>
    </form>
    <details class="d-how"><summary>Non riesci a entrare?</summary><p>Chiedi a chi amministra il sistema un collegamento per entrare: vale una volta sola, e con quello scegli una password nuova.</p></details>`,
    status,
  );
}

export interface EntryPage {
  readonly token: string;
  /** The address of this page. */
  readonly path: string;
  /** Null: somebody new. */
  readonly person: { readonly name: string; readonly login: string } | null;
  /** What it will be, in words. */
  readonly roles: readonly string[];
  readonly needsCode: boolean;
  readonly typed: { readonly name: string; readonly login: string };
  readonly faults?: Faults;
  readonly status?: number;
}

/** Opening it uses nothing up: mail programs look into links before a person does. */
export function entryPage(frame: DoorFrame, page: EntryPage): View {
  const { person, typed, roles, faults = NO_FAULTS, status = 200, needsCode, path } = page;
  const title = person === null ? 'Benvenuto nel protocollo' : 'Scegli una nuova password';
  return doorPage(
    frame,
    faultyTitle(title, faults),
    html`
    <h1 class="d-h1">${title}</h1>
    <p>${person === null ? 'Scegli come vuoi entrare d’ora in poi.' : `${person.name}, il tuo nome per entrare resta ${person.login}.`}</p>
    ${roles.length > 0 && html`<p class="d-second">Avrai questi ruoli: ${roles.join('; ')}.</p>`}
    ${errorSummary(faults)}
    <form method="post" action="${path}" novalidate>
      ${actFields(page)}
      ${
        person === null
          ? html`${field({ name: 'persona', label: 'Nome e cognome', value: typed.name, autocomplete: 'name', most: 120, help: 'Come deve comparire nella storia delle registrazioni.', faults })}
      ${field({ name: 'nome', label: 'Nome per entrare', value: typed.login, autocomplete: 'username', most: 100, help: 'Lettere minuscole, per esempio nome.cognome.', faults, more: html` autocapitalize="none" spellcheck="false"` })}`
          : html`<input type="hidden" name="nome" value="${person.login}" autocomplete="username">`
      }
      ${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password', most: 256, help: 'Almeno 12 caratteri: vanno bene più parole con gli spazi. Si può incollare.', module: 'password', faults })}
      ${needsCode && field({ name: 'codice', label: 'Codice dell’applicazione', autocomplete: 'one-time-code', inputmode: 'numeric', most: 20, help: 'Quello del tuo secondo fattore, o un codice di riserva.', faults })}
      <div class="d-acts">${button({ label: 'Salva ed entra', kind: 'primary' })}</div>
    </form>`,
    status,
  );
}

export const entryGonePage = (frame: DoorFrame): View =>
  doorPage(
    frame,
    'Collegamento non più valido',
    html`
    <h1 class="d-h1">Collegamento non più valido</h1>
    ${note('warn', html`<strong>È già stato usato o è scaduto.</strong> Se sei tu ad averlo usato, entra con nome e password; altrimenti chiedine uno nuovo a chi amministra il sistema.`)}
    <p>${linkButton({ label: 'Vai all’accesso', href: '/entra', kind: 'secondary' })}</p>`,
    410,
  );
