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

  /** Why a person who looks does not see where the focus is; empty: they see it. */
  focusFault() {
    const one = document.activeElement;
    if (one === null || one === document.body) return 'nothing has the focus';
    // A frame is another page, which shows the focus itself.
    if (one.tagName === 'IFRAME') return '';
    const shown = one.matches('input[type="radio"], input[type="checkbox"]') ? (one.closest('label') ?? one) : one;
    const outlined = (ring) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(ring);
      return outlineStyle !== 'none' && outlineWidth !== '0px';
    };
    // A field within a drawn box lets the box bear the ring.
    const rings = [one, shown, shown.querySelector('span'), one.parentElement, one.parentElement?.parentElement];
    const isRinged = rings.some((ring) => ring instanceof Element && outlined(ring));
    if (!isRinged) return `no ring round ${inPage.focused()}`;
    const { left, right, top, bottom } = shown.getBoundingClientRect();
    const places = [0.1, 0.5, 0.9].flatMap((x) =>
      [0.1, 0.5, 0.9].map((y) => [left + (right - left) * x, top + (bottom - top) * y]),
    );
    const isSeen = places.some(([x, y]) => {
      const there = document.elementFromPoint(x, y);
      return there !== null && (shown.contains(there) || there.contains(shown));
    });
    return isSeen ? '' : `hidden or out of sight: ${inPage.focused()}`;
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
