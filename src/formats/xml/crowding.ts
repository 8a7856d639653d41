const [EXCLAMATION, QUOTE, APOSTROPHE, SLASH, QUESTION] = [0x21, 0x22, 0x27, 0x2f, 0x3f];

/**
 * Whether a text looks like more than `limit` elements and attributes. Asked before any of them is built, because at the
 * limit a tree already costs a tenth of a second. The count is rough: whoever builds the tree counts exactly.
 */
export function looksCrowded(text: string, limit: number): boolean {
  let count = 0;
  for (let at = text.indexOf('<'); at >= 0 && count <= limit; at = text.indexOf('<', at + 1)) {
    const next = text.charCodeAt(at + 1);
    if (next !== SLASH && next !== EXCLAMATION && next !== QUESTION) count += 1;
  }
  for (let at = text.indexOf('='); at >= 0 && count <= limit; at = text.indexOf('=', at + 1)) {
    const next = text.charCodeAt(at + 1);
    if (next === QUOTE || next === APOSTROPHE) count += 1;
  }
  return count > limit;
}

/** Whether a text holds a mark more than `most` times. */
export function hasMore(text: string, mark: string, most: number): boolean {
  let at = -1;
  for (let count = 0; count <= most; count += 1) {
    at = text.indexOf(mark, at + 1);
    if (at < 0) return false;
  }
  return true;
}
