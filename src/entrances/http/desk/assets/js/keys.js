/**
 * Single keys press what bears `data-key`, so every key has a visible control. They read the character, not the place on the
 * keyboard, and are dead while somebody types, composes, has a dialog open or holds Ctrl, Alt or Meta. A person may switch
 * them off (WCAG 2.1.4); `/`, Escape and Ctrl+K stay.
 */
const TYPING = 'input, textarea, select, [contenteditable], [role="textbox"], [role="combobox"], [role="listbox"]';
const isOn = () => document.body.dataset.keys === 'on';

/** @param {EventTarget | null} target */
const isTyping = (target) => target instanceof Element && target.closest(TYPING) !== null && !isToggle(target);
/** Check boxes and radios take no text. @param {Element} element */
const isToggle = (element) =>
  element instanceof HTMLInputElement && /^(?:checkbox|radio|button|submit)$/.test(element.type);

/** @param {string} key */
const controlOf = (key) =>
  [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(
    (one) => one instanceof HTMLElement && one.checkVisibility() && !one.hasAttribute('disabled'),
  );

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.altKey || event.metaKey) return;
  if (event.ctrlKey) {
    if (event.key.toLowerCase() === 'k') focusSearch(event);
    if (event.key === 'Enter') submitByKey(event);
    return;
  }
  const dialog = document.querySelector('dialog[open]');
  if (event.key === 'Escape' && dialog === null && isTyping(event.target)) leaveField(event);
  if (dialog !== null || isTyping(event.target)) return;
  if (event.key === 'Escape') {
    document.dispatchEvent(new CustomEvent('desk:escape', { cancelable: true }));
    return;
  }
  if (event.key === '/') {
    focusSearch(event);
    return;
  }
  if (!isOn() || event.key.length > 1) return;
  const control = controlOf(event.key);
  if (!(control instanceof HTMLElement)) return;
  event.preventDefault();
  control.click();
});

/** @param {KeyboardEvent} event */
function focusSearch(event) {
  const search = document.getElementById('cerca');
  if (search === null) return;
  event.preventDefault();
  search.focus();
}

/** Leaves it with what was typed: browsers empty a search field with Escape. @param {KeyboardEvent} event */
function leaveField(event) {
  if (event.defaultPrevented || !(event.target instanceof HTMLElement)) return;
  event.preventDefault();
  event.target.blur();
}

/** Text that stands nowhere but on this page, shown or in a dialog that was closed. */
export const hasTyped = () =>
  [...document.querySelectorAll('main form[method="post"] textarea, main form[method="post"] input')].some(
    (one) =>
      (one instanceof HTMLTextAreaElement ||
        (one instanceof HTMLInputElement && !/^(?:hidden|checkbox|radio|submit|button)$/.test(one.type))) &&
      one.value !== one.defaultValue,
  );

/** Ctrl+Enter sends the form one is in, by its first button. @param {KeyboardEvent} event */
function submitByKey(event) {
  const form = event.target instanceof Element ? event.target.closest('form') : null;
  const first = form?.querySelector('button[type="submit"].d-button--primary');
  if (!(first instanceof HTMLElement)) return;
  event.preventDefault();
  first.click();
}

document.addEventListener('desk:escape', () => {
  queueMicrotask(() => {
    const up = document.querySelector('[data-escape]');
    const isPeeled = document.body.hasAttribute('data-peeled');
    document.body.removeAttribute('data-peeled');
    if (!(up instanceof HTMLAnchorElement) || isPeeled) return;
    if (!hasTyped()) return up.click();
    const said = document.getElementById('detto');
    if (said === null) return;
    said.className = 'd-said';
    said.textContent =
      'Hai scritto qualcosa che non è stato inviato: Esc non esce. Per uscire usa il collegamento in alto.';
  });
});
