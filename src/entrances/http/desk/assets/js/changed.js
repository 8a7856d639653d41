/**
 * A page about one thing tells when that thing has changed meanwhile. Nothing moves under the hand: a line offers the present
 * state. A page that was in the background shows it at once, unless something was typed there.
 */
import { hasTyped } from './keys.js';

/** While it is looked at, however many hints come. */
const PAUSE_MS = 5_000;

/** @param {HTMLElement} line */
export function start(line) {
  let isWaiting = false;
  const look = async (hasReturned) => {
    const answer = await fetch(location.href, { headers: { accept: 'text/html', 'x-background': '1' } }).catch(
      () => null,
    );
    if (answer === null || !answer.ok || answer.redirected || !line.isConnected) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const now = page.getElementById(line.id)?.dataset.as;
    if (now === undefined || now === line.dataset.as) return;
    if (hasReturned && !hasTyped() && document.querySelector('dialog[open]') === null) return location.reload();
    if (line.hasChildNodes()) return;
    const link = document.createElement('a');
    link.href = location.href;
    link.textContent = 'Intanto è cambiato qualcosa: mostra lo stato di ora';
    link.addEventListener('click', (event) => {
      event.preventDefault();
      location.reload();
    });
    line.replaceChildren(link);
  };
  document.addEventListener('desk:changed', (event) => {
    if (event.detail?.hasReturned === true) return void look(true);
    if (document.visibilityState !== 'visible' || isWaiting) return;
    isWaiting = true;
    void look(false);
    setTimeout(() => {
      isWaiting = false;
      // What came during the pause.
      void look(false);
    }, PAUSE_MS);
  });
}
