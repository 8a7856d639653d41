/** A button with `data-opens` opens the dialog of that id; the browser closes it with Escape and gives the focus back. */
document.addEventListener('click', (event) => {
  const opener = event.target instanceof Element ? event.target.closest('[data-opens]') : null;
  if (opener === null) return;
  const dialog = document.getElementById(opener.getAttribute('data-opens') ?? '');
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  dialog.showModal();
});
document.addEventListener('click', (event) => {
  const closer = event.target instanceof Element ? event.target.closest('[data-closes]') : null;
  const dialog = closer?.closest('dialog') ?? null;
  if (dialog === null) return;
  // Where there is no script, the same control leads back.
  event.preventDefault();
  dialog.close();
});
