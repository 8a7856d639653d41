/**
 * The form saves itself as it is typed, and takes from the answer what the server found meanwhile: likely duplicates, proposals.
 * Ctrl+Enter registers. What is being filled in is never replaced.
 */
import { start as startFiling } from './filing.js';

const PAUSE = 900;

/** @param {HTMLFormElement} form */
export function start(form) {
  let timer = 0;
  let saving = null;
  let leaving = false;
  form.classList.add('d-by-hand--live');

  const typed = () => {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.append(name, value);
    return body;
  };
  const save = async () => {
    clearTimeout(timer);
    if (leaving || saving !== null) return;
    const body = typed();
    const asked = body.toString();
    body.set('azione', 'aggiorna');
    saving = fetch(form.action, { method: 'POST', body, credentials: 'same-origin' });
    try {
      const answer = await saving;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const other = page.getElementById('modulo');
      if (!answer.ok || other === null || leaving) return;
      for (const name of ['bozza', 'bozza_versione']) {
        const field = form.elements.namedItem(name);
        const now = other.querySelector(`[name="${name}"]`);
        if (field instanceof HTMLInputElement && now !== null) field.value = now.getAttribute('value') ?? '';
      }
      for (const id of ['bozza-salvata', 'gia-visto']) take(page, id);
      // Proposals are replaced only where nobody has gone on typing or is choosing among them.
      const unchanged =
        asked ===
        (() => {
          const now = typed();
          now.set('bozza', body.get('bozza') ?? '');
          now.set('bozza_versione', body.get('bozza_versione') ?? '');
          return now.toString();
        })();
      if (unchanged && !document.getElementById('proposte')?.contains(document.activeElement)) take(page, 'proposte');
    } catch {
      // The line is down: the strip of the page says so, and the next change tries again.
    } finally {
      saving = null;
    }
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  };
  form.addEventListener('input', later);
  startFiling(form);
  form.addEventListener('combobox-chosen', later);
  form.addEventListener('documents-changed', later);
  form.addEventListener('change', (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.matches('[data-refreshes]')) press('aggiorna');
    else if (target.matches('[name="modello"]')) press('modello');
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.ctrlKey) {
      event.preventDefault();
      /** @type {HTMLButtonElement | null} */ (form.querySelector('[data-primary]:not([disabled])'))?.click();
    } else if (
      event.key === 'Enter' &&
      event.target instanceof HTMLInputElement &&
      !event.defaultPrevented &&
      !['submit', 'file'].includes(event.target.type)
    ) {
      event.preventDefault();
      void save();
    }
  });
  form.addEventListener('submit', () => {
    leaving = true;
    clearTimeout(timer);
    // Back from the next page the form lives on.
    setTimeout(() => {
      leaving = false;
    }, 5000);
  });
  addEventListener('pageshow', () => {
    leaving = false;
  });

  function press(action) {
    /** @type {HTMLButtonElement | null} */ (form.querySelector(`button[name="azione"][value="${action}"]`))?.click();
  }
}

function take(page, id) {
  const here = document.getElementById(id);
  const there = page.getElementById(id);
  if (here === null || there === null || here.innerHTML === there.innerHTML) return;
  here.replaceChildren(...[...there.childNodes].map((node) => document.adoptNode(node)));
  here.dispatchEvent(new CustomEvent('htmx:after:swap', { bubbles: true }));
}
