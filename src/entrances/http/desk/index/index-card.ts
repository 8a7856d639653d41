/** One body, AOO or office of the index: what is known, how it behaves with us, what it was before and what became of it. */
import { type EntryVersion, mailboxOf } from '../../../../domain/index/model.ts';
import type { EntryDetail } from '../../../../service/index/look-up.ts';
import type { Behaviour } from '../../../../service/queries/peer-behaviour.ts';
import { badge } from '../components/badge.ts';
import { linkButton } from '../components/buttons.ts';
import { dataTable } from '../components/lists.ts';
import { facts, note, part, sheet } from '../components/note.ts';
import { historyOf } from '../components/timeline.ts';
import { romeFull, shortDay } from '../components/when.ts';
import { type Html, html } from '../template.ts';
import {
  ceasedOn,
  entryKindWord,
  entryName,
  entryPath,
  fieldWord,
  isCeased,
  observedWords,
  spanWord,
  valueWord,
} from './index-words.ts';

export interface ShownCard {
  readonly found: EntryDetail;
  /** Oldest first. */
  readonly versions: readonly EntryVersion[];
  /** Null: nobody's office looks, or it has no address. */
  readonly behaviour: { readonly outgoing: Behaviour; readonly incoming: Behaviour } | null;
  readonly maySend: boolean;
}

export function entryCard({ found, versions, behaviour, maySend }: ShownCard): Html {
  const { entry } = found;
  const mailbox = mailboxOfFound(found);
  return sheet(
    html`<section class="d-part">
      <div class="d-index-title"><h2>${entryName(entry)}</h2>${
        maySend &&
        mailbox !== null &&
        !isCeased(found) &&
        linkButton({
          label: 'Scrivi a questo ufficio',
          kind: 'primary',
          href: `/invia?a=${encodeURIComponent(mailbox)}`,
        })
      }</div>
      ${ceasedNote(found)}
      ${entryFacts(found, mailbox)}
    </section>`,
    layered(found),
    behaviour !== null && behaviourPart(behaviour),
    found.observed.length > 0 && observedPart(found),
    versions.length > 0 && part({ title: 'Storia' }, historyOf(versions.map(historyEntry(versions)).toReversed())),
  );
}

const mailboxOfFound = ({ facts: known, entry }: EntryDetail): string | null =>
  typeof known.mailbox?.value === 'string' ? known.mailbox.value : mailboxOf(entry);

function ceasedNote(found: EntryDetail): Html | false {
  if (!isCeased(found)) return false;
  const day = ceasedOn(found);
  const { successor } = found;
  return note(
    'warn',
    html`<strong>${day === null ? 'Cessato.' : `Cessato il ${shortDay(day)}.`}</strong> ${
      successor === null
        ? 'L’indice non dice chi ne ha preso il posto.'
        : html`Ne ha preso il posto <a href="${entryPath(successor)}">${entryName(successor)}</a>.`
    }`,
  );
}

function entryFacts({ entry, facts: known }: EntryDetail, mailbox: string | null): Html {
  const { street, postalCode, municipality, province, phone, site, source, updated } = entry;
  const town = [postalCode, municipality, province === null ? null : `(${province})`].filter(Boolean).join(' ');
  const others = entry.mails.filter(({ address }) => address !== mailbox).map(({ address }) => address);
  const web = site !== null && /^https?:\/\/[^\s]+$/i.test(site) ? site : null;
  return html`<div class="d-index-facts">${facts([
    ['Casella', mailbox === null ? 'nessuna certificata' : html`<span class="d-asis">${mailbox}</span>`],
    ['Altre caselle', others.length > 0 ? others.slice(0, 5).join(', ') : null],
    ['Codici', entryKindWord(entry)],
    ['Codice fiscale', entry.taxCode],
    ['Segnatura', valueOrNull(known.generation?.value)],
  ])}${facts([
    ['Sede', [street, town].filter(Boolean).join(', ')],
    ['Telefono', phone],
    ['Sito', web === null ? site : html`<a href="${web}" rel="noopener noreferrer">${web}</a>`],
    [
      'Responsabile',
      entry.more['nome_resp'] === undefined ? null : `${entry.more['nome_resp']} ${entry.more['cogn_resp'] ?? ''}`,
    ],
    ['Fonte', `${source === 'ipa' ? 'IPA' : source}${updated === null ? '' : `, riga del ${shortDay(updated)}`}`],
  ])}</div>`;
}

