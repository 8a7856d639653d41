import { LIMITS } from './limits.ts';

/** Control characters, and marks that turn the direction of writing so that `fdp.exe` reads as `exe.pdf`. */
const INVISIBLE = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * The name of a document as it may be shown and offered for saving: no path, nothing invisible, not longer than file
 * systems take (the extension is kept). Null when nothing is left. Never used as a path.
 */
export function fileName(text: string): string | null {
  const plain = text.slice(0, 4_096).toWellFormed().replace(INVISIBLE, '');
  const last = plain.slice(Math.max(plain.lastIndexOf('/'), plain.lastIndexOf('\\')) + 1).trim();
  if (last === '' || /^\.+$/.test(last)) return null;
  return shorten(last);
}

/** A name that a part of a mail or a segnatura gives, as it is held: the same long name is cut the same way everywhere. */
export function cutPartName(name: string, most: number = LIMITS.partNameLength): string {
  if (name.length <= most) return name;
  const extension = extensionOf(name);
  const stem = name.slice(0, most - extension.length);
  // Not in the middle of a character.
  return (stem.isWellFormed() ? stem : stem.replace(/[\ud800-\udbff]$/, '')) + extension;
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot <= 16 ? name.slice(dot) : '';
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= LIMITS.fileNameBytes) return name;
  const extension = extensionOf(name);
  let room = LIMITS.fileNameBytes - Buffer.byteLength(extension);
  let stem = '';
  for (const char of name.slice(0, name.length - extension.length)) {
    room -= Buffer.byteLength(char);
    if (room < 0) break;
    stem += char;
  }
  return stem.trimEnd() + extension;
}
