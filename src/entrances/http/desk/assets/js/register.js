/**
 * Lists under the hand: j and k go from line to line, Enter opens the one that has the focus. Which one that is stands in the
 * address, so that coming back, or the address in another window, leads to it again.
 */

/** @param {Element} list */
export function start(list) {
  const links = () => [...list.querySelectorAll('[data-row]')].filter((one) => one instanceof HTMLElement);
  list.addEventListener('focusin', (event) => {
    const row = event.target instanceof Element ? event.target.closest('[data-row]') : null;
    if (row === null || row.id === '' || location.hash === `#${row.id}`) return;
    history.replaceState(history.state, '', `#${row.id}`);
  });
  const meant = location.hash === '' ? undefined : links().find(({ id }) => `#${id}` === location.hash);
  if (document.activeElement === document.body) meant?.focus();

  const move = (step) => {
    const all = links();
    const at = all.indexOf(document.activeElement);
    all[Math.min(all.length - 1, Math.max(0, at + step))]?.focus();
  };
  const onKey = (event) => {
    if (!list.isConnected) {
      document.removeEventListener('keydown', onKey);
      return;
    }
    if (document.body.dataset.keys !== 'on' || event.ctrlKey || event.altKey || event.metaKey) return;
    if (document.querySelector('dialog[open]') || isText(event.target)) return;
    const step = { j: 1, k: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move(step);
  };
  document.addEventListener('keydown', onKey);
}

const isText = (target) =>
  target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
