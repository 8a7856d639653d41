/** Keys that no control of this page bears are not shown as alive. @param {Element} bar */
export function start(bar) {
  if (document.body.dataset.keys === 'off') bar.setAttribute('data-off', '');
}