const valueOrNull = (value: string | boolean | undefined): string | null => (typeof value === 'string' ? value : null);

/** What the region says above the national index, with who says so and why. */
function layered({ facts: known }: EntryDetail): Html | false {
  const said = Object.entries(known).filter(([, fact]) => fact.layerId !== null);
  if (said.length === 0) return false;
  return part(
    { title: 'Livello regionale', beside: html`<a href="/indice/regione">Tutte le modifiche</a>` },
    dataTable({
      caption: 'Che cosa aggiunge la regione',
      head: ['Che cosa', 'Valore', 'Dal', 'Chi lo dice', 'Perché'],
      rows: said.map(([field, fact]) => [
        fieldWord(field),
        valueWord(fact.value),
        shortDay(fact.since),
        fact.author ?? fact.source,
        fact.reason ?? '',
      ]),
    }),
  );
}

function behaviourPart({ outgoing, incoming }: { readonly outgoing: Behaviour; readonly incoming: Behaviour }): Html {
  const row = (label: string, { messages, signed, confirmed, medianSeconds, exceptions }: Behaviour) => [
    label,
    messages,
    signed,
    confirmed,
    medianSeconds === null ? '' : spanWord(medianSeconds),
    exceptions,
  ];
  const number = (label: string) => ({ label, isNumber: true }) as const;
  const isNone = outgoing.messages + incoming.messages === 0;
  return part(
    { title: 'Come si comporta con noi' },
    html`<p class="d-second">Ultimi 12 mesi, dai nostri scambi con la sua casella.</p>${
      isNone
        ? html`<p>Nessuno scambio finora.</p>`
        : dataTable({
            caption: 'Come si comporta con noi',
            head: [
              'Verso',
              number('Messaggi'),
              number('Con segnatura'),
              number('Confermati'),
              number('In quanto (metà dei casi)'),
              number('Eccezioni'),
            ],
            rows: [row('Da noi a loro', outgoing), row('Da loro a noi', incoming)],
          })
    }`,
  );
}

const observedPart = ({ observed }: EntryDetail): Html =>
  part(
    { title: 'Che cosa ha insegnato il traffico' },
    html`<ul class="d-list">${observed.map(
      ({ what, times, lastAt }) =>
        html`<li>${badge(what.startsWith('confirms-') ? 'ok' : 'warn', observedWords(what))} <span class="d-second">${
          times === 1 ? 'una volta' : `${times} volte`
        }, l’ultima il ${romeFull(lastAt)}</span></li>`,
    )}</ul>`,
  );

/** What a version changed of the one before. */
const historyEntry = (versions: readonly EntryVersion[]) => (version: EntryVersion, place: number) => {
  const at = html`${shortDay(version.validFrom)}`;
  const before = place === 0 ? undefined : versions[place - 1];
  const isEnd = place === versions.length - 1 && version.validTo !== null;
  const end = isEnd ? `Cessato il ${shortDay(version.validTo ?? '')}.` : null;
  if (before === undefined) return { at, verb: 'Nell’indice', rest: `come ${entryName(version)}`, more: end };
  const changed = COMPARED.filter((field) => valueWord(before[field]) !== valueWord(version[field]));
  const [first] = changed;
  if (first === undefined) return { at, verb: 'Aggiornato', rest: 'nei dati minori', more: end };
  return {
    at,
    verb: `Cambiato`,
    rest: changed.map(fieldWord).join(', '),
    more: html`${changed.map((field) => html`${fieldWord(field)}: da ${valueWord(before[field])} a ${valueWord(version[field])}. `)}${end}`,
  };
};
const COMPARED = ['name', 'bodyName', 'mails', 'street', 'municipality', 'phone', 'site', 'taxCode'] as const;
