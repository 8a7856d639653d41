/** A button that prints, shown only where a script can do it. @param {Element} bar */
export function start(bar) {
  const button = bar.querySelector('[data-print]');
  if (!(button instanceof HTMLElement)) return;
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}
