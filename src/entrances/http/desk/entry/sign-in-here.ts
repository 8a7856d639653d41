/** Signing in on top of a page whose session has ended: a dialog of it holds this, and the page stays as it is. */
import { PROBLEMS } from '../../../../kernel/problems.ts';
import type { People } from '../../../../service/people/people.ts';
import { button, linkButton } from '../components/buttons.ts';
import { field } from '../components/fields.ts';
import type { Desk } from '../desk.ts';
import type { Gate } from '../gate.ts';
import { html } from '../template.ts';
import type { View } from '../view.ts';
import { actFields, type OpenVisit } from '../visit.ts';
import { giveCookies, visitorOf } from './browser.ts';

export interface SignInHereDeps extends Pick<Gate, 'isSecure'> {
  readonly people: Pick<People, 'signIn'>;
  readonly accountName: string | null;
}

const PATH = '/entra/qui';
/** Where a sign-in in another tab ends. */
const ELSEWHERE = `/entra/account?ritorno=${encodeURIComponent('/io/entrato')}`;

export function signInHereRoutes(desk: Desk, { people, accountName, isSecure }: SignInHereDeps): void {
  const view = ({ token, form }: OpenVisit, refusal: string | null, status: number): View => ({
    title: 'Accesso scaduto',
    status,
    bare: true,
    body: html`
    <div id="rientra-qui">
      <h2 class="d-h2" id="rientra-titolo">Accesso scaduto</h2>
      <p>Quello che hai scritto è ancora qui. Entra di nuovo, e si va avanti da dove eri.</p>
      ${refusal !== null && html`<div class="d-note d-note--bad" role="alert">${refusal}</div>`}
      ${
        accountName !== null &&
        html`<div class="d-here-account">${linkButton({ label: `Entra con ${accountName}`, href: ELSEWHERE, kind: 'secondary', newTab: true })}<p class="d-help">Si apre un’altra scheda: poi torna qui.</p></div>`
      }
      <form method="post" action="${PATH}" novalidate>
        ${actFields({ token })}
        ${field({ name: 'rientra-nome', label: 'Nome', value: form.text('rientra-nome'), autocomplete: 'username', most: 100, more: html` autocapitalize="none" spellcheck="false"` })}
        ${field({ name: 'rientra-password', label: 'Password', type: 'password', autocomplete: 'current-password' })}
        ${field({ name: 'rientra-codice', label: 'Codice dell’applicazione', help: 'Se usi il secondo fattore.', autocomplete: 'one-time-code', inputmode: 'numeric', most: 20 })}
        <div class="d-acts">${button({ label: 'Entra e continua', kind: 'primary' })}<button type="button" class="d-button d-button--quiet" data-closes>Non ora</button></div>
      </form>
    </div>`,
  });

  // The person may have signed in elsewhere meanwhile; `altra`: it was another person.
  desk.openPage(PATH, async (visit) =>
    visit.caller === null || visit.query.has('altra') ? view(visit, null, 200) : visit.reply.status(204).send(),
  );

  desk.openAct(PATH, async (visit) => {
    const { form, request, reply } = visit;
    const typed = {
      login: form.text('rientra-nome'),
      password: form.typed('rientra-password'),
      code: form.text('rientra-codice'),
    };
    const done = await people.signIn(typed, visitorOf(request, { isSecure }));
    if (!done.ok) return view(visit, done.problem.message, PROBLEMS[done.problem.code].http);
    giveCookies(reply, { isSecure }, done.value);
    return reply.status(204).send();
  });
}
