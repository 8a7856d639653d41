/** After a form that was not taken, the summary gets the focus. @param {Element} summary */
export function start(summary) {
  if (summary instanceof HTMLElement) summary.focus();
}
