/** Beside a page of a mail: what of it is not shown, and where its links truly lead. Nothing of it can be pressed. */
import type { PageLink, Removed } from '../../../../formats/html/inert.ts';
import { type LinkTarget, linkTarget } from '../../../../formats/html/link-target.ts';
import { badge } from '../components/badge.ts';
import { type Html, html } from '../template.ts';

export function aboutPage({ remote, scripts, forms, embedded }: Removed, links: readonly PageLink[]): Html {
  const left = [
    remote > 0 && `${remote} ${remote === 1 ? 'elemento' : 'elementi'} da altri siti`,
    scripts > 0 && `${scripts} ${scripts === 1 ? 'programma' : 'programmi'}`,
    forms > 0 && `${forms} ${forms === 1 ? 'modulo' : 'moduli'}`,
    embedded > 0 && `${embedded} ${embedded === 1 ? 'oggetto incorporato' : 'oggetti incorporati'}`,
  ].filter((one) => one !== false);
  const targets = links.map(({ text, address }) => ({ text, target: linkTarget(text, address) }));
  const doubtful = targets.filter(({ target }) => warningOf(target) !== null).length;
  return html`<div class="d-doc-list">${left.length > 0 && html`<p class="d-second">Non mostrati: ${left.join(', ')}.</p>`}${
    links.length > 0 &&
    html`<details><summary>Collegamenti scritti nella pagina (${links.length}), con il loro vero indirizzo${
      doubtful > 0 && html` ${badge('warn', doubtful === 1 ? 'uno da guardare' : `${doubtful} da guardare`)}`
    }</summary><ol class="d-links">${targets.map(line)}</ol></details>`
  }</div>`;
}

function line({ text, target }: { readonly text: string; readonly target: LinkTarget }): Html {
  const warning = warningOf(target);
  return html`<li><bdi>${text === '' ? 'senza testo' : text}</bdi>: ${
    target.kind === 'closed'
      ? html`<code class="d-code"><bdi>${target.address.slice(0, 200)}</bdi></code>`
      : html`<code class="d-code"><bdi>${target.address}</bdi></code>`
  }${warning !== null && html`<p class="d-link-warning">${badge('warn', warning.word)} ${warning.why}</p>`}</li>`;
}

function warningOf({ kind, host, written, named, scheme }: LinkTarget): { word: string; why: Html } | null {
  if (kind === 'closed')
    return {
      word: 'non si apre',
      why: html`Un indirizzo <code class="d-code">${scheme}:</code> non porta a un sito: può eseguire qualcosa.`,
    };
  if (written !== null)
    return {
      word: 'lettere di un altro alfabeto',
      why: html`È scritto <bdi>«${written}»</bdi>, ma il sito è <code class="d-code">${host}</code>.`,
    };
  if (named !== null)
    return {
      word: 'un altro sito',
      why: html`Il testo mostra <bdi>«${named}»</bdi>, ma porta a <code class="d-code">${host}</code>.`,
    };
  return null;
}
