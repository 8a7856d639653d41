/** What stands above a registration on each of its pages: the way back, what can be done, and its parts. */
import { mayDo } from '../../../../service/people/rights.ts';
import type { RegistrationSheet } from '../../../../service/queries/register-views.ts';
import { linkButton } from '../components/buttons.ts';
import { cameFrom, wayBack, withWayBack } from '../components/way-back.ts';
import { registrationPath } from '../components/when.ts';
import { attribute, type Html, html } from '../template.ts';
import type { Visit } from '../visit.ts';
import { REGISTER_PATH } from './register-filter.ts';

export type SheetPart = 'sheet' | 'exchange';

export function sheetFrame(visit: Pick<Visit, 'caller' | 'query'>, row: RegistrationSheet, at: SheetPart): Html {
  return html`
    <div class="d-crumb">${wayBack(visit, REGISTER_PATH)}${parts(visit, row, at)}
      <div class="d-head-end">${acts(visit, row)}</div></div>`;
}

/** Only what was sent has recipients, each with an exchange of its own. */
function parts(visit: Pick<Visit, 'query'>, row: RegistrationSheet, at: SheetPart): Html | false {
  if (row.direction !== 'outgoing' || row.lives.length === 0) return false;
  const path = registrationPath(row);
  const from = cameFrom(visit);
  const all = [
    ['sheet', path, 'Scheda'],
    ['exchange', `${path}/destinatari`, row.exchanges.all === 1 ? 'Scambio' : `Scambio (${row.exchanges.all})`],
  ] as const;
  return html`<nav class="d-sheet-parts" aria-label="Parti della registrazione"><ul>${all.map(
    ([part, href, label]) =>
      html`<li><a href="${from === null ? href : withWayBack(href, from)}"${attribute('aria-current', part === at ? 'page' : null)}>${label}</a></li>`,
  )}</ul></nav>`;
}

function acts({ caller }: Pick<Visit, 'caller'>, row: RegistrationSheet): readonly (Html | false)[] {
  const path = registrationPath(row);
  const isOpen = row.annulment === null;
  return [
    row.direction === 'incoming' &&
      linkButton({ label: 'Ricevuta', kind: 'secondary', small: true, href: `${path}/ricevuta` }),
    linkButton({ label: 'Etichetta', kind: 'secondary', small: true, key: 'l', href: `${path}/etichetta` }),
    row.lives.length > 0 &&
      linkButton({ label: 'Prove (ZIP)', kind: 'secondary', small: true, key: 'p', href: `${path}/prove.zip` }),
    isOpen &&
      mayDo(caller, 'register:annul') &&
      linkButton({ label: 'Annulla la registrazione…', kind: 'quiet', small: true, href: `${path}/annulla` }),
    isOpen &&
      !row.annulmentAsked &&
      !mayDo(caller, 'register:annul') &&
      mayDo(caller, 'register:annul-ask') &&
      linkButton({ label: 'Chiedi l’annullamento…', kind: 'quiet', small: true, href: `${path}/chiedi-annullamento` }),
  ];
}
