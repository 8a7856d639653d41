/** Starts what moves on a page. Every page reads and acts without it. */
import './dialogs.js';
import './keys.js';
import './live.js';
import './session.js';

/** Resolves when all have started; one that cannot be loaded is reported, and the others go on. @param {ParentNode} root */
function startModules(root) {
  const start = (element) => {
    element.setAttribute('data-started', '');
    // Names of ours only: the page is our template.
    return import(`./${element.getAttribute('data-module')}.js`)
      .then((module) => module.start(element))
      .catch(reportError);
  };
  return Promise.all([...root.querySelectorAll('[data-module]:not([data-started])')].map(start));
}

document.addEventListener('htmx:after:swap', () => startModules(document));
startModules(document).then(() => {
  // Tests and scripts may wait for it.
  document.body.dataset.ready = '';
});
