/**
 * A form that is sent after the session has ended is not lost: before it goes, a small request asks whether the person is
 * still known. If not, signing in is asked for on top of the page, and the form then goes with all it held, files included.
 */
/** A page that came so lately needs no question. */
const MUST_ASK = 60_000;
let known = performance.now();
/** The form that was asked for just now. @type {HTMLFormElement | null} */
let checked = null;

document.addEventListener('submit', (event) => {
  const form = event.target;
  // Somebody else holds it back, and sends it later.
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== 'post') return;
  if (document.body.dataset.person === undefined) return;
  // Only the first press counts; the server would take the second as the same act anyway.
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  // Files that are sent to nobody known would have to be chosen again.
  const isChecked = checked === form;
  checked = null;
  if (isChecked || (performance.now() - known < MUST_ASK && !holdsFiles(form))) {
    markSent(form);
    return;
  }
  event.preventDefault();
  form.dataset.sent = '';
  void sendWhenKnown(form, event instanceof SubmitEvent ? event.submitter : null);
});

/** @param {HTMLFormElement} form */
const holdsFiles = (form) =>
  [...form.querySelectorAll('input[type="file"]')].some((input) => (input.files?.length ?? 0) > 0);

/** Going back to the page must find its form alive. @param {HTMLFormElement} form */
function markSent(form) {
  form.dataset.sent = '';
  setTimeout(() => delete form.dataset.sent, 3_000);
}
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
});

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
async function sendWhenKnown(form, submitter) {
  const mayGo = await isKnown();
  delete form.dataset.sent;
  if (!mayGo) return;
  checked = form;
  form.requestSubmit(submitter);
}

/** @type {Promise<boolean> | null} */
let asking = null;

/** Whether the person of this page is signed in, if need be by asking for it now: once, whoever wants to know. */
export function isKnown() {
  asking ??= askWho().finally(() => {
    asking = null;
  });
  return asking;
}

async function askWho() {
  const now = await whoIsKnown();
  if (now === 'away') {
    say('La rete non risponde: non è stato inviato nulla. Quello che hai scritto è ancora qui.');
    return false;
  }
  if (now === 'same') return true;
  const { signInHere } = await import('./sign-in-here.js');
  const entered = await signInHere(whoIsKnown);
  if (!entered) say('Non è stato inviato nulla. Quello che hai scritto è ancora qui.');
  return entered;
}

/**
 * Asks whom the server takes this browser for: `same` as the page was made for, another person (`other`), or `nobody`. The
 * forms of the page get the token of the present session.
 */
async function whoIsKnown() {
  const answer = await fetch('/io/sessione', { headers: { accept: 'application/json' } }).catch(() => null);
  if (answer === null) return 'away';
  if (!answer.ok) return 'nobody';
  const { token, person, office } = await answer.json();
  const page = document.body.dataset;
  if (person !== page.person) return 'other';
  for (const field of document.querySelectorAll('input[name="_csrf"]'))
    if (field instanceof HTMLInputElement) field.value = token;
  page.token = token;
  // The session may have begun for another office of this person: the page was made for this one.
  if ((office ?? undefined) !== page.office && !(await workFor(page.office, token))) return 'other';
  known = performance.now();
  document.dispatchEvent(new CustomEvent('desk:entered'));
  return 'same';
}

/** @param {string | undefined} office @param {string} token */
async function workFor(office, token) {
  if (office === undefined) return false;
  const body = new URLSearchParams({ _csrf: token, _atto: `ufficio-${Date.now()}`, ufficio: office });
  await fetch('/io/ufficio', { method: 'POST', body }).catch(() => null);
  const answer = await fetch('/io/sessione', { headers: { accept: 'application/json' } }).catch(() => null);
  return answer?.ok === true && (await answer.json()).office === office;
}

/** @param {string} sentence */
function say(sentence) {
  const line = document.querySelector('#detto');
  if (line === null) return;
  line.className = 'd-said';
  line.textContent = sentence;
}
