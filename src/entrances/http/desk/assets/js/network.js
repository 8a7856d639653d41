/** The strip that says that the network is away. @param {Element} strip */
export function start(strip) {
  const show = () => {
    if (strip instanceof HTMLElement) strip.hidden = navigator.onLine;
  };
  addEventListener('online', show);
  addEventListener('offline', show);
  show();
}
