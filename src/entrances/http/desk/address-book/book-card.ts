/** One entry of the address book: how it is reached, what it was, and which other one may be the same. */
import type { BookEntry, BookHistory, FoundBookEntry } from '../../../../service/by-hand/ports.ts';
import { button, linkButton } from '../components/buttons.ts';
import { facts, note, part, sheet } from '../components/note.ts';
import { type HistoryEntry, historyOf } from '../components/timeline.ts';
import { rome } from '../components/when.ts';
import { type Html, html } from '../template.ts';
import { actFields } from '../visit.ts';
import { ACT_VERBS, BOOK_FIELDS, bookEntryPath, changeWords, shownValue } from './book-words.ts';

export interface BookCard {
  readonly entry: FoundBookEntry;
  /** Newest first. */
  readonly history: readonly BookHistory[];
  readonly alike: readonly BookEntry[];
  readonly mayChange: boolean;
  /** Of the person's forms. */
  readonly token: string;
  readonly now: Date;
}

export function bookCard({ entry, history, alike, mayChange, token, now }: BookCard): Html {
  const path = bookEntryPath(entry.correspondentId);
  const isOpen = entry.mergedInto === null && !entry.isRetired;
  const offering = (act: string, label: string): Html =>
    html`<form method="post" action="${path}/${act}" class="d-inline-form">${actFields({ token }, { version: entry.version })}${button({ label, kind: 'secondary', small: true })}</form>`;
  return sheet(
    html`<section class="d-part">
      <div class="d-index-title"><h2>${entry.name}</h2></div>
      ${
        entry.mergedInto !== null &&
        note(
          'info',
          html`<p><strong>Unita a un’altra voce</strong>, che vale al suo posto. <a href="${bookEntryPath(entry.mergedInto)}">Apri quella voce</a>. Le registrazioni tengono il nome com’era.</p>`,
        )
      }
      ${
        entry.isRetired &&
        note(
          'info',
          html`<p><strong>Tolta dalla rubrica</strong>: non si propone più. Le registrazioni tengono il nome com’era.</p>`,
        )
      }
      ${facts(BOOK_FIELDS.slice(1).map(([, name, label]) => [label, shownValue(entry, name)] as const))}
      <div class="d-acts">${
        isOpen &&
        mayChange && [
          linkButton({ label: 'Modifica', kind: 'secondary', small: true, href: `${path}/modifica` }),
          linkButton({ label: 'Unisci a un’altra…', kind: 'secondary', small: true, href: `${path}/unisci` }),
          offering('togli', 'Togli dalla rubrica'),
        ]
      }${entry.isRetired && mayChange && offering('rimetti', 'Rimetti in rubrica')}${linkButton({ label: 'Le sue registrazioni', kind: 'quiet', small: true, href: `/registro?q=${encodeURIComponent(entry.name)}` })}${
        isOpen &&
        entry.address !== null &&
        linkButton({
          label: 'Scrivi',
          kind: 'quiet',
          small: true,
          href: `/invia?a=${encodeURIComponent(entry.address)}`,
        })
      }</div>
    </section>`,
    isOpen && alike.length > 0 && alikePart(entry, alike, mayChange),
    part({ title: 'Storia', id: 'storia' }, historyOf(history.map(historyEntry(history, now)))),
  );
}

const alikePart = ({ correspondentId, taxCode }: FoundBookEntry, alike: readonly BookEntry[], mayChange: boolean) =>
  part(
    { title: 'Forse è la stessa' },
    html`<ul class="d-list">${alike.slice(0, 5).map(
      (one) =>
        html`<li class="d-own-row"><span><a href="${bookEntryPath(one.correspondentId)}">${one.name}</a> <span class="d-second">${
          taxCode !== null && one.taxCode === taxCode ? 'stesso codice fiscale' : 'stesso nome'
        }</span></span>${
          mayChange &&
          linkButton({
            label: 'Guarda e unisci',
            kind: 'secondary',
            small: true,
            says: `Guarda e unisci ${one.name}`,
            href: `${bookEntryPath(correspondentId)}/unisci?con=${one.correspondentId}`,
          })
        }</li>`,
    )}</ul>`,
  );

/** Each with what it changed of the one before. */
const historyEntry =
  (history: readonly BookHistory[], now: Date) =>
  ({ at, by, act, entry }: BookHistory, place: number): HistoryEntry => ({
    at: rome(at, now),
    verb: act === 'edited' && history[place + 1]?.act === 'retired' ? 'Rimessa in rubrica' : ACT_VERBS[act],
    rest: `da ${by}`,
    more: changeWords(history[place + 1]?.entry, entry),
  });
