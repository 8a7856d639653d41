import { toSVG } from 'bwip-js/node';
import type { FactorSetUp } from '../../../../service/people/second-factor.ts';
import { button, linkButton } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, field } from '../components/fields.ts';
import { note } from '../components/note.ts';
import { html } from '../template.ts';
import type { View } from '../view.ts';
import { actFields, type Visit } from '../visit.ts';

/** As a picture of its own: no markup of another maker stands in the page. */
const picture = (text: string): string => {
  const svg = toSVG({
    bcid: 'qrcode',
    text,
    paddingwidth: 4,
    paddingheight: 4,
    backgroundcolor: 'FFFFFF',
  });
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
};

export const factorPage = (visit: Visit<'own'>, { key, uri }: FactorSetUp, faults: Faults): View => ({
  title: faultyTitle('Attiva il secondo fattore', faults),
  status: faults.size > 0 ? 422 : 200,
  body: html`
  <div class="d-narrow">
    <p><a href="/io">Torna ai tuoi dati</a></p>
    <h1>Attiva il secondo fattore</h1>
    ${errorSummary(faults)}
    <ol class="d-factor-steps">
      <li><p>Inquadra questa figura con l’applicazione dei codici sul telefono.</p>
        <img class="d-factor-picture" src="${picture(uri)}" width="200" height="200" alt="Figura da inquadrare con l’applicazione dei codici; la chiave qui sotto è la stessa cosa, da scrivere">
        <p class="d-second">Se non puoi inquadrarla, scrivi nell’applicazione questa chiave:</p>
        <p><code class="d-factor-key">${key}</code></p></li>
      <li><p>Scrivi la tua password e il codice di sei cifre che ora vedi nell’applicazione.</p>
        <form method="post" action="/io/secondo-fattore" novalidate>
          ${actFields(visit)}
          ${field({ name: 'conferma', label: 'Password, per conferma', type: 'password', autocomplete: 'current-password', faults })}
          <div class="d-door-code">${field({ name: 'codice', label: 'Codice', autocomplete: 'one-time-code', inputmode: 'numeric', most: 20, help: 'Si può incollare.', faults })}</div>
          <div class="d-acts">${button({ label: 'Attiva', kind: 'primary' })}${linkButton({ label: 'Lascia stare', href: '/io', kind: 'quiet' })}</div>
        </form></li>
    </ol>
  </div>`,
});

export const recoveryCodesPage = (codes: readonly string[]): View => ({
  title: 'Codici di riserva',
  body: html`
  <div class="d-narrow">
    <h1>Codici di riserva</h1>
    ${note('ok', html`<strong>Il secondo fattore è attivo.</strong> D’ora in poi, entrando, si chiede anche il codice.`)}
    <p>Se perdi il telefono, uno di questi codici vale al posto dell’altro, una volta sola. Stampali o scrivili: non si vedranno più.</p>
    <ul class="d-factor-codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
    <div class="d-acts">${linkButton({ label: 'Li ho conservati', href: '/io', kind: 'primary' })}</div>
  </div>`,
});
