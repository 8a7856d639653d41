/**
 * Where the end tag of the root starts, which is the place of an enveloped signature; -1 where the root has none (`<a/>`).
 * The text must be well-formed (`readXml`). It is walked forward, because a comment behind the root may look like its end.
 */
export function rootEnd(text: string): number {
  let depth = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    if (text.startsWith('<!--', at)) at = text.indexOf('-->', at + 4) + 3;
    else if (text.startsWith('<![CDATA[', at)) at = text.indexOf(']]>', at + 9) + 3;
    else if (text.startsWith('<?', at)) at = text.indexOf('?>', at + 2) + 2;
    else if (text.startsWith('</', at)) {
      depth -= 1;
      if (depth === 0) return at;
      at += 2;
    } else {
      const end = tagEnd(text, at);
      if (text[end - 1] !== '/') depth += 1;
      else if (depth === 0) return -1;
      at = end;
    }
  }
  return -1;
}

const MARK = /["'>]/g;

/** The `>` of a start tag; one in the value of an attribute does not count. */
function tagEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    MARK.lastIndex = at;
    const found = MARK.exec(text);
    if (found === null) return text.length;
    if (found[0] === '>') return found.index;
    const close = text.indexOf(found[0], found.index + 1);
    if (close < 0) return text.length;
    at = close + 1;
  }
}
