/** A password can be looked at while it is typed. Without this, it stays hidden. */

/** @param {HTMLInputElement} input */
export function start(input) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'd-reveal';
  button.textContent = 'Mostra';
  button.setAttribute('aria-pressed', 'false');
  button.setAttribute('aria-controls', input.id);
  button.setAttribute('aria-label', 'Mostra la password');
  const around = document.createElement('div');
  around.className = 'd-with-reveal';
  input.replaceWith(around);
  around.append(input, button);
  button.addEventListener('click', () => {
    const shows = input.type === 'password';
    input.type = shows ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shows));
    button.textContent = shows ? 'Nascondi' : 'Mostra';
  });
  // Never sent, nor kept by the browser, as plain text.
  input.form?.addEventListener('submit', () => {
    input.type = 'password';
  });
}
