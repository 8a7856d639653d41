/** The item under the hand: why it is here, what to do, and the acts that make sense in place. */
import { mayDo } from '../../../../service/people/rights.ts';
import type { WorkItem } from '../../../../service/queries/worklist.ts';
import { badge } from '../components/badge.ts';
import { actBar, button, linkButton } from '../components/buttons.ts';
import { dialog } from '../components/dialog.ts';
import { textArea } from '../components/fields.ts';
import { facts, note } from '../components/note.ts';
import { withWayBack } from '../components/way-back.ts';
import { num, registrationPath, romeFull } from '../components/when.ts';
import { reminderPath } from '../send/begun.ts';
import { type Html, html } from '../template.ts';
import { actFields, type Visit } from '../visit.ts';
import { actsOf, WORK_WORDS, whatToDo, whyHere, workPath } from './work-words.ts';

export interface PreviewOptions {
  readonly item: WorkItem;
  /** The list it stands in, and the item that takes its place when it is done. */
  readonly list: string;
  readonly next: string | null;
  readonly mayDecide: boolean;
}

export function workPreview(visit: Visit, options: PreviewOptions): Html {
  const { item } = options;
  const here = placeIn(options);
  const words = WORK_WORDS[item.kind];
  return html`
  <div class="d-part">
    <p>${badge(words.badge, words.one)} <span class="d-second">${romeFull(item.since)}</span></p>
    <h2 class="d-asis">${item.subject ?? item.mailbox ?? 'Senza oggetto'}</h2>
    <p class="d-second"><bdi>${item.peer}</bdi>${item.peerNumber !== null && html` · loro n.&nbsp;${item.peerNumber}`}</p>
    ${note(words.badge === 'bad' ? 'bad' : 'warn', html`<strong>Perché è qui.</strong> ${whyHere(item)}`)}
    <p><strong>Che cosa fare.</strong> ${whatToDo(item)}</p>
    ${facts([
      [
        'Registrato',
        item.registration === null
          ? null
          : html`<a href="${withWayBack(registrationPath(item.registration), here)}">${num(item.registration)}</a>`,
      ],
      ['Casella', item.mailbox],
    ])}
  </div>
  ${options.mayDecide && acts(visit, options)}`;
}

/** The list, with this item under the hand. */
const placeIn = ({ item, list }: PreviewOptions): string => `${list}${list.includes('?') ? '&' : '?'}voce=${item.id}`;

function acts(visit: Visit, options: PreviewOptions): Html {
  const { item, list, next } = options;
  const may = actsOf(item, visit.office);
  const path = workPath(item, placeIn(options));
  const form = (act: string, content: Html, undo = false): Html =>
    html`<form method="post" action="/scrivania/${item.id}/${act}"${undo && html` data-undo="${item.id}"`}>${actFields(visit, { version: item.version })}<input type="hidden" name="elenco" value="${list}"><input type="hidden" name="scambio" value="${item.exchange}"><input type="hidden" name="prossima" value="${next}">${content}</form>`;
  const aside = { label: 'Metti da parte', kind: 'quiet', key: 'm' } as const;
  return html`
  <div class="d-part d-part--lined d-work-acts">
    ${actBar(
      may.register && form('registra', button({ label: 'Registra', kind: 'primary', key: 'r' })),
      may.sendAgain && form('invia-di-nuovo', button({ label: 'Invia di nuovo', kind: 'primary', key: 'i' })),
      may.remind &&
        item.exchange !== null &&
        mayDo(visit.caller, 'send') &&
        linkButton({ label: 'Sollecita…', kind: 'primary', href: reminderPath(item.exchange) }),
      may.refuse && linkButtonTo('rifiuta', 'Rifiuta…', 'f'),
      may.close && linkButtonTo('chiudi', 'Chiudi la segnalazione…', 'c'),
      may.putAside && form('metti-da-parte', button(aside), true),
      path !== null && linkButton({ label: 'Apri', href: path, kind: 'quiet' }),
    )}
    ${may.register && html`<p class="d-second">Registra prende un numero e non si può disfare. Metti da parte si può disfare per dieci secondi.</p>`}
    ${may.refuse && reasonDialog('rifiuta', 'Rifiuta il messaggio', 'Al mittente va una notifica di eccezione con il motivo. Non si può disfare.', 'Rifiuta', form)}
    ${may.close && reasonDialog('chiudi', 'Chiudi la segnalazione', 'Resta nella storia, con il tuo nome.', 'Chiudi', form)}
  </div>`;
}

/** Opens a dialog where there is script, else leads to the same form. */
const linkButtonTo = (act: string, label: string, key: string): Html =>
  html`<a class="d-button d-button--secondary" href="#motivo-${act}" data-opens="dialogo-${act}" data-key="${key}" aria-keyshortcuts="${key}">${label}<kbd class="d-key" aria-hidden="true">${key.toUpperCase()}</kbd></a>`;

function reasonDialog(
  act: string,
  title: string,
  sentence: string,
  label: string,
  form: (act: string, content: Html) => Html,
): Html {
  const content = (id: string): Html => html`
    <p>${sentence}</p>
    ${form(
      act,
      html`${textArea({ name: id, label: act === 'rifiuta' ? 'Motivo, come lo leggerà il mittente' : 'Come si è risolta', most: 2_000, required: true })}
      <div class="d-acts">${button({ label, kind: 'primary' })}<button type="button" class="d-button d-button--quiet" data-closes>Lascia stare</button></div>`,
    )}`;
  return html`${dialog({ id: `dialogo-${act}`, title, content: content(`motivo-${act}`) })}
  <noscript><section class="d-part--lined" id="motivo-${act}"><h3>${title}</h3>${content(`motivo-${act}-senza`)}</section></noscript>`;
}
