/** What the pages of the plan and of the templates share: of which office they are, and what stands around them. */
import type { AooId } from '../../../../kernel/ids.ts';
import { mayDo } from '../../../../service/people/rights.ts';
import type { Office } from '../../../../service/register/office.ts';
import { administrationPages } from '../administration/administration-page.ts';
import { button } from '../components/buttons.ts';
import { select } from '../components/fields.ts';
import { registerTools } from '../components/register-tools.ts';
import { type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import type { Visit } from '../visit.ts';

export type FilingVisit = Visit<'filing:read' | 'filing'>;
export type FilingPage = 'titolario' | 'modelli';
export const filingPath = (page: FilingPage): string => `/amministrazione/${page}`;

export interface Place {
  readonly office: Office;
  /** Of all addresses of the page: which office is meant, where it is not the one that is worked for. */
  readonly query: string;
  /** For whom reaches more than one. */
  readonly others: readonly Office[];
}

/** Who administers the node chooses an office by the address; everybody else works for one. */
export function filingPlace({ caller, office, query }: FilingVisit, offices: ReadonlyMap<AooId, Office>): Place | null {
  if (!caller.ofNode) return office === null ? null : { office, query: '', others: [] };
  const all = [...offices.values()];
  const wanted = query.text('aoo');
  const found = wanted === '' ? (office ?? all[0]) : all.find(({ aoo }) => aoo === wanted);
  if (found === undefined) return null;
  return {
    office: found,
    query: found.aoo === office?.aoo ? '' : `?aoo=${encodeURIComponent(found.aoo)}`,
    others: all.length > 1 ? all : [],
  };
}

export interface FilingFrame {
  readonly at: FilingPage;
  readonly place: Place;
  /** Of the window; the head of the page is `head`. */
  readonly title: string;
  readonly head: string;
  readonly beside?: Html | false;
  readonly content: Html;
  readonly status?: number;
}

/** An administrator comes from the administration, everybody else from the register. */
export function filingView({ caller }: FilingVisit, frame: FilingFrame): View {
  const { at, place, title, head, beside, content, status } = frame;
  const administers = mayDo(caller, 'administration');
  const main = html`
    <div class="d-head"><h1 class="d-h1">${head}</h1><p class="d-second">${place.office.name}</p><div class="d-head-end">${beside}</div></div>
    ${
      place.others.length > 0 &&
      html`<form class="d-inline-form" action="${filingPath(at)}">${select({ name: 'aoo', label: 'AOO', value: place.office.aoo, choices: place.others.map(({ aoo, name }) => ({ value: aoo, label: name })) })}${button({ label: 'Mostra', kind: 'secondary' })}</form>`
    }
    ${content}`;
  return {
    title,
    at: administers ? 'amministrazione' : 'registro',
    ...(status !== undefined && { status }),
    body: administers
      ? html`<div class="d-admin">${administrationPages(at, caller)}<div class="d-admin-body">${main}</div></div>`
      : html`${registerTools(caller, at)}${main}`,
  };
}
