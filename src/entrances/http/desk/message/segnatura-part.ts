/** The segnatura in words: who writes to whom, about what, with which documents. */

import type { ProtocolMessage } from '../../../../model/segnatura.ts';
import { type SegnaturaView, viewOfSegnatura } from '../../../../service/documents/segnatura-view.ts';
import { facts } from '../components/note.ts';
import { shortDay } from '../components/when.ts';
import { type Html, html } from '../template.ts';
import { shownName } from './shown-document.ts';

/** Of a message to thousands, the first; the segnatura itself has all. */
const MOST = 50;

export function segnaturaPart(message: ProtocolMessage): Html {
  const view = viewOfSegnatura(message);
  const { identifier, sender, recipients, documents } = view;
  return html`${facts([
    ['Protocollo', html`<bdi>${identifier.number}</bdi> del ${shortDay(identifier.date)}`],
    ['Amministrazione', html`<bdi>${identifier.administration}</bdi>, AOO <bdi>${identifier.aoo}</bdi>`],
    ['Oggetto', isolated(view.subject)],
    ['Mittente', whoIs(sender)],
    ['Destinatari', listOf(recipients.map((one) => html`${whoIs(one)}${one.copy === true && ' (per conoscenza)'}`))],
    [
      'Classificazione',
      view.classifications.length === 0
        ? null
        : view.classifications
            .map(({ levels, name }) => [...(levels ?? []), name].filter(Boolean).join('.'))
            .join('; '),
    ],
    [
      'Fascicolo',
      view.folder === undefined ? null : isolated([view.folder.code, view.folder.name].filter(Boolean).join(' ')),
    ],
    ['Conferma', view.confirmationRequested ? 'richiesta' : 'non richiesta'],
    ['Riservato', view.reserved === undefined ? null : isolated(view.reserved.reason ?? 'sì')],
    ['Intervento', view.operatorRequest === undefined ? null : isolated(view.operatorRequest.reason ?? 'richiesto')],
    ['Note', view.notes === undefined ? null : isolated(view.notes)],
    ['Documenti', listOf(documents.map(documentLine))],
  ])}`;
}

type Body = SegnaturaView['sender'];

function whoIs({
  name,
  administration,
  offices,
  address,
  persons,
}: Pick<Body, 'name' | 'administration' | 'offices' | 'address' | 'persons'>): Html {
  const person = persons
    .map(({ fullName, firstName, familyName }) => fullName ?? [firstName, familyName].filter(Boolean).join(' '))
    .find((one) => one !== '');
  const words = [
    name ?? administration,
    ...offices.map((one) => one.name),
    person,
    address === undefined || address === null ? null : `<${address}>`,
  ];
  return (
    isolated(words.filter((one) => one !== null && one !== undefined && one !== '').join(', ')) ?? html`non indicato`
  );
}

const documentLine = ({ name, title, subject, role, pages }: SegnaturaView['documents'][number]): Html =>
  html`<bdi>${shownName(name ?? title ?? '')}</bdi>${role === 'primary' && ' (principale)'}${subject !== undefined && html`: <bdi>${subject}</bdi>`}${pages !== undefined && html`, ${pages} pagine`}`;

const isolated = (text: string | null | undefined): Html | null =>
  text === null || text === undefined || text === '' ? null : html`<bdi class="d-asis">${text.slice(0, 4_000)}</bdi>`;

function listOf(items: readonly Html[]): Html | null {
  if (items.length === 0) return null;
  const [only] = items;
  if (items.length === 1 && only !== undefined) return only;
  return html`<ul class="d-plain">${items.slice(0, MOST).map((one) => html`<li>${one}</li>`)}${items.length > MOST && html`<li>e altri ${items.length - MOST}</li>`}</ul>`;
}
