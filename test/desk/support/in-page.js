// Read as text and run inside the page by checks.ts: code of the browser, which the compiler of the project knows nothing of.

globalThis.inPage = {
  /** Colours in transition are no colours: waits for every animation that ends. */
  still() {
    const ending = document
      .getAnimations()
      .filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime ?? 0));
    return Promise.all(ending.map((one) => one.finished.catch(() => null)));
  },

  /** What reaches beyond the window's edge, the innermost last. */
  tooWide() {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const beyond = [...document.body.querySelectorAll('*')].filter((one) => {
      const { right, width } = one.getBoundingClientRect();
      return width > 0 && right > clientWidth + 1;
    });
    const told = ({ tagName, className, textContent }) =>
      `<${tagName.toLowerCase()} class="${className}"> ${textContent.trim().slice(0, 60)}`;
    return [`the page has ${scrollWidth} pixels`, ...beyond.slice(-5).map(told)];
  },

  /** Role or tag of the element with the focus, and its name or first words. */
  focused() {
    const one = document.activeElement;
    if (one === null || one === document.body) return 'body';
    const label = one.id === '' ? null : document.querySelector(`label[for="${CSS.escape(one.id)}"]`);
    const name = one.getAttribute('aria-label') ?? label?.textContent ?? one.textContent;
    return `${one.getAttribute('role') ?? one.tagName.toLowerCase()} ${name.replace(/\s+/g, ' ').trim().slice(0, 120)}`;
  },
};
