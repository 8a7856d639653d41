/** What stands round the pages before signing in. */
import type { FooterLinks } from '../layout.ts';
import { type Html, html } from '../template.ts';
import type { View } from '../view.ts';

export interface DoorFrame {
  /** The body that works here; null: there are several. */
  readonly name: string | null;
  readonly footer: FooterLinks;
}

export const doorPage = ({ name, footer }: DoorFrame, title: string, content: Html, status = 200): View => ({
  title,
  status,
  bare: true,
  body: html`
  <div class="d-door">
    <header class="d-door-side">
      ${name !== null && html`<p class="d-door-name">${name}</p>`}
      <p class="d-door-product">Protocollo</p>
      <p class="d-door-what">La posta certificata arriva, viene controllata e registrata. Qui c’è quello che aspetta una persona.</p>
    </header>
    <div class="d-door-main">
      <div class="d-door-form">${content}</div>
      ${doorFooter(footer)}
    </div>
  </div>`,
});

const doorFooter = ({ declaration, privacy, feedback }: FooterLinks): Html | false =>
  (declaration ?? privacy ?? feedback) !== null &&
  html`<footer class="d-door-footer"><ul>
    ${declaration !== null && html`<li><a href="${declaration}" rel="noopener">Dichiarazione di accessibilità</a></li>`}
    ${privacy !== null && html`<li><a href="${privacy}" rel="noopener">Privacy</a></li>`}
    ${feedback !== null && html`<li><a href="${feedback}" rel="noopener">Segnala un problema</a></li>`}
  </ul></footer>`;
