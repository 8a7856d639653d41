/** The plan of classification as a tree, and what another one would change. */
import type { CheckedPlan, PlanDifferences } from '../../../../service/by-hand/plan.ts';
import type { PlanEntry } from '../../../../service/register/by-hand-writes.ts';
import { tag } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import { field } from '../components/fields.ts';
import { note, part, sheet } from '../components/note.ts';
import { flag, type Html, html } from '../template.ts';
import { actFields } from '../visit.ts';
import { filingPath, type Place } from './filing-frame.ts';

const PATH = filingPath('titolario');

interface Branch {
  readonly entry: PlanEntry;
  readonly below: Branch[];
}

/** Each under the nearest entry that its code begins with: `VI.3.1` under `VI.3`, under `VI`. */
export function planTree(plan: readonly PlanEntry[]): readonly Branch[] {
  const roots: Branch[] = [];
  const branches = new Map<string, Branch>();
  for (const entry of plan) {
    const branch: Branch = { entry, below: [] };
    branches.set(entry.code, branch);
  }
  for (const branch of branches.values()) {
    let above: Branch | undefined;
    for (let code = parentOf(branch.entry.code); code !== '' && above === undefined; code = parentOf(code))
      above = branches.get(code);
    (above?.below ?? roots).push(branch);
  }
  return roots;
}

export const entriesWord = (count: number): string => (count === 1 ? '1 voce' : `${count} voci`);

const parentOf = (code: string): string => code.replace(/[./-]?[A-Za-z0-9]*$/, '');

const words = ({ code, title, reserved }: PlanEntry): Html =>
  html`<span class="d-plan-code">${code}</span><span>${title} ${reserved && tag('riservata')}</span>`;

const branchRow = ({ entry, below }: Branch, isOpen: boolean): Html =>
  below.length === 0
    ? html`<li class="d-plan-leaf">${words(entry)}</li>`
    : html`<li><details${flag('open', isOpen)}><summary>${words(entry)}<span class="d-second d-plan-count">${entriesWord(below.length)}</span></summary>
      <ul class="d-plan">${below.map((one) => branchRow(one, isOpen))}</ul></details></li>`;

export interface PlanPage {
  readonly place: Place;
  readonly plan: readonly PlanEntry[];
  /** False: it is the councils' model. */
  readonly isOwn: boolean;
  readonly typed: string;
  readonly found: readonly PlanEntry[];
  readonly mayChange: boolean;
  readonly token: string;
}

export const planPage = ({ place, plan, isOwn, typed, found, mayChange, token }: PlanPage): Html => html`
  <div class="${mayChange ? 'd-columns d-columns--form' : ''}">
  ${sheet(
    html`<section class="d-part"><p>${
      isOwn
        ? 'Titolario di questo ufficio. Le voci tolte restano leggibili dove sono state usate.'
        : 'Modello dei Comuni, 14 titoli: vale finché l’ufficio non ne porta uno suo.'
    } Si sceglie registrando: il servizio propone le voci usate prima.</p>
      <form class="d-plan-search" action="${PATH}" role="search">${place.query !== '' && html`<input type="hidden" name="aoo" value="${place.office.aoo}">`}${field({ name: 'q', label: 'Cerca una voce', type: 'search', value: typed, most: 200 })}${button({ label: 'Cerca', kind: 'secondary' })}</form></section>`,
    part(
      { title: typed === '' ? entriesWord(plan.length) : `Voci con «${typed}»` },
      typed === ''
        ? html`<ul class="d-plan">${planTree(plan).map((branch) => branchRow(branch, false))}</ul>`
        : found.length === 0
          ? html`<p>Nessuna voce. <a href="${PATH}${place.query}">Mostra tutto il titolario</a></p>`
          : html`<ul class="d-plan">${found.map((entry) => html`<li class="d-plan-leaf">${words(entry)}</li>`)}</ul><p><a href="${PATH}${place.query}">Mostra tutto il titolario</a></p>`,
    ),
  )}
  ${mayChange && sheet(importPart(place, token), isOwn && backPart(place, token))}
  </div>`;

