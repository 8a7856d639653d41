import { cutPartName } from '../../kernel/file-name.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { DeclaredDocument, MatchedDocument } from '../../model/segnatura.ts';
import { isSegnaturaName } from './find-segnatura.ts';
import { presentable } from './problem-collector.ts';

/** A file that came with the message. */
export interface PresentDocument {
  /** As the sender wrote it; null where the part has no name. */
  readonly name: string | null;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Hexadecimal digest by an algorithm's normal name (`SHA-256`); null for an unknown one. */
  digest(algorithm: string): string | null;
}

export interface DocumentMatch {
  /** The declared documents in their order, then the undeclared files. */
  readonly documents: readonly MatchedDocument[];
  readonly problems: readonly Problem[];
}

/**
 * Finds the file of each declared document: by its exact name, then by its name without path, case and Unicode form, then by
 * its digest, because a renamed file is still the same document, and at last by what clients and sending systems leave of a
 * name, where one document and one file only can be meant. Names of files come cut, so declared ones are cut too. `segnatura` is the SHA-256 of the segnatura itself, which
 * may be among the files and is no document.
 */
export function matchDocuments(
  declared: readonly DeclaredDocument[],
  present: readonly PresentDocument[],
  segnatura: string | null = null,
): DocumentMatch {
  const files = new Files(present.filter((file) => file.sha256 !== segnatura));
  const listed = declared.filter((each) => !isTheSegnatura(each, files));
  const found = new Map<DeclaredDocument, PresentDocument>();
  for (const find of [files.exactly, files.loosely, files.byDigest]) {
    for (const document of listed) {
      const file = found.has(document) || !comesAlong(document) ? undefined : find(document);
      if (file !== undefined) found.set(document, file);
    }
  }
  for (const [document, file] of files.nearly(listed.filter((each) => !found.has(each) && comesAlong(each))))
    found.set(document, file);
  const problems: Problem[] = [];
  const documents: MatchedDocument[] = [];
  for (const document of listed) {
    if (document.repeats !== undefined && !document.name) continue;
    const file = found.get(document);
    documents.push(file === undefined ? absent(document) : matched(document, file));
    problems.push(...judge(document, file, documents.at(-1)?.digest === 'differs', files.any, files));
  }
  const nameless = listed.some((each) => each.reference !== 'mime' && each.role === 'primary');
  for (const file of files.left()) {
    documents.push(undeclared(file));
    problems.push(problem('document-undeclared', '', presentable(file.name ?? '(senza nome)')));
  }
  if (documents.every((each) => !each.present) && !nameless && !problems.some(isMissingPrimary)) {
    problems.push(problem('document-none'));
  }
  return { documents, problems };
}

/** Some segnature list themselves among their attachments. */
const isTheSegnatura = ({ name, role }: DeclaredDocument, files: Files): boolean =>
  role === 'attachment' && name !== null && /^segnatura/i.test(name) && isSegnaturaName(name) && !files.has(name);

const isMissingPrimary = ({ code }: Problem): boolean => code === 'document-primary-missing';

/** A copy of a telematic document may come along; paper and the mail's own text are never files. */
const comesAlong = (document: DeclaredDocument): boolean =>
  (document.reference === 'mime' || document.reference === 'telematic') &&
  (document.repeats === undefined || Boolean(document.name));

function judge(
  document: DeclaredDocument,
  file: PresentDocument | undefined,
  differs: boolean,
  anyFile: boolean,
  files: Files,
): Problem[] {
  const name = presentable(document.name ?? '');
  if (file === undefined) {
    if (document.reference !== 'mime') return [];
    if (document.role === 'attachment') return [problem('document-missing', document.at, name)];
    return [problem(anyFile ? 'document-primary-renamed' : 'document-primary-missing', document.at, name)];
  }
  const problems: Problem[] = [];
  if (file.name !== document.name && file.name !== cutPartName(document.name ?? ''))
    problems.push(problem('document-name-differs', document.at, name));
  if (files.isRepeated(file.name)) problems.push(problem('document-name-repeated', document.at, name));
  if (differs) problems.push(problem('document-digest-differs', document.at, name));
  return problems;
}

function matched(document: DeclaredDocument, file: PresentDocument): MatchedDocument {
  const real = document.digest?.hex == null ? null : file.digest(document.digest.algorithm);
  const digest = real === null ? 'not-declared' : real === document.digest?.hex ? 'matches' : 'differs';
  const { mediaType, size, sha256 } = file;
  return { name: file.name ?? '', mediaType, size, sha256, role: document.role, digest, present: true };
}

