/**
 * The Scrivania under the hand: j and k move, x chooses, what is under the hand is shown beside the list. What arrives is told
 * in a line and comes in only when asked; a row that somebody else has seen to turns grey in its place. No row ever moves
 * by itself. An act that can be taken back waits ten seconds before it is sent.
 */
import { isKnown } from './session.js';

const UNDO_MS = 10_000;
const LOOK_MS = 150;

/** @param {Element} desk */
export function start(desk) {
  const list = desk.querySelector('#lista');
  if (list === null) {
    watching(desk, desk);
    return;
  }
  const rows = () => [...list.querySelectorAll('.d-work-row:not([data-gone])')];
  const linkOf = (row) => row?.querySelector('.d-work-link');
  const currentRow = () =>
    document.activeElement?.closest('.d-work-row') ?? list.querySelector('.d-work-row[aria-current]');

  let looking = 0;
  const select = (row) => {
    for (const other of list.querySelectorAll('[aria-current]')) other.removeAttribute('aria-current');
    row.setAttribute('aria-current', 'true');
    const address = new URL(location.href);
    address.searchParams.set('voce', row.dataset.id);
    history.replaceState(history.state, '', address);
    clearTimeout(looking);
    looking = setTimeout(() => show(address), LOOK_MS);
  };
  const show = async (address) => {
    const page = await fetchPage(address);
    const found = page?.querySelector('#anteprima');
    if (found && address.searchParams.get('voce') === new URL(location.href).searchParams.get('voce'))
      desk.querySelector('#anteprima')?.replaceChildren(...found.childNodes);
  };
  const move = (step) => {
    const all = rows();
    const at = all.indexOf(currentRow());
    const row = all[Math.min(all.length - 1, Math.max(0, at + step))];
    linkOf(row)?.focus();
  };

  list.addEventListener('focusin', (event) => {
    const row = event.target instanceof Element ? event.target.closest('.d-work-row') : null;
    if (row !== null && !row.hasAttribute('aria-current')) select(row);
  });
  list.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest('.d-work-row');
    if (!row || target?.closest('a, label, input')) return;
    linkOf(row)?.focus();
  });
  document.addEventListener('keydown', (event) => {
    if (document.body.dataset.keys !== 'on' || event.ctrlKey || event.altKey || event.metaKey) return;
    if (document.querySelector('dialog[open]') || isText(event.target)) return;
    const does = { j: () => move(1), k: () => move(-1), x: () => toggle(currentRow()), s: () => location.reload() }[
      event.key
    ];
    if (does === undefined) return;
    event.preventDefault();
    does();
  });
  choosing(desk);
  watching(desk, list);
  undoing(list, rows, linkOf);

  // After an act, the hand is on the row that took the place of the finished one.
  const voce = new URL(location.href).searchParams.get('voce');
  const first = voce === null ? rows()[0] : list.querySelector(`#voce-${CSS.escape(voce)}`);
  linkOf(first)?.focus({ preventScroll: voce === null });
}

/** @param {EventTarget | null} target */
const isText = (target) =>
  target instanceof Element && target.matches('input:not([type="checkbox"]), textarea, select, [contenteditable]');

function toggle(row) {
  const box = row?.querySelector('input[type="checkbox"]');
  if (!(box instanceof HTMLInputElement)) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event('change', { bubbles: true }));
}

/** The box that chooses all rows of the page, and how many are chosen. */
function choosing(desk) {
  const all = desk.querySelector('#scegli-tutte');
  const boxes = () => [...desk.querySelectorAll('.d-work-pick input')];
  const count = desk.querySelector('#quante-scelte');
  const told = () => {
    const chosen = boxes().filter((box) => box.checked).length;
    if (count !== null) count.textContent = chosen === 1 ? '1 scelta' : `${chosen} scelte`;
  };
  const chooseAll = () => {
    for (const box of boxes()) box.checked = all.checked;
  };
  desk.addEventListener('change', (event) => {
    if (event.target === all) chooseAll();
    told();
  });
  document.addEventListener('desk:escape', () => {
    const chosen = boxes().filter((box) => box.checked);
    if (chosen.length === 0) return;
    for (const box of [...chosen, all]) box.checked = false;
    document.body.dataset.peeled = '';
    told();
  });
  // On a slow line it may have been ticked before this ran.
  if (all?.checked) chooseAll();
  told();
}

