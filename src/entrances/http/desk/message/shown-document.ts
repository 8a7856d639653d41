/** The documents of a message as they are listed, and where each is. */
import { fileName } from '../../../../kernel/file-name.ts';
import type { MessageDetail, RegistrationDetail } from '../../../../service/queries/views.ts';

export interface ShownDocument {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  /** Null: it was declared and is not there. */
  readonly href: string | null;
  readonly sha256: string | null;
  readonly isPrimary: boolean;
  /** What is wrong with it, in two words. */
  readonly wrong: string | null;
}

/** Without control and bidirectional characters: a name must not read as another one. */
export const shownName = (name: string): string => fileName(name) ?? 'senza nome';

export function documentsOfMail(mail: MessageDetail): readonly ShownDocument[] {
  const { inspection, id } = mail;
  return (inspection?.documents ?? [])
    .map(({ name, mediaType, size, sha256, role, digest, present, signature }) => ({
      name: shownName(name),
      mediaType,
      size,
      sha256,
      href: present && sha256 !== null ? `/documenti/posta/${id}/${sha256}` : null,
      isPrimary: role === 'primary',
      wrong: !present
        ? 'manca'
        : digest === 'differs'
          ? 'impronta diversa'
          : signature === 'broken'
            ? 'firma non valida'
            : null,
    }))
    .sort((one, other) => Number(other.isPrimary) - Number(one.isPrimary));
}

export const documentsOfRegistration = ({
  documents,
  register,
  year,
  number,
}: RegisteredDocuments): readonly ShownDocument[] =>
  documents.map(({ name, mediaType, size, sha256, role }) => ({
    name: shownName(name),
    mediaType,
    size,
    sha256,
    href: `/documenti/registro/${encodeURIComponent(register)}/${year}/${Number(number)}/${sha256}`,
    isPrimary: role === 'primary',
    wrong: null,
  }));

type RegisteredDocuments = Pick<RegistrationDetail, 'documents' | 'register' | 'year'> & {
  readonly number: number | string;
};

export function sizeInWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} byte`;
  const [amount, unit] = bytes < 1_000_000 ? [bytes / 1_000, 'KB'] : [bytes / 1_000_000, 'MB'];
  return `${new Intl.NumberFormat('it-IT', { maximumFractionDigits: amount < 10 ? 1 : 0 }).format(amount)}\u00a0${unit}`;
}

const TYPES: readonly (readonly [is: RegExp, word: string])[] = [
  [/\.p7m$/i, 'firmato (p7m)'],
  [/\.tsd$/i, 'con marca temporale'],
  [/\.pdf$/i, 'PDF'],
  [/\.eml$/i, 'messaggio'],
  [/\.xml$/i, 'XML'],
  [/\.(?:docx?|odt|rtf)$/i, 'testo'],
  [/\.(?:xlsx?|ods|csv)$/i, 'tabella'],
  [/\.(?:png|jpe?g|gif|webp|svg|tiff?)$/i, 'immagine'],
  [/\.zip$/i, 'archivio ZIP'],
  [/\.html?$/i, 'pagina'],
  [/\.txt$/i, 'testo'],
];

/** By its name, in a word people use. */
export const typeInWords = ({ name, mediaType }: Pick<ShownDocument, 'name' | 'mediaType'>): string =>
  TYPES.find(([is]) => is.test(name))?.[1] ?? mediaType;

/** A subject of twenty thousand characters is hostile; the segnatura shows more of it. */
const MOST_SUBJECT = 500;
export const shortSubject = (subject: string): string => {
  const plain = subject
    .replace(/[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (plain === '') return 'Senza oggetto';
  return plain.length > MOST_SUBJECT ? `${plain.slice(0, MOST_SUBJECT).toWellFormed()}…` : plain;
};
