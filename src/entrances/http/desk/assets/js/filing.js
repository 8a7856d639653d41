/**
 * Where a registration goes: filling in the field beside a radio button chooses that button. Without script one presses it.
 *
 * @param {HTMLElement} root
 */
export function start(root) {
  const choose = (/** @type {Event} */ { target }) => {
    const box = target instanceof Element ? target.closest('[data-chooses]') : null;
    if (!(box instanceof HTMLElement)) return;
    const radio = box.closest('.d-choice')?.querySelector(`input[type="radio"][name="${box.dataset.chooses}"]`);
    if (radio instanceof HTMLInputElement) radio.checked = true;
  };
  root.addEventListener('input', choose);
  root.addEventListener('combobox-chosen', choose);
}
