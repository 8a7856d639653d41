/** Choosing among those found adds a line to the recipients; without script the button does the same by way of the server. */

/** @param {HTMLElement} element */
export function start(element) {
  const search = /** @type {HTMLInputElement} */ (element.querySelector('input[name="cerca"]'));
  const lines = /** @type {HTMLTextAreaElement} */ (document.querySelector('textarea[name="destinatari"]'));

  element.addEventListener('click', (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest('button[name="aggiungi"]');
    if (!(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const before = lines.value.replace(/\n+$/, '');
    if (!before.split('\n').includes(button.value))
      lines.value = before === '' ? button.value : `${before}\n${button.value}`;
    lines.dispatchEvent(new Event('input', { bubbles: true }));
    search.value = '';
    const found = element.querySelector('#trovati');
    const said = document.createElement('p');
    said.className = 'd-second';
    said.setAttribute('role', 'status');
    said.textContent = `Aggiunto: ${button.value}`;
    found?.replaceChildren(said);
    search.focus();
  });

  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    const first = element.querySelector('button[name="aggiungi"]');
    if (first instanceof HTMLButtonElement) first.focus();
  });
}
