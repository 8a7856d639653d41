/** Keeps the draft of a message while it is written, three seconds after the last key; files are kept when they go up. */

const PAUSE_MS = 3_000;

/** @param {HTMLFormElement} form */
export function start(form) {
  const said = /** @type {HTMLElement} */ (document.querySelector('#salvata'));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<void> | null} */
  let saving = null;

  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement} */ (form.querySelector(`input[name="${name}"]`));

  async function save() {
    const typed = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') typed.append(name, value);
    const answer = await fetch('/invia/salva', { method: 'POST', body: typed }).catch(() => null);
    if (answer === null || !answer.ok) return;
    const kept = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('#salvata');
    if (!(kept instanceof HTMLElement)) return;
    field('_versione').value = kept.dataset.versione ?? '0';
    field('bozza').value = kept.dataset.bozza ?? '';
    said.textContent = kept.textContent;
  }

  form.addEventListener('input', (event) => {
    const { name } = /** @type {HTMLInputElement} */ (event.target);
    if (name === 'cerca' || name === 'file') return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      saving = save().finally(() => {
        saving = null;
      });
    }, PAUSE_MS);
  });

  // The button sends the version that was saved last.
  form.addEventListener('submit', (event) => {
    clearTimeout(timer);
    if (saving === null) return;
    event.preventDefault();
    const { submitter } = event;
    saving.then(() => form.requestSubmit(submitter));
  });
}