const importPart = ({ query }: Place, token: string): Html =>
  part(
    { title: 'Porta un titolario' },
    html`<p>Un file CSV, una voce per riga: codice, descrizione, riservata (sì o niente). Prima si controlla: finché non confermi, niente cambia.</p>
    <pre class="d-plan-sample">codice;descrizione;riservata
VI;Pianificazione e gestione del territorio;
VI.3;Edilizia privata;
X.2;Trattamento sanitario obbligatorio;sì</pre>
    <form method="post" action="${PATH}/controlla${query}" enctype="multipart/form-data" novalidate>${actFields({ token })}
      ${field({ name: 'file', label: 'File CSV', type: 'file', help: 'Anche quello che si scarica da qui, cambiato.' })}
      <div class="d-acts">${button({ label: 'Controlla', kind: 'primary' })}${linkButton({ label: 'Scarica quello in uso', kind: 'secondary', href: `${PATH}/titolario.csv${query}` })}</div>
    </form>`,
  );

const backPart = ({ query }: Place, token: string): Html =>
  part(
    { title: 'Torna al modello dei Comuni' },
    html`<form method="post" action="${PATH}/controlla${query}">${actFields({ token })}<input type="hidden" name="modello" value="comuni">
      <p>I 14 titoli del 2005. Anche qui prima si vede che cosa cambia.</p>${button({ label: 'Controlla il modello dei Comuni', kind: 'secondary' })}</form>`,
  );

export interface CheckedPage {
  readonly place: Place;
  readonly checked: CheckedPlan;
  readonly differences: PlanDifferences;
  readonly csv: string;
  /** Of the plan that it was held against. */
  readonly version: string;
  readonly token: string;
}

/** What a file would do, line by line; nothing has happened yet. */
export function checkedPage({ place, checked, differences, csv, version, token }: CheckedPage): Html {
  const back = linkButton({ label: 'Lascia com’è', kind: 'quiet', href: `${PATH}${place.query}` });
  if (checked.problems.length > 0)
    return sheet(
      part(
        { title: 'Il file non si può prendere' },
        html`${note('bad', html`<p><strong>Niente è cambiato.</strong> Correggi queste righe e portalo di nuovo.</p>`)}
        <ul class="d-list">${checked.problems.map(({ message }) => html`<li>${message}</li>`)}</ul><div class="d-acts">${back}</div>`,
      ),
    );
  const { added, changed, retired, same } = differences;
  const isSame = added.length + changed.length + retired.length === 0;
  return sheet(
    part(
      { title: isSame ? 'È quello in uso' : 'Che cosa cambia' },
      html`<p>${entriesWord(checked.entries.length)}: ${added.length} nuove, ${changed.length} cambiate, ${retired.length} tolte, ${same} uguali.</p>
      ${entriesPart('Nuove', added)}
      ${
        changed.length > 0 &&
        html`<h3 class="d-h3">Cambiate</h3><ul class="d-plan">${changed
          .slice(0, SHOWN)
          .map(
            ([now, then]) =>
              html`<li class="d-plan-leaf"><span class="d-plan-code">${then.code}</span><span>${now.title === then.title ? then.title : html`da «${now.title}» a «${then.title}»`}${now.reserved !== then.reserved && html` <span class="d-second">${then.reserved ? 'diventa riservata' : 'non più riservata'}</span>`}</span></li>`,
          )}</ul>${more(changed.length)}`
      }
      ${entriesPart('Tolte: non si scelgono più, restano dove sono state usate', retired)}
      <form method="post" action="${PATH}${place.query}">${actFields({ token })}<input type="hidden" name="csv" value="${csv}"><input type="hidden" name="visto" value="${version}">
        <div class="d-acts">${!isSame && button({ label: 'Prendi questo titolario', kind: 'primary' })}${back}</div></form>`,
    ),
  );
}

/** Enough to recognise the file by. */
const SHOWN = 50;
const more = (count: number): Html | false => count > SHOWN && html`<p class="d-second">e altre ${count - SHOWN}</p>`;

const entriesPart = (title: string, entries: readonly PlanEntry[]): Html | false =>
  entries.length > 0 &&
  html`<h3 class="d-h3">${title}</h3><ul class="d-plan">${entries.slice(0, SHOWN).map((entry) => html`<li class="d-plan-leaf">${words(entry)}</li>`)}</ul>${more(entries.length)}`;
