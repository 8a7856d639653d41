/** Signing in on top of the page, in a dialog: the page below stays as it is, and what was begun there goes on. */

const PATH = '/entra/qui';
/** @type {Promise<boolean> | null} */
let asking = null;

/** True: the person of the page is signed in. @param {() => Promise<string>} whoIsKnown */
export function signInHere(whoIsKnown) {
  // Several acts may find out at once: one dialog.
  asking ??= ask(whoIsKnown).finally(() => {
    asking = null;
  });
  return asking;
}

/** @param {() => Promise<string>} whoIsKnown @returns {Promise<boolean>} */
async function ask(whoIsKnown) {
  const dialog = document.createElement('dialog');
  dialog.className = 'd-dialog';
  dialog.setAttribute('aria-labelledby', 'rientra-titolo');
  const before = document.activeElement;
  const page = await fetch(PATH).catch(() => null);
  if (page === null) return false;
  if (!(await fill(dialog, page))) return (await whoIsKnown()) === 'same';
  document.body.append(dialog);
  dialog.showModal();
  focusFirst(dialog);
  const entered = await answered(dialog, whoIsKnown);
  dialog.remove();
  if (before instanceof HTMLElement) before.focus();
  return entered;
}

/** @param {HTMLDialogElement} dialog @param {() => Promise<string>} whoIsKnown @returns {Promise<boolean>} */
function answered(dialog, whoIsKnown) {
  const look = async () => {
    const now = await whoIsKnown();
    if (now === 'same') dialog.close('entrato');
    if (now !== 'other') return;
    // The form belonged to nobody, and is somebody's now.
    const page = await fetch(`${PATH}?altra`).catch(() => null);
    if (page !== null && (await fill(dialog, page))) focusFirst(dialog);
    tell(
      dialog,
      'Ora è entrata un’altra persona. Questa pagina era di chi c’era prima: per inviarla deve entrare lei.',
    );
  };
  // Signed in in another tab.
  const lookAgain = () => {
    if (document.visibilityState === 'visible' && dialog.open) void look();
  };
  return new Promise((resolve) => {
    document.addEventListener('visibilitychange', lookAgain);
    addEventListener('focus', lookAgain);
    dialog.addEventListener('submit', async (event) => {
      event.preventDefault();
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || form.dataset.sent !== undefined) return;
      form.dataset.sent = '';
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(PATH, { method: 'POST', body }).catch(() => null);
      delete form.dataset.sent;
      if (answer === null) tell(dialog, 'La rete non risponde: riprova.');
      else if (await fill(dialog, answer)) focusFirst(dialog);
      else await look();
    });
    dialog.addEventListener('close', () => {
      document.removeEventListener('visibilitychange', lookAgain);
      removeEventListener('focus', lookAgain);
      resolve(dialog.returnValue === 'entrato');
    });
  });
}

/** False: there is nothing to fill in, because somebody is signed in. @param {HTMLDialogElement} dialog @param {Response} answer */
async function fill(dialog, answer) {
  if (answer.status === 204) return false;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const content = page.querySelector('#rientra-qui');
  if (content === null) {
    tell(dialog, 'Il servizio non risponde: riprova fra poco.');
    return true;
  }
  dialog.replaceChildren(...content.children);
  const name = inputOf(dialog, 'rientra-nome');
  if (name !== null && name.value === '') name.value = document.body.dataset.login ?? '';
  return true;
}

/** @param {HTMLDialogElement} dialog @param {string} name */
function inputOf(dialog, name) {
  const input = dialog.querySelector(`input[name="${name}"]`);
  return input instanceof HTMLInputElement ? input : null;
}

/** What is still to be typed. @param {HTMLDialogElement} dialog */
function focusFirst(dialog) {
  const name = inputOf(dialog, 'rientra-nome');
  (name?.value === '' ? name : inputOf(dialog, 'rientra-password'))?.focus();
}

/** @param {HTMLDialogElement} dialog @param {string} sentence */
function tell(dialog, sentence) {
  const told = dialog.querySelector('[role="alert"]') ?? document.createElement('div');
  told.className = 'd-note d-note--bad';
  told.setAttribute('role', 'alert');
  told.textContent = sentence;
  if (!told.isConnected) dialog.querySelector('form')?.before(told);
}
