/** Where the search box of every page leads: a number straight to its registration, else what was found of each kind. */
import { typedNumber } from '../../../../domain/register/search-words.ts';
import { mayDo, readerOf } from '../../../../service/people/rights.ts';
import type { RegisterViews } from '../../../../service/queries/register-views.ts';
import { linkButton } from '../components/buttons.ts';
import { emptyState, part, sheet } from '../components/note.ts';
import { registrationPath, rome } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { type Html, html } from '../template.ts';
import { seeOther, type View } from '../view.ts';
import type { Visit } from '../visit.ts';
import { REGISTER_PATH, registerAddress } from './register-filter.ts';
import { registerLines } from './register-lines.ts';
import { soughtWords, withHits } from './register-words.ts';

export interface SearchBoxDeps {
  readonly registerViews: RegisterViews;
  /** Offices of the index by what was typed; the first few. */
  readonly offices: (text: string) => Promise<readonly FoundOffice[]>;
  readonly now: () => Date;
}

export interface FoundOffice {
  readonly name: string;
  readonly code: string;
  /** Where its card is. */
  readonly path: string;
}

/** Of each kind; the register has a page of its own with all. */
const SHOWN = 8;
const MOST_TEXT = 200;

export function searchBoxRoutes(desk: Desk, deps: SearchBoxDeps): void {
  desk.page({ path: '/cerca', right: 'register:read' }, async (visit) => {
    const text = visit.query.text('q').slice(0, MOST_TEXT).toWellFormed().replaceAll('\0', '');
    if (text === '') return seeOther(REGISTER_PATH);
    const number = typedNumber(text);
    if (number !== null) {
      const found = await deps.registerViews.byNumber(visit.aoo, readerOf(visit.caller), number.number, number.year);
      // Of this number there is one in each year: the newest is meant, unless a year was said.
      const [first] = found;
      if (first !== undefined) return seeOther(registrationPath(first));
    }
    return foundView(visit, text, deps);
  });
}

async function foundView(visit: Visit<'register:read'>, text: string, deps: SearchBoxDeps): Promise<View> {
  const { caller, aoo } = visit;
  const [register, offices, mails] = await Promise.all([
    deps.registerViews.search({ aoo, reader: readerOf(caller), filter: { text }, cursor: null, limit: SHOWN }),
    mayDo(caller, 'index:read') ? deps.offices(text) : [],
    readerOf(caller).all ? deps.registerViews.mails(aoo, text, SHOWN) : [],
  ]);
  const words = soughtWords(text);
  const now = deps.now();
  const isNothing = register.items.length + offices.length + mails.length === 0;
  const all = registerAddress(new URLSearchParams({ q: text }));
  return {
    title: `Cerca: ${text}`,
    at: 'registro',
    keys: ['j', 'k', 'Enter'],
    body: html`
    <div class="d-head"><h1 class="d-h1">Cerca</h1><p class="d-second d-isolate">«${text}»</p></div>
    ${
      isNothing
        ? sheet(
            emptyState(
              'Niente trovato',
              register.tooCommon === true
                ? 'Parole così comuni non si cercano da sole: aggiungi una parola che dica di che cosa si tratta.'
                : 'Prova con meno parole, o con l’inizio di una parola.',
              linkButton({ label: 'Apri il registro', kind: 'secondary', href: REGISTER_PATH }),
            ),
          )
        : html`<div data-module="register">${[
            register.items.length > 0 &&
              sheet(
                part(
                  { title: 'Registro', beside: html`<a href="${all}">Tutte nel registro</a>` },
                  registerLines({ rows: register.items, caption: 'Registrazioni trovate', words, now }),
                ),
              ),
            offices.length > 0 && sheet(part({ title: 'Uffici dell’indice' }, officeList(offices, words))),
            mails.length > 0 &&
              sheet(
                part(
                  { title: 'Messaggi' },
                  html`<ul class="d-found">${mails.map(({ id, subject, sender, arrivedAt }) => html`<li><a class="d-isolate" href="/messaggi/${id}" data-row>${withHits(subject, words)}</a> <span class="d-second d-isolate">${withHits(sender, words)}, ${rome(arrivedAt, now)}</span></li>`)}</ul>`,
                ),
              ),
          ]}</div>`
    }`,
  };
}

const officeList = (offices: readonly FoundOffice[], words: readonly string[]): Html =>
  html`<ul class="d-found">${offices.map(({ name, code, path }) => html`<li><a class="d-isolate" href="${path}" data-row>${withHits(name, words)}</a> <code class="d-second">${code}</code></li>`)}</ul>`;
