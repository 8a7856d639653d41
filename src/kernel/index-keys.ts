/** What identifies the rows of the index; readers of files and look-ups share it. */

export type EntryKind = 'body' | 'aoo' | 'office' | 'pec' | 'category' | 'municipality';

/** What identifies a row: the IPA code of its body, its own code, and for an AOO Codice_uni_aoo where it is known. */
export interface Identified {
  readonly kind: EntryKind;
  readonly body: string;
  readonly code: string;
  readonly uniCode: string | null;
}

/** `Codice_uni_aoo` and `Codice_uni_uo` are unique nationwide; an AOO without one is known by its code within its body. */
export function indexKeyOf(entry: Identified): string {
  switch (entry.kind) {
    case 'body':
      return entry.code.toLowerCase();
    case 'aoo':
      return entry.uniCode === null ? aooKey(entry.body, entry.code) : entry.uniCode.toUpperCase();
    case 'office':
    case 'category':
    case 'municipality':
      return entry.code.toUpperCase();
    case 'pec':
      return aooKey(entry.body, entry.code);
  }
}

/** Key of an AOO whose Codice_uni_aoo is not known. */
export const aooKey = (body: string, code: string): string => `${body}/${code}`.toLowerCase();
