/**
 * The search box of the top bar as a combobox (ARIA APG): while one types, numbers, offices and acts appear below, as the
 * server has made them. Enter without a choice searches.
 */
/** @param {Element} box */
export function start(box) {
  const input = box.querySelector('input');
  if (!(input instanceof HTMLInputElement)) return;
  const list = document.createElement('ul');
  list.id = 'cerca-proposte';
  list.className = 'd-suggestions';
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', 'Proposte');
  list.hidden = true;
  box.append(list);
  const said = document.createElement('p');
  said.className = 'visually-hidden';
  said.setAttribute('role', 'status');
  box.append(said);
  for (const [name, value] of Object.entries({
    role: 'combobox',
    'aria-expanded': 'false',
    'aria-controls': list.id,
    'aria-autocomplete': 'list',
  }))
    input.setAttribute(name, value);

  let chosen = -1;
  let asked = 0;
  /** The last question, and the text that the list answers. */
  let asking = null;
  let answered = null;
  const options = () => [...list.querySelectorAll('[role="option"]')];
  const choose = (place) => {
    const all = options();
    chosen = all.length === 0 ? -1 : (place + all.length) % all.length;
    for (const [index, option] of all.entries()) option.setAttribute('aria-selected', String(index === chosen));
    const now = all[chosen];
    if (now === undefined) input.removeAttribute('aria-activedescendant');
    else {
      input.setAttribute('aria-activedescendant', now.id);
      now.scrollIntoView({ block: 'nearest' });
    }
  };
  const close = () => {
    asked += 1;
    list.hidden = true;
    chosen = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const ask = async () => {
    asked += 1;
    const mine = asked;
    const text = input.value.trim();
    if (text === '' && document.activeElement !== input) return close();
    const answer = await fetch(`/cerca/proposte?q=${encodeURIComponent(text)}`).catch(() => null);
    if (answer === null || !answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    list.replaceChildren(...page.querySelectorAll('[role="option"]'));
    answered = text;
    const found = options().length;
    list.hidden = found === 0;
    input.setAttribute('aria-expanded', String(found > 0));
    said.textContent = found === 0 ? 'Nessuna proposta' : found === 1 ? 'Una proposta' : `${found} proposte`;
    choose(0);
  };
  const go = (option) => location.assign(option.dataset.href);
  /** Whoever types fast is not taken where the first few letters led. */
  const goWhenAnswered = async () => {
    await asking;
    const option = options()[chosen];
    if (option !== undefined && !list.hidden && answered === input.value.trim()) go(option);
    else input.form?.requestSubmit();
  };
  // Before the box loses the focus, and closes.
  list.addEventListener('pointerdown', (event) => {
    const option = event.target instanceof Element ? event.target.closest('[role="option"]') : null;
    if (option === null) return;
    event.preventDefault();
    go(option);
  });
  for (const type of ['input', 'focus'])
    input.addEventListener(type, () => {
      asking = ask();
    });
  // At once: what has the focus next may lie below the list, and an answer that comes late is nobody's.
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      if (list.hidden) input.blur();
      else close();
      event.preventDefault();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      choose(chosen + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      void goWhenAnswered();
    }
  });
}
