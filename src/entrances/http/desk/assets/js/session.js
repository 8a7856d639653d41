/**
 * A form that is sent after the session has ended is not lost: before it goes, a small request asks whether the person is
 * still known. If not, signing in is asked for here, and the form then goes with all it held, files included.
 */
const MUST_ASK = 20 * 60_000;
let known = performance.now();

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== 'post' || document.body.dataset.person === undefined)
    return;
  // Only the first press counts; the server would take the second as the same act anyway.
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  if (performance.now() - known < MUST_ASK) {
    markSent(form);
    return;
  }
  event.preventDefault();
  void sendWhenKnown(form, event instanceof SubmitEvent ? event.submitter : null);
});

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
  const answer = await fetch('/io/sessione', { headers: { accept: 'application/json' } }).catch(() => null);
  if (answer?.ok) {
    known = performance.now();
    const { token } = await answer.json();
    for (const field of document.querySelectorAll('input[name="_csrf"]'))
      if (field instanceof HTMLInputElement) field.value = token;
  }
  // Without a session the server shows the form again after signing in; with files, that would lose them.
  form.requestSubmit(submitter);
}