const absent = (document: DeclaredDocument): MatchedDocument => ({
  name: document.name ?? '',
  mediaType: document.mediaType ?? '',
  size: 0,
  sha256: null,
  role: document.role,
  digest: 'not-declared',
  // The mail's own text is always present.
  present: document.reference === 'message-text',
});

const undeclared = ({ name, mediaType, size, sha256 }: PresentDocument): MatchedDocument => ({
  name: name ?? '',
  mediaType,
  size,
  sha256,
  role: 'undeclared',
  digest: 'not-declared',
  present: true,
});

/** The last part of a path of either kind, in lower case and one Unicode form. */
const loose = (name: string): string =>
  (name.split(/[/\\]/).at(-1) ?? '').normalize('NFC').trim().toLowerCase().normalize('NFC');

/** Without blanks, underscores and apostrophes of any kind, which software replaces and drops. */
const near = (name: string): string =>
  loose(unpercented(name))
    .normalize('NFKC')
    .replace(/[\s_'\u2018\u2019\u201b\u02bc\u2032`\u00b4\u00ad\u200b\ufeff]+/g, '');

function unpercented(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

type Find = (document: DeclaredDocument) => PresentDocument | undefined;

/** The files of a message by name. Each is found once. */
class Files {
  readonly any: boolean;
  readonly #left: Set<PresentDocument>;
  readonly #repeated = new Set<string>();
  readonly #exact = new Map<string, PresentDocument[]>();
  readonly #loose = new Map<string, PresentDocument[]>();
  readonly #digests = new Map<string, Map<string, PresentDocument>>();

  constructor(files: readonly PresentDocument[]) {
    this.any = files.length > 0;
    this.#left = new Set(files);
    for (const file of files) {
      if (file.name === null) continue;
      const sameName = grouped(this.#exact, file.name);
      if (sameName.length > 0) this.#repeated.add(file.name);
      sameName.push(file);
      grouped(this.#loose, loose(file.name)).push(file);
    }
  }

  has = (name: string): boolean => this.#loose.has(loose(name));

  isRepeated = (name: string | null): boolean => name !== null && this.#repeated.has(name);

  left = (): Iterable<PresentDocument> => this.#left;

  exactly: Find = (document) => this.#take(this.#exact.get(cutPartName(document.name ?? '')), document);

  loosely: Find = (document) =>
    document.name ? this.#take(this.#loose.get(cutPartName(loose(document.name))), document) : undefined;

  /** For documents that no name has found. Each algorithm is computed once per file. */
  byDigest: Find = ({ digest }) => {
    if (digest?.hex == null) return undefined;
    let known = this.#digests.get(digest.algorithm);
    if (known === undefined) {
      known = new Map();
      for (const file of this.#left) {
        const hex = file.digest(digest.algorithm);
        if (hex !== null) known.set(hex, file);
      }
      this.#digests.set(digest.algorithm, known);
    }
    const file = known.get(digest.hex);
    return file !== undefined && this.#left.delete(file) ? file : undefined;
  };

  /** Pairs of which neither side could mean another one. */
  nearly(documents: readonly DeclaredDocument[]): [DeclaredDocument, PresentDocument][] {
    if (documents.length === 0 || this.#left.size === 0) return [];
    const wanted = Map.groupBy(documents, ({ name }) => near(name ?? ''));
    const left = Map.groupBy(this.#left, ({ name }) => near(name ?? ''));
    const pairs: [DeclaredDocument, PresentDocument][] = [];
    for (const [key, [document, otherDocument]] of wanted) {
      const [file, otherFile] = left.get(key) ?? [];
      if (key === '' || document === undefined || file === undefined || otherDocument || otherFile) continue;
      this.#left.delete(file);
      pairs.push([document, file]);
    }
    return pairs;
  }

  /** Among files of one name, the one with the declared digest, else the first that is left. */
  #take(candidates: PresentDocument[] | undefined, { digest }: DeclaredDocument): PresentDocument | undefined {
    if (candidates === undefined) return undefined;
    let index = 0;
    if (candidates.length > 1 && digest?.hex != null) {
      index = Math.max(
        0,
        candidates
          .slice(0, 16)
          .findIndex((each) => this.#left.has(each) && each.digest(digest.algorithm) === digest.hex),
      );
    }
    for (let file = candidates.splice(index, 1)[0]; file !== undefined; file = candidates.shift()) {
      if (this.#left.delete(file)) return file;
    }
    return undefined;
  }
}

function grouped(groups: Map<string, PresentDocument[]>, key: string): PresentDocument[] {
  const group = groups.get(key) ?? [];
  groups.set(key, group);
  return group;
}
