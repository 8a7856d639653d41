/**
 * Shows a document in the viewer's frame: fetches its bytes and hands them over. The frame stands on another origin, or on an
 * opaque one, and sees nothing of the desk; what comes from it counts only as numbers and one of a few words. A frame that says
 * nothing for too long is taken away.
 */
const PATIENCE_MS = 30_000;
const MOST_BYTES = 150 * 1024 * 1024;

const WHY = {
  password: 'Il documento è protetto da una password. Scaricalo per aprirlo.',
  'too-large': 'Il documento è troppo grande per essere mostrato qui. Scaricalo per aprirlo.',
  late: 'L’anteprima non è pronta. Ricarica la pagina per riprovare, o scarica il documento.',
  unreadable: 'Il documento non si può mostrare: può essere danneggiato. Scaricalo e aprilo con prudenza.',
  unreachable: 'Il documento non è arrivato. Ricarica la pagina per riprovare.',
};

/** @param {HTMLElement} holder */
export function start(holder) {
  // On a small screen a document is opened on a page of its own: nothing is loaded before somebody looks.
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    show(holder);
  });
  seen.observe(holder);
}

/** @param {HTMLElement} holder */
function show(holder) {
  const part = (name) => holder.querySelector(`[data-part="${name}"]`);
  const { viewer, bytes: address, kind, type, name } = holder.dataset;
  const isOpaque = holder.hasAttribute('data-opaque');
  const place = new URL(viewer, document.baseURI);
  const frame = document.createElement('iframe');
  frame.title = `Anteprima di ${name}`;
  frame.className = 'd-viewer-frame';
  frame.setAttribute('sandbox', isOpaque ? 'allow-scripts' : 'allow-scripts allow-same-origin');
  frame.referrerPolicy = 'no-referrer';
  frame.src = place.href;
  // An opaque origin cannot be named; the window itself is checked in both cases.
  const [from, to] = isOpaque ? ['null', '*'] : [place.origin, place.origin];
  const say = (message, transfer = []) => frame.contentWindow?.postMessage(message, to, transfer);
  let timer = setTimeout(() => end('late'), PATIENCE_MS);
  // Fetched while the frame loads.
  const fetched = fetchBytes(address);
  fetched.catch(() => undefined);

  const hear = async (event) => {
    if (!frame.isConnected) return window.removeEventListener('message', hear);
    if (event.source !== frame.contentWindow || event.origin !== from) return;
    const said = event.data ?? {};
    if (said.type === 'ready') {
      try {
        const held = await fetched;
        say({ type: 'open', bytes: held, kind, mediaType: type }, [held]);
      } catch {
        end('unreachable');
      }
    } else if (said.type === 'shown') shown(Number(said.page), Number(said.pages), Number(said.zoom));
    else if (said.type === 'failed') end(Object.hasOwn(WHY, said.why) ? said.why : 'unreadable');
    else if (said.type === 'leave') holder.querySelector('button:not([disabled])')?.focus();
  };

  const shown = (page, pages, zoom) => {
    clearTimeout(timer);
    holder.dataset.state = 'shown';
    part('bar').hidden = false;
    part('pages').textContent = pages > 1 ? `Pagina ${page} di ${pages}` : kind === 'image' ? '' : 'Una pagina';
    part('zoom').textContent = `${zoom} %`;
    part('before').disabled = page <= 1;
    part('after').disabled = page >= pages;
    part('before').hidden = part('after').hidden = pages < 2;
  };

  const end = (why) => {
    clearTimeout(timer);
    timer = 0;
    window.removeEventListener('message', hear);
    frame.remove();
    holder.dataset.state = 'failed';
    part('bar').hidden = true;
    part('failed').textContent = WHY[why];
    part('failed').hidden = false;
  };

  const ask = (name, message) =>
    part(name).addEventListener('click', () => {
      // What is asked of a page that hangs is not waited for without end, either.
      clearTimeout(timer);
      timer = setTimeout(() => end('late'), PATIENCE_MS);
      say(message);
    });
  ask('before', { type: 'page', by: -1 });
  ask('after', { type: 'page', by: 1 });
  ask('smaller', { type: 'zoom', by: -1 });
  ask('larger', { type: 'zoom', by: 1 });
  window.addEventListener('message', hear);
  part('frame').replaceChildren(frame);
}

/** @param {string} address */
async function fetchBytes(address) {
  const answer = await fetch(address, { headers: { accept: '*/*' } });
  if (!answer.ok || answer.redirected || Number(answer.headers.get('content-length') ?? 0) > MOST_BYTES)
    throw new Error(String(answer.status));
  return answer.arrayBuffer();
}
