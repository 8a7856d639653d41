import type { BodyDecoder } from './body-decoder.ts';

/** Encoded bytes looked at together; `begin` must stand in the first of them. */
const WINDOW = 1 << 16;
const LF = 10;
const BEGIN = /(?:^|\n)begin [0-7]{3,4} [^\n]*\n/;

/**
 * uuencode (POSIX.1, `x-uuencode` in mail): lines of at most 63 bytes between `begin MODE NAME` and `end`. It never yields
 * more bytes than it reads. A body without `begin` is handed on as it is, because a person may still read it.
 */
export class UuDecoder implements BodyDecoder {
  readonly window = WINDOW;
  /** A line in the middle says nothing of what came before it. */
  readonly fresh = false;
  wrong = false;
  #place: 'before' | 'inside' | 'behind' | 'plain' = 'before';

  step(window: Buffer, last: boolean): { used: number; pieces: readonly Buffer[] } {
    const feed = last ? -1 : window.lastIndexOf(LF);
    const used = feed < 0 ? window.length : feed + 1;
    const whole = window.subarray(0, used);
    let text = whole.toString('latin1');
    if (this.#place === 'before') {
      const begin = BEGIN.exec(text);
      this.#place = begin === null ? 'plain' : 'inside';
      if (begin !== null) text = text.slice(begin.index + begin[0].length);
    }
    if (this.#place !== 'plain') return { used, pieces: this.#lines(text) };
    this.wrong = true;
    return { used, pieces: [whole] };
  }

  end(): readonly Buffer[] {
    if (this.#place !== 'behind') this.wrong = true;
    return [];
  }

  #lines(text: string): Buffer[] {
    const out = Buffer.allocUnsafe(text.length);
    let length = 0;
    for (const written of text.split('\n')) {
      const line = written.endsWith('\r') ? written.slice(0, -1) : written;
      if (this.#place === 'behind' || line.trim() === '') {
        if (line.trim() !== '') this.wrong = true;
      } else if (line === 'end') this.#place = 'behind';
      else length += this.#line(line, out, length);
    }
    return length > 0 ? [out.subarray(0, length)] : [];
  }

  /** What is missing gives no bytes, so that a line is never more than it was. */
  #line(line: string, out: Buffer, from: number): number {
    const count = (line.charCodeAt(0) - 32) & 63;
    const needed = Math.ceil(count / 3) * 4;
    const given = Math.min(needed, line.length - 1);
    // Some writers end each line with a check character.
    this.wrong ||= given < needed || line.length > needed + 2 || /[^ -`]/.test(line);
    const length = Math.min(count, Math.floor((given * 3) / 4));
    for (let at = 0, group = 0; at < length; at++) {
      if (at % 3 === 0) group = groupAt(line, 1 + (at / 3) * 4);
      out[from + at] = group >> (16 - 8 * (at % 3));
    }
    return length;
  }
}

/** Three bytes of four characters. */
function groupAt(line: string, at: number): number {
  let group = 0;
  for (let offset = 0; offset < 4; offset++) group = (group << 6) | ((line.charCodeAt(at + offset) - 32) & 63);
  return group;
}
