import { isValidOn, type Unit } from '../../../../service/people/unit.ts';
import { badge, tag } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import { checkbox, errorSummary, type Faults, field, select } from '../components/fields.ts';
import { dataTable } from '../components/lists.ts';
import { emptyState, part, sheet } from '../components/note.ts';
import { shortDay } from '../components/when.ts';
import { type Html, html } from '../template.ts';
import { actFields, type Visit } from '../visit.ts';
import { peopleFrame } from './admin-frame.ts';

const PATH = '/amministrazione/uffici-interni';

export interface UnitListPage {
  /** The AOO whose units these are, and the others that can be looked at. */
  readonly aoo: string;
  readonly places: readonly { readonly aoo: string; readonly name: string }[];
  readonly units: readonly Unit[];
  readonly today: string;
}

/** The AOO stands in the address, so that it can be shared. */
export const unitPath = (aoo: string, unitId?: string): string =>
  `${PATH}${unitId === undefined ? '' : `/${unitId}`}?aoo=${encodeURIComponent(aoo)}`;

export const unitListPage = ({ aoo, places, units, today }: UnitListPage): Html =>
  peopleFrame(
    PATH,
    'Uffici interni',
    false,
    sheet(
      part(
        {
          title: places.find((one) => one.aoo === aoo)?.name ?? aoo,
          beside: linkButton({ label: 'Aggiungi un ufficio…', href: unitPath(aoo, 'nuovo'), kind: 'secondary' }),
        },
        html`
    ${
      places.length > 1 &&
      html`<form action="${PATH}" class="d-inline-form">
      ${select({ name: 'aoo', label: 'AOO', value: aoo, choices: places.map((one) => ({ value: one.aoo, label: one.name })) })}
      ${button({ label: 'Mostra', kind: 'secondary' })}
    </form>`
    }
    ${
      units.length === 0
        ? emptyState('Nessun ufficio', 'Agli uffici interni si assegna quello che arriva: aggiungine almeno uno.')
        : dataTable({
            caption: 'Uffici interni',
            head: ['Ufficio', 'Responsabile', 'Persone', 'Stato'],
            rows: units.map((unit) => [
              html`<a href="${unitPath(aoo, unit.unitId)}">${unit.name}</a> <span class="d-second">${unit.code}</span>`,
              unit.members
                .filter(({ isHead }) => isHead)
                .map(({ name }) => name)
                .join(', ') || '–',
              unit.members.length,
              validity(unit, units, today),
            ]),
          })
    }`,
      ),
    ),
  );

function validity(unit: Unit, all: readonly Unit[], today: string): Html {
  if (isValidOn(unit, today))
    return unit.validTo === null ? badge('ok', 'attivo') : badge('warn', `fino al ${shortDay(unit.validTo)}`);
  if (today < unit.validFrom) return badge('wait', `dal ${shortDay(unit.validFrom)}`);
  const next = all.find(({ unitId }) => unitId === unit.successor);
  return html`${badge('state', `cessato il ${shortDay(unit.validTo ?? '')}`)}${next !== undefined && html` <span class="d-second">prosegue ${next.name}</span>`}`;
}

export interface UnitPage {
  readonly aoo: string;
  /** Null: a new one. */
  readonly unit: Unit | null;
  readonly others: readonly Unit[];
  readonly colleagues: readonly { readonly personId: string; readonly name: string }[];
  readonly today: string;
  readonly faults: Faults;
  /** What was typed into a form that was not taken. */
  readonly typed: (name: string) => string | null;
}

export function unitPage(visit: Visit<'administration'>, page: UnitPage): Html {
  const { aoo, unit, others, faults, typed, today } = page;
  const value = (name: string, known: string | null | undefined): string => typed(name) ?? known ?? '';
  return peopleFrame(
    PATH,
    unit?.name ?? 'Aggiungi un ufficio',
    errorSummary(faults),
    sheet(
      part(
        { title: 'Ufficio' },
        html`
    <form method="post" action="${unitPath(aoo, unit?.unitId ?? 'nuovo')}" novalidate class="d-own-form">
      ${actFields(visit, { version: unit?.version ?? null })}
      ${field({ name: 'denominazione', label: 'Denominazione', value: value('denominazione', unit?.name), most: 120, faults })}
      ${unit === null ? field({ name: 'codice', label: 'Codice', value: value('codice', ''), most: 32, help: 'Non si cambia più.', faults }) : html`<p>Codice ${tag(unit.code)}</p>`}
      ${field({ name: 'dal', label: 'Vale dal', type: 'date', value: value('dal', unit?.validFrom ?? today), faults })}
      ${field({ name: 'al', label: 'Cessa il', type: 'date', optional: true, value: value('al', unit?.validTo), help: 'Da quel giorno non riceve più assegnazioni; quelle che ha restano leggibili.', faults })}
      ${select({ name: 'prosegue', label: 'Prosegue', optional: true, value: value('prosegue', unit?.successor), faults, choices: [{ value: '', label: 'Nessuno' }, ...others.map(({ unitId, name }) => ({ value: unitId, label: name }))] })}
      <div class="d-acts">${button({ label: unit === null ? 'Aggiungi' : 'Salva', kind: unit === null ? 'primary' : 'secondary' })}${linkButton({ label: 'Torna agli uffici', href: unitPath(aoo), kind: 'quiet' })}</div>
    </form>`,
      ),
      unit !== null && membersPart(visit, unit, page),
    ),
  );
}

function membersPart(visit: Visit<'administration'>, unit: Unit, { aoo, colleagues }: UnitPage): Html {
  const base = `${PATH}/${unit.unitId}`;
  const query = `?aoo=${encodeURIComponent(aoo)}`;
  return part(
    { title: 'Chi ci lavora', id: 'persone' },
    html`
    ${
      unit.members.length > 0 &&
      html`<ul class="d-list">${unit.members.map(
        ({ personId, name, isHead, awayUntil }) => html`
      <li class="d-own-row"><span>${name} ${isHead && tag('responsabile')}${awayUntil !== null && html` <span class="d-second">assente fino al ${shortDay(awayUntil)}</span>`}</span>
        <form method="post" action="${base}/togli${query}">${actFields(visit)}<input type="hidden" name="persona" value="${personId}">${button({ label: 'Togli', kind: 'secondary', small: true, says: `Togli ${name} dall’ufficio` })}</form></li>`,
      )}</ul>`
    }
    ${
      colleagues.length > 0 &&
      html`<form method="post" action="${base}/persone${query}" class="d-own-form d-own-act">
      ${actFields(visit)}
      ${select({ name: 'persona', label: 'Persona', choices: colleagues.map(({ personId, name }) => ({ value: personId, label: name })) })}
      ${checkbox({ name: 'responsabile', label: 'È responsabile dell’ufficio' })}
      <p class="d-own-act">${button({ label: 'Metti nell’ufficio', kind: 'secondary' })}</p>
    </form>`
    }`,
  );
}
