/**
 * Documents go up while the form is being filled in: in pieces, with progress, going on where a broken line stopped; the digest is
 * computed here, too, so that both ends can be compared. While one is on its way, the form's buttons wait and say for which.
 */
import { isKnown } from './session.js';

const PIECE = 4 * 1024 * 1024;
/** Larger ones are not held in memory for their digest: the server computes it alone. */
const MOST_DIGESTED = 200 * 1024 * 1024;
const PAUSES = [1000, 2000, 4000, 8000, 15000];

/** @param {HTMLElement} root */
export function start(root) {
  const form = /** @type {HTMLFormElement} */ (root.closest('form'));
  const list = /** @type {HTMLElement} */ (root.querySelector('.d-uploads'));
  const input = /** @type {HTMLInputElement} */ (root.querySelector('input[type="file"]'));
  const said = /** @type {HTMLElement} */ (root.querySelector('[data-upload-said]'));
  const running = new Map();
  root.classList.add('d-documents--live');
  for (const button of root.querySelectorAll('[data-without-script]')) button.remove();

  const changed = () => {
    const items = [...list.children];
    const count = root.querySelector('[data-count]');
    if (count !== null) count.textContent = `(${items.length})`;
    items.forEach((item, place) => {
      const mark = item.querySelector('.d-tag');
      if (place === 0 && mark === null) item.querySelector('.d-upload-name')?.append(tag('principale'));
      if (place > 0) mark?.remove();
    });
    const [waiting] = running.values();
    for (const button of form.querySelectorAll('[data-waits-for-documents]')) {
      button.toggleAttribute('disabled', waiting !== undefined);
      button.title = waiting === undefined ? '' : `Aspetto «${waiting.name}»`;
    }
    const note = form.querySelector('[data-documents-note]');
    if (note !== null)
      note.textContent = waiting === undefined ? '' : `Aspetto che «${waiting.name}» sia tutto sul server.`;
    root.dispatchEvent(new CustomEvent('documents-changed', { bubbles: true }));
  };

  const add = (files) => {
    for (const file of files) void send(file, list, running, changed, said);
  };
  const take = () => {
    add([...(input.files ?? [])]);
    input.value = '';
  };
  input.addEventListener('change', take);
  for (const type of ['dragover', 'dragenter'])
    root.addEventListener(type, (event) => {
      event.preventDefault();
      root.classList.add('d-documents--over');
    });
  root.addEventListener('dragleave', () => root.classList.remove('d-documents--over'));
  root.addEventListener('drop', (event) => {
    event.preventDefault();
    root.classList.remove('d-documents--over');
    add([...(event.dataTransfer?.files ?? [])]);
  });
  list.addEventListener('click', (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest('button[name="togli"]');
    if (button === null) return;
    event.preventDefault();
    const item = /** @type {HTMLElement} */ (button.closest('li'));
    const next = item.nextElementSibling ?? item.previousElementSibling;
    running.get(item)?.stop.abort();
    running.delete(item);
    const id = item.dataset.upload;
    if (id) void ask(`/documenti-in-arrivo/${id}`, { method: 'DELETE' });
    said.textContent = `Tolto: ${item.querySelector('.d-upload-name span')?.textContent ?? ''}`;
    item.remove();
    changed();
    const focus = next?.querySelector('button[name="togli"]') ?? input;
    /** @type {HTMLElement} */ (focus).focus();
  });
  // What a reload left half done cannot go on without its file.
  for (const item of list.querySelectorAll('[data-state="open"]'))
    item.querySelector('.d-second')?.append(' · incompleto, toglilo e sceglilo di nuovo');
  changed();
  // On a slow line a file may have been chosen before this ran.
  if (input.files?.length) take();
}

/** The token of the page: every request that changes something bears it. */
const request = (path, options) =>
  fetch(path, {
    ...options,
    credentials: 'same-origin',
    headers: { 'x-csrf-token': document.body.dataset.token ?? '', ...options.headers },
  });

/** Where the session has ended, signing in is asked for on top of the page, and the file then goes on. */
async function ask(path, options = {}) {
  const answer = await request(path, options);
  if (answer.status !== 401) return answer;
  if (await isKnown()) return request(path, options);
  throw new RefusedError('Accesso scaduto: entra, poi scegli di nuovo il file.');
}

