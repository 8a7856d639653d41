/** Starts what moves on a page. Every page reads and acts without it. */
import './dialogs.js';
import './keys.js';
import './live.js';
import './session.js';

/** @param {ParentNode} root */
function startModules(root) {
  for (const element of root.querySelectorAll('[data-module]:not([data-started])')) {
    element.setAttribute('data-started', '');
    // Names of ours only: the page is our template.
    import(`./${element.getAttribute('data-module')}.js`).then((module) => module.start(element));
  }
}

startModules(document);
document.addEventListener('htmx:after:swap', () => startModules(document));
// Tests and scripts may wait for it.
document.body.dataset.ready = '';