/** `more`: a page that looks by itself says so, and keeps nobody signed in. */
async function fetchPage(address, more = {}) {
  const answer = await fetch(address, { headers: { accept: 'text/html', ...more } }).catch(() => null);
  if (answer === null || !answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

/** What others do, and what arrives. */
function watching(desk, list) {
  const bar = desk.querySelector('#nuove');
  let isAsking = false;
  let isStale = false;
  const look = async () => {
    if (isAsking) {
      isStale = true;
      return;
    }
    isAsking = true;
    const page = await fetchPage(location.href, { 'x-background': '1' });
    isAsking = false;
    if (page === null) return;
    compare(page);
    if (isStale) {
      isStale = false;
      void look();
    }
  };
  const compare = (page) => {
    const now = new Set([...page.querySelectorAll('.d-work-row')].map((row) => row.dataset.id));
    const here = [...list.querySelectorAll('.d-work-row')];
    const known = new Set(here.map((row) => row.dataset.id));
    for (const row of here)
      if (!now.has(row.dataset.id) && !row.hasAttribute('data-gone') && !row.hasAttribute('data-undo')) grey(row);
    const fresh = [...now].filter((id) => !known.has(id)).length;
    tell(fresh);
    const looking = [...page.querySelectorAll('.d-work-looking')].map(({ id }) => id);
    for (const id of ['tipi', 'quante', 'quante-cose', ...looking]) swap(id, page);
  };
  const tell = (fresh) => {
    if (bar === null) return;
    const words = fresh === 1 ? 'Una nuova: mostrala' : `${fresh} nuove: mostrale`;
    if (fresh === 0 || bar.textContent?.startsWith(words)) return;
    const link = document.createElement('a');
    link.href = location.href;
    link.textContent = words;
    link.dataset.key = 's';
    link.setAttribute('aria-keyshortcuts', 's');
    bar.replaceChildren(link);
    document.title = document.title.replace(/^(?:\(\d+\) )?/, `(${fresh}) `);
  };
  document.addEventListener('desk:changed', look);
}

function grey(row) {
  row.setAttribute('data-gone', '');
  const why = row.querySelector('.d-work-why');
  if (why !== null) why.textContent = 'Non è più da fare: qualcuno l’ha già gestita, o si è risolta da sola.';
}

function swap(id, page) {
  const [here, there] = [document.getElementById(id), page.getElementById(id)];
  if (here === null || there === null || here.isEqualNode(there) || here.contains(document.activeElement)) return;
  here.replaceChildren(...there.childNodes);
}

/** An act that can be taken back is sent after ten seconds, or when the page is left. */
function undoing(list, rows, linkOf) {
  let pending = null;
  const send = () => {
    if (pending === null) return;
    const { form, bar, timer } = pending;
    pending = null;
    clearTimeout(timer);
    bar.remove();
    const post = () =>
      fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), keepalive: true });
    post()
      // The session has ended meanwhile: the act is sent once more, under the same key.
      .then(async ({ status }) => status === 401 && (await isKnown()) && (await post()))
      .then(
        () => document.dispatchEvent(new CustomEvent('desk:changed')),
        () => location.reload(),
      );
  };
  document.addEventListener(
    'submit',
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || form.dataset.undo === undefined) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      send();
      const row = list.querySelector(`#voce-${CSS.escape(form.dataset.undo)}`);
      const before = rows();
      const at = before.indexOf(row);
      row?.setAttribute('data-gone', '');
      row?.setAttribute('data-undo', '');
      const bar = undoBar(() => {
        clearTimeout(timer);
        pending = null;
        bar.remove();
        row?.removeAttribute('data-gone');
        row?.removeAttribute('data-undo');
        linkOf(row)?.focus();
      });
      const timer = setTimeout(send, UNDO_MS);
      pending = { form: form.cloneNode(true), bar, timer };
      linkOf(before[at + 1] ?? before[at - 1])?.focus();
    },
    true,
  );
  addEventListener('pagehide', send);
}

function undoBar(undo) {
  const bar = document.createElement('div');
  bar.className = 'd-undo';
  bar.setAttribute('role', 'status');
  const words = document.createElement('span');
  words.textContent = 'Messo da parte.';
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'd-button d-button--quiet';
  button.dataset.key = 'z';
  button.setAttribute('aria-keyshortcuts', 'z');
  button.textContent = 'Disfa (z)';
  button.addEventListener('click', undo);
  bar.append(words, button);
  document.body.append(bar);
  return bar;
}