async function send(file, list, running, changed, said) {
  const stop = new AbortController();
  const item = row(file.name);
  list.append(item);
  running.set(item, { name: file.name, stop });
  changed();
  const about = /** @type {HTMLElement} */ (item.querySelector('.d-second'));
  try {
    const digest = await digestOf(file);
    const body = new URLSearchParams({
      nome: file.name,
      tipo: file.type,
      byte: String(file.size),
      impronta: digest ?? '',
    });
    const opened = await ask('/documenti-in-arrivo', { method: 'POST', body, signal: stop.signal });
    const upload = await opened.json();
    if (!opened.ok) throw new Error(upload.motivo);
    item.dataset.upload = upload.id;
    item.querySelector('input')?.setAttribute('value', upload.id);
    item.querySelector('button')?.setAttribute('value', upload.id);
    const done = await sendPieces(file, upload, item, stop.signal);
    const same = digest !== null && digest === done.impronta;
    item.dataset.state = 'complete';
    item.querySelector('progress')?.remove();
    about.textContent = `${size(file.size)} · ${same ? 'impronta uguale qui e sul server' : `impronta ${done.impronta.slice(0, 8)}…`}`;
    said.textContent = `Caricato: ${file.name}`;
  } catch (error) {
    if (stop.signal.aborted) return;
    item.querySelector('progress')?.remove();
    item.querySelector('input')?.remove();
    item.classList.add('d-upload--failed');
    about.textContent = error instanceof Error ? error.message : 'Non caricato.';
    said.textContent = `Non caricato: ${file.name}. ${about.textContent}`;
  } finally {
    running.delete(item);
    changed();
  }
}

/** Goes on where the server says, also after the line was down. */
async function sendPieces(file, upload, item, signal) {
  const bar = /** @type {HTMLProgressElement} */ (item.querySelector('progress'));
  const about = /** @type {HTMLElement} */ (item.querySelector('.d-second'));
  const path = `/documenti-in-arrivo/${upload.id}`;
  let at = upload.ricevuti;
  let failures = 0;
  for (;;) {
    bar.max = file.size;
    bar.value = at;
    about.textContent = `${size(at)} di ${size(file.size)}${failures > 0 ? ' · la rete è caduta, riprende da qui' : ''}`;
    try {
      const answer = await ask(`${path}?da=${at}`, {
        method: 'PUT',
        body: file.slice(at, at + PIECE),
        headers: { 'content-type': 'application/octet-stream' },
        signal,
      });
      const told = await answer.json();
      if (answer.ok && told.completo) return told;
      if (!answer.ok && (answer.status === 401 || told.ricevuti === null)) throw new RefusedError(told.motivo);
      at = told.ricevuti;
      if (answer.ok) failures = 0;
      else failures += 1;
    } catch (error) {
      if (signal.aborted || error instanceof RefusedError) throw error;
      const pause = PAUSES[Math.min(failures, PAUSES.length - 1)] ?? 15000;
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, pause));
      const now = await ask(path, { signal }).then(
        (answer) => answer.json(),
        () => null,
      );
      if (now?.completo) return now;
      if (typeof now?.ricevuti === 'number') at = now.ricevuti;
    }
  }
}

class RefusedError extends Error {}

/** Null where the browser cannot, as on plain HTTP from another machine. */
async function digestOf(file) {
  if (globalThis.crypto?.subtle === undefined || file.size > MOST_DIGESTED) return null;
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** As the server writes it. */
function size(bytes) {
  const mega = bytes >= 1_000_000;
  const [value, unit] = bytes < 1_000 ? [bytes, 'byte'] : mega ? [bytes / 1_000_000, 'MB'] : [bytes / 1_000, 'kB'];
  const digits = mega && value < 100 ? 1 : 0;
  return `${value.toLocaleString('it-IT', { maximumFractionDigits: digits, minimumFractionDigits: digits })} ${unit}`;
}

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}
const tag = (word) => element('span', 'd-tag', word);

function row(name) {
  const button = element('button', 'd-button d-button--quiet d-button--small', 'Togli');
  button.type = 'submit';
  button.name = 'togli';
  button.setAttribute('aria-label', `Togli ${name}`);
  const hidden = element('input', '');
  hidden.type = 'hidden';
  hidden.name = 'documento';
  const bar = element('progress', 'd-upload-bar');
  bar.setAttribute('aria-label', `Caricamento di ${name}`);
  const about = element(
    'div',
    'd-upload-about',
    element('p', 'd-upload-name', element('span', '', name), ' '),
    bar,
    element('p', 'd-second', 'in coda'),
    hidden,
  );
  const item = element('li', 'd-upload', about, button);
  item.dataset.state = 'open';
  return item;
}
