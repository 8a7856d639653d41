/** A button that copies what stands beside it, shown only where a script can do it. @param {HTMLElement} holder */
export function start(holder) {
  const button = holder.querySelector('button');
  const from = holder.querySelector('code');
  const said = holder.querySelector('[role="status"]');
  if (button === null || from === null || said === null) return;
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(from.textContent);
      said.textContent = 'Copiata.';
    } catch {
      getSelection()?.selectAllChildren(from);
      said.textContent = 'Scelta: copiala con Ctrl+C.';
    }
  });
}
