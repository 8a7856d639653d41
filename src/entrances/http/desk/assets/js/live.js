/**
 * One stream of hints for all tabs of a browser: the tab that holds the lock listens, and tells the others. A hint says only
 * that something has changed; whoever shows a list asks for it again. A tab that comes back to the front asks as well, so
 * nothing is lost while it was hidden.
 */
const person = document.body.dataset.person;

function tellPage() {
  document.dispatchEvent(new CustomEvent('desk:changed'));
}

if (person !== undefined && 'locks' in navigator) {
  const channel = new BroadcastChannel(`desk ${person}`);
  channel.onmessage = tellPage;
  navigator.locks.request(`desk stream ${person}`, () => listen(channel));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') tellPage();
  });
}

/** Never resolves: the lock is held as long as the tab is open. @param {BroadcastChannel} channel */
function listen(channel) {
  return new Promise(() => {
    const stream = new EventSource('/vivo');
    // What happened between the page and the stream was told to nobody.
    let mayHaveMissed = true;
    stream.addEventListener('cambiato', () => {
      channel.postMessage('cambiato');
      tellPage();
    });
    stream.addEventListener('open', () => {
      if (mayHaveMissed) {
        channel.postMessage('cambiato');
        tellPage();
      }
      mayHaveMissed = false;
    });
    stream.addEventListener('error', () => {
      mayHaveMissed = true;
    });
    addEventListener('pagehide', () => stream.close());
  });
}
