/** What a field offers while one types: small pages whose rows `combobox.js` takes; without script they are not needed. */

import { folded } from '../../../../kernel/folded.ts';
import { planOf } from '../../../../service/by-hand/plan.ts';
import { fileIdentifier } from '../../../../service/register/file-registration.ts';
import type { Desk } from '../desk.ts';
import { type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import type { ByHandScreenDeps } from './by-hand-deps.ts';

interface Offered {
  readonly value: string;
  /** What stands in the field when it is chosen. */
  readonly text: string;
  readonly beside: string;
}

const SHOWN = 10;

export function suggestionRoutes(desk: Desk, deps: ByHandScreenDeps): void {
  desk.page({ path: '/suggerimenti/corrispondenti', right: 'send' }, async (visit) => {
    const text = visit.query.text('q').slice(0, 200);
    const [book, index] = await Promise.all([
      deps.book.suggest(visit.aoo, text, SHOWN),
      deps.index.suggest(text, ['body', 'aoo'], SHOWN),
    ]);
    return offered(text, [
      ...book.map(({ correspondentId, name, postalAddress, address }) => ({
        ...{ value: `rubrica:${correspondentId}`, text: name },
        beside: [postalAddress ?? address, 'rubrica'].filter((one) => one !== null).join(' · '),
      })),
      ...index.map(({ kind, key, name, bodyName, municipality }) => ({
        ...{ value: `${kind}:${key}`, text: kind === 'aoo' && bodyName !== null ? `${bodyName}, ${name}` : name },
        beside: [municipality, 'indice'].filter((one) => one !== null).join(' · '),
      })),
    ]);
  });
  desk.page({ path: '/suggerimenti/titolario', right: 'send' }, async (visit) => {
    const text = visit.query.text('q').slice(0, 200);
    const words = folded(text).split(' ');
    const plan = await planOf(visit.aoo, deps.filing);
    const fits = plan.filter(({ code, title }) => {
      const known = folded(`${code} ${title}`).split(' ');
      return (
        code.toLowerCase().startsWith(text.toLowerCase()) ||
        words.every((word) => known.some((one) => one.startsWith(word)))
      );
    });
    return offered(
      text,
      fits.slice(0, SHOWN).map(({ code, title }) => ({ value: code, text: `${code} ${title}`, beside: '' })),
    );
  });
  // Only who registers sees the subjects of all files.
  desk.page({ path: '/suggerimenti/fascicoli', right: 'register:write' }, async (visit) => {
    const text = visit.query.text('q').slice(0, 200);
    const files = await deps.filing.files(visit.aoo, { text }, SHOWN);
    return offered(
      text,
      files.map((file) => ({
        ...{ value: file.fileId, text: `${fileIdentifier(file)} ${file.subject}` },
        beside: file.registrations === 1 ? '1 registrazione' : `${file.registrations} registrazioni`,
      })),
    );
  });
}

const offered = (text: string, rows: readonly Offered[]): View => ({
  title: 'Suggerimenti',
  bare: true,
  body: html`<h1 class="d-h1">Suggerimenti</h1><ul role="listbox" aria-label="Suggerimenti">${rows.map(
    (row) =>
      html`<li role="option" aria-selected="false" data-value="${row.value}" data-text="${row.text}"><span class="d-suggested">${marked(row.text, text)}</span><span class="d-second">${row.beside}</span></li>`,
  )}</ul>`,
});

/** The words that were typed, marked where they begin a word. */
function marked(shown: string, typed: string): Html {
  const words = folded(typed)
    .split(' ')
    .filter((word) => word.length > 0);
  return html`${shown.split(/(\s+)/).map((word) => {
    const hit = words.find((one) => folded(word).startsWith(one));
    return hit === undefined ? word : html`<mark>${word.slice(0, hit.length)}</mark>${word.slice(hit.length)}`;
  })}`;
}
