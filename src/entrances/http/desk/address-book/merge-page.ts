/** Two entries that are one: the other is chosen, then what would happen is shown, then it happens. */
import { mergedEntry } from '../../../../service/by-hand/correspondents.ts';
import type { BookEntry, FoundBookEntry } from '../../../../service/by-hand/ports.ts';
import { button, linkButton } from '../components/buttons.ts';
import { field } from '../components/fields.ts';
import { dataTable } from '../components/lists.ts';
import { note, part, sheet } from '../components/note.ts';
import { type Html, html } from '../template.ts';
import { actFields, type Visit } from '../visit.ts';
import { BOOK_FIELDS, bookEntryPath, shownValue } from './book-words.ts';

/** Whom to merge with: those that may be the same, or what is looked for. */
export function chooseOther(entry: FoundBookEntry, typed: string, offered: readonly BookEntry[]): Html {
  const path = `${bookEntryPath(entry.correspondentId)}/unisci`;
  return sheet(
    part(
      { title: `Unisci «${entry.name}» a…` },
      html`<p class="d-second">Scegli l’altra voce: poi vedi che cosa cambia, e solo dopo confermi.</p>
      <form action="${path}" role="search">${field({ name: 'cerca', label: 'Cerca l’altra voce', type: 'search', value: typed, most: 200 })}${button({ label: 'Cerca', kind: 'secondary', small: true })}</form>
      ${
        offered.length === 0
          ? html`<p>${typed === '' ? 'Nessuna voce sembra la stessa: cercala per nome.' : html`Nessun’altra voce comincia così: «${typed}».`}</p>`
          : html`<ul class="d-list">${offered.map(
              ({ correspondentId, name, postalAddress, address, taxCode }) =>
                html`<li class="d-own-row"><span><strong>${name}</strong> <span class="d-second">${[taxCode, postalAddress ?? address].filter((one) => one !== null).join(' · ')}</span></span>${linkButton({ label: 'Scegli', kind: 'secondary', small: true, says: `Scegli ${name}`, href: `${path}?con=${correspondentId}` })}</li>`,
            )}</ul>`
      }
      <p>${linkButton({ label: 'Torna alla voce', kind: 'quiet', small: true, href: bookEntryPath(entry.correspondentId) })}</p>`,
    ),
  );
}

/** Which is kept, which goes into it, and how the kept one is afterwards. */
export function mergePreview(
  visit: Pick<Visit<'register:write'>, 'token'>,
  kept: FoundBookEntry,
  other: FoundBookEntry,
): Html {
  const merged = mergedEntry(kept, other);
  const rows = BOOK_FIELDS.filter(
    ([, name]) => shownValue(kept, name) !== null || shownValue(other, name) !== null,
  ).map(([, name, label]) => {
    const [now, theirs, then] = [kept, other, merged].map((entry) => shownValue(entry, name));
    return [label, now ?? '–', theirs ?? '–', then === now ? (then ?? '–') : html`<strong>${then}</strong>`];
  });
  const lost = BOOK_FIELDS.filter(([, name]) => {
    const theirs = shownValue(other, name);
    return name !== 'kind' && theirs !== null && theirs !== shownValue(merged, name);
  }).map(([, , label]) => label.toLowerCase());
  const path = `${bookEntryPath(kept.correspondentId)}/unisci`;
  return sheet(
    part(
      { title: 'Che cosa succede' },
      html`
      ${dataTable({ caption: 'Le due voci e quella che resta', head: ['', 'Resta questa', 'Si unisce', 'Dopo'], rows })}
      <ul class="d-list d-merge-says">
        <li>Resta «${kept.name}»; «${other.name}» non si propone più e porta a questa.</li>
        <li>Le registrazioni già fatte tengono il nome com’era.</li>
        ${lost.length > 0 && html`<li>Dell’altra restano solo nella storia: ${lost.join(', ')}.</li>`}
        <li>La storia dice chi le ha unite e quando. L’unione non si disfa.</li>
      </ul>
      <form method="post" action="${path}">${actFields(visit, { version: kept.version })}
        <input type="hidden" name="con" value="${other.correspondentId}"><input type="hidden" name="versione_altra" value="${other.version}">
        <div class="d-acts">${button({ label: 'Unisci', kind: 'primary' })}${linkButton({ label: 'Tieni l’altra', kind: 'secondary', href: `${bookEntryPath(other.correspondentId)}/unisci?con=${kept.correspondentId}` })}${linkButton({ label: 'Lascia com’è', kind: 'quiet', href: bookEntryPath(kept.correspondentId) })}</div>
      </form>`,
    ),
  );
}

/** The other one is not there any more, or has become part of another. */
export const cannotMerge = (entry: FoundBookEntry): Html =>
  note(
    'warn',
    html`<p><strong>Questa voce non si può unire.</strong> È già unita a un’altra, o non c’è. <a href="${bookEntryPath(entry.correspondentId)}/unisci">Scegline una diversa</a>.</p>`,
  );
