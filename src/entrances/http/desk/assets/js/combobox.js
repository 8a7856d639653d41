/**
 * A combobox by the pattern of the ARIA authoring practices: the field keeps the focus, the list is asked of the server as HTML,
 * `aria-activedescendant` says where one is. Typing another text takes the chosen value back: clearing clears.
 *
 *   <div class="d-combobox" data-module="combobox" data-from="/suggerimenti/corrispondenti" data-into="campo-mittente_id">
 *     <input id="campo-mittente" name="mittente">
 *     <input type="hidden" id="campo-mittente_id" name="mittente_id">
 *   </div>
 *
 * The answer is a page with `<li role="option" data-value="…" data-text="…">` rows.
 */
const PAUSE = 150;
let count = 0;

/** @param {HTMLElement} root */
export function start(root) {
  const input = /** @type {HTMLInputElement} */ (root.querySelector('input:not([type="hidden"])'));
  const hidden = /** @type {HTMLInputElement | null} */ (root.querySelector('input[type="hidden"]'));
  const list = document.createElement('ul');
  const told = document.createElement('p');
  count += 1;
  list.id = `scelte-${count}`;
  list.className = 'd-suggestions';
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', root.dataset.label ?? 'Suggerimenti');
  list.hidden = true;
  told.className = 'visually-hidden';
  told.setAttribute('role', 'status');
  root.append(list, told);
  for (const [name, value] of [
    ['role', 'combobox'],
    ['aria-autocomplete', 'list'],
    ['aria-expanded', 'false'],
    ['aria-controls', list.id],
    ['autocomplete', 'off'],
  ])
    input.setAttribute(name, value);
  let chosenText = hidden !== null && hidden.value !== '' ? input.value : null;
  let timer = 0;
  let asked = new AbortController();

  const options = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role="option"]')]);
  const active = () => options().find((one) => one.id === input.getAttribute('aria-activedescendant'));
  const close = () => {
    asked.abort();
    clearTimeout(timer);
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const point = (option) => {
    for (const one of options()) one.setAttribute('aria-selected', String(one === option));
    if (option === undefined) input.removeAttribute('aria-activedescendant');
    else {
      input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    }
  };
  const choose = (option) => {
    input.value = option.dataset.text ?? option.textContent ?? '';
    chosenText = input.value;
    if (hidden !== null) hidden.value = option.dataset.value ?? '';
    close();
    root.dispatchEvent(new CustomEvent('combobox-chosen', { bubbles: true, detail: { value: option.dataset.value } }));
  };
  const show = async () => {
    const text = input.value.trim();
    if (text.length < Number(root.dataset.least ?? 2)) return close();
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const address = new URL(root.dataset.from ?? '', location.href);
      address.searchParams.set('q', text);
      const answer = await fetch(address, { signal, credentials: 'same-origin' });
      if (!answer.ok) return close();
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (signal.aborted || document.activeElement !== input) return;
      const found = [...page.querySelectorAll('[role="option"]')];
      found.forEach((option, place) => {
        option.id = `${list.id}-${place}`;
        option.setAttribute('aria-selected', 'false');
      });
      list.replaceChildren(...found.map((option) => document.adoptNode(option)));
      told.textContent =
        found.length === 0
          ? 'Nessun suggerimento'
          : found.length === 1
            ? 'Un suggerimento'
            : `${found.length} suggerimenti`;
      if (found.length === 0) return close();
      list.hidden = false;
      input.setAttribute('aria-expanded', 'true');
      // Upwards where the act bar would hide it.
      const { bottom } = input.getBoundingClientRect();
      list.classList.toggle('d-suggestions--up', innerHeight - bottom < list.offsetHeight + 96);
    } catch {
      close();
    }
  };
  input.addEventListener('input', () => {
    if (hidden !== null && input.value !== chosenText) {
      hidden.value = '';
      chosenText = null;
    }
    // What was pointed at answered another text.
    point(undefined);
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE);
  });
  input.addEventListener('keydown', (event) => {
    const all = options();
    const at = all.indexOf(/** @type {HTMLElement} */ (active()));
    if (event.isComposing) return;
    if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) return void show();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      point(all[(at + step + all.length + (at < 0 && step < 0 ? 1 : 0)) % all.length]);
    } else if (event.key === 'Enter' && !list.hidden && !event.ctrlKey) {
      const option = active();
      if (option === undefined) return;
      event.preventDefault();
      choose(option);
    } else if (event.key === 'Tab') close();
  });
  // At once: what has the focus next may lie below the list.
  input.addEventListener('blur', close);
  // A press on the list leaves the focus in the field, and the list open.
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const option = /** @type {HTMLElement} */ (event.target).closest('[role="option"]');
    if (option !== null) choose(option);
  });
}
