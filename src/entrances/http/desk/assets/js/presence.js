/**
 * Tells every half minute that this page is open, and shows who else is there. A page in the background tells nothing, unless
 * there is text in it that has not been sent.
 */
const BEAT_MS = 30_000;

/** @param {Element} line */
export function start(line) {
  const about = line.getAttribute('data-about') ?? '';
  const page = crypto.randomUUID?.() ?? uuid();
  const told = async (more) => {
    const answer = await fetch('/presenza', {
      method: 'POST',
      body: new URLSearchParams({ cosa: about, pagina: page, ...more }),
      headers: { 'x-csrf-token': document.body.dataset.token ?? '', 'x-background': '1' },
      keepalive: true,
    }).catch(() => null);
    if (!answer?.ok) return;
    show(line, (await answer.json()).others);
  };
  const isWriting = () =>
    [
      ...document.querySelectorAll('main textarea, main input:not([type="hidden"], [type="checkbox"], [type="radio"])'),
    ].some((field) => field.value !== field.defaultValue);
  let lastSaid = null;
  // A page that is left is hidden, too: that must not bring it back.
  let isGone = false;
  const beat = () => {
    if (isGone) return;
    const writes = isWriting();
    if (document.visibilityState !== 'visible' && !writes) return;
    lastSaid = writes;
    void told({ scrive: writes ? 'si' : 'no' });
  };
  beat();
  setInterval(beat, BEAT_MS);
  document.addEventListener('input', () => {
    if (lastSaid !== isWriting()) beat();
  });
  document.addEventListener('desk:changed', beat);
  document.addEventListener('visibilitychange', beat);
  addEventListener('pagehide', () => {
    isGone = true;
    void told({ esce: 'si' });
  });
  addEventListener('pageshow', () => {
    isGone = false;
  });
}

/** Pages that are not served by TLS have no `randomUUID`. */
function uuid() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Unchanged words are not said again. @param {Element} line */
function show(line, others) {
  const words = others.map(({ name, isWriting }) =>
    isWriting ? `${name} sta scrivendo qui` : `anche ${name} lo sta guardando`,
  );
  const text = words.length === 0 ? '' : `${words.join(', ')}.`.replace(/^./, (letter) => letter.toUpperCase());
  if (line.textContent !== text) line.textContent = text;
}
