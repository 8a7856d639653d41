/**
 * One stream of hints for all tabs of a browser: the tab that holds the lock listens, and tells the others. A hint says only
 * that something has changed; whoever shows a list asks for it again. A tab that comes back to the front asks as well, so
 * nothing is lost while it was hidden.
 */
const person = document.body.dataset.person;

function tellPage(detail = {}) {
  document.dispatchEvent(new CustomEvent('desk:changed', { detail }));
}

if (person !== undefined && 'locks' in navigator) {
  const channel = new BroadcastChannel(`desk ${person}`);
  channel.onmessage = () => tellPage();
  navigator.locks.request(`desk stream ${person}`, () => listen(channel));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') tellPage({ hasReturned: true });
  });
}

/** Never resolves: the lock is held as long as the tab is open. @param {BroadcastChannel} channel */
function listen(channel) {
  return new Promise(() => {
    // What happened between the page and the stream was told to nobody.
    let mayHaveMissed = true;
    const tellAll = () => {
      channel.postMessage('cambiato');
      tellPage();
    };
    const open = () => {
      const opened = new EventSource('/vivo');
      opened.addEventListener('cambiato', tellAll);
      opened.addEventListener('open', () => {
        if (mayHaveMissed) tellAll();
        mayHaveMissed = false;
      });
      opened.addEventListener('error', () => {
        mayHaveMissed = true;
      });
      return opened;
    };
    let stream = open();
    // Without a session it was closed for good.
    document.addEventListener('desk:entered', () => {
      if (stream.readyState === EventSource.CLOSED) stream = open();
    });
    addEventListener('pagehide', () => stream.close());
  });
}
