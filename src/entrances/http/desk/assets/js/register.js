/** Lists of registrations under the hand: j and k go from line to line, Enter opens the one that has the focus. */

/** @param {Element} list */
export function start(list) {
  const links = () => [...list.querySelectorAll('[data-row]')].filter((one) => one instanceof HTMLElement);
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
