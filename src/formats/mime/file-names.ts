/**
 * The one place where names of files are decoded, of mails and of uploads. Real clients mix the ways of RFC 2047 and
 * RFC 2231, fold inside the quotation marks and give whole paths. What comes out is still the sender's text: never a path to
 * open, always escaped before it is shown.
 */
import { isUtf8 } from 'node:buffer';
import { decodeCharset, decodeRaw, isCharset } from '../charset/decode-charset.ts';
import type { Parameter } from './parameters.ts';
import { unpercent } from './percent.ts';
import { decodeWords } from './words.ts';

/** The name of a part: `filename`, else `name` where `filename` says nothing; '' where both are empty, null where both lack. */
export function fileNameIn(filename: Parameter | undefined, name: Parameter | undefined): string | null {
  const given = [filename, name].filter((each) => each !== undefined).map(inMail);
  return given.find((each) => each.trim() !== '') ?? given[0] ?? null;
}

/** Mail clients percent-encode names without saying so. Forms are not read that way: there `%20` is what the file is called. */
const inMail = (written: Parameter): string =>
  written.extended ? decodeFileName(written) : withoutPath(percentDecoded(decodeFileName(written)));

/** Everything but the percent-encoding that no charset announces. */
export function decodeFileName({ value, extended }: Parameter): string {
  const unfolded = value.replace(/[ \t\r\n]+/g, (blanks) => (/[^ ]/.test(blanks) ? ' ' : blanks));
  return withoutPath(extended ? insideExtended(unfolded) : plain(unfolded));
}

/** Encoded words have no place in an extended value (RFC 2231 §3), but some clients split one over `filename*0` and `*1`. */
const insideExtended = (text: string): string => (text.includes('=?') ? decodeWords(text) : text);

function plain(value: string): string {
  if (value.includes('=?')) return decodeWords(value);
  return withoutStar(value) ?? decodeRaw(value);
}

/** The value of `filename*` under the name `filename`: `UTF-8''relazione%20finale.pdf`. */
function withoutStar(value: string): string | null {
  const [, charset = '', text = ''] = /^([\w.:-]{2,40})'[A-Za-z-]{0,20}'(.*)$/s.exec(value) ?? [];
  return isCharset(charset) ? decodeCharset(unpercent(text), charset) : null;
}

/** Of web forms: only where every `%` begins an octet, all are UTF-8, and none of them hides a control character. */
function percentDecoded(text: string): string {
  if (!/%[0-9a-f]{2}/i.test(text) || /%(?![0-9a-f]{2})/i.test(text) || /[^\0-\xff]/.test(text)) return text;
  const bytes = unpercent(Buffer.from(text, 'utf8').toString('latin1'));
  const decoded = bytes.toString('utf8');
  return isUtf8(bytes) && !/[\0-\x1f\x7f-\x9f]/.test(decoded) ? decoded : text;
}

/** Windows clients give where the file lay on their disk (RFC 2183 §2.3). A `/` stays: in the names of acts it is common. */
function withoutPath(name: string): string {
  if (!name.includes('\\')) return name;
  const last = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return last.trim() === '' ? name : last;
}
