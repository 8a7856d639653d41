import { type Problem, problem } from '../../kernel/problems.ts';
import { presentable } from './problem-collector.ts';

/** A part of a mail, seen from outside. */
export interface Attachment {
  readonly name: string | null;
  /** `type/subtype`. */
  readonly mediaType: string;
  /** The first bytes of its decoded content; 4,096 are enough. */
  readonly head: Uint8Array;
  /** Tells copies from different files; hexadecimal. */
  readonly sha256: string;
}

export interface SegnaturaFound<T extends Attachment> {
  /** The segnatura or return message; null where there is none. */
  readonly part: T | null;
  /** By its root or its name it is an answer to a message. */
  readonly isAnswer: boolean;
  readonly problems: readonly Problem[];
}

/** The norm's name of each file, by root element. */
const STANDARD_NAMES: ReadonlyMap<string, string> = new Map([
  ['Segnatura', 'Segnatura.xml'],
  ['SegnaturaInformatica', 'Segnatura.xml'],
  ['ConfermaRicezione', 'Conferma.xml'],
  ['NotificaEccezione', 'Eccezione.xml'],
  ['AggiornamentoConferma', 'Aggiornamento.xml'],
  ['AnnullamentoProtocollazione', 'Annullamento.xml'],
]);

/** Names seen in real mail, in lower case, without extension, blanks, hyphens and underscores. */
const KNOWN_STEMS = new Set([
  'segnatura',
  'segnaturainformatica',
  'conferma',
  'confermaricezione',
  'confermadiricezione',
  'eccezione',
  'notificaeccezione',
  'notificadieccezione',
  'aggiornamento',
  'aggiornamentoconferma',
  'aggiornamentodiconferma',
  'annullamento',
  'annullamentoprotocollazione',
  'annullamentodiprotocollazione',
]);

const ROOT = new RegExp(`<(?:[A-Za-z_][\\w.-]{0,60}:)?(${[...STANDARD_NAMES.keys()].join('|')})[\\s/>]`);
const XML_TYPES = new Set(['text/xml', 'application/xml', 'application/octet-stream', 'text/plain']);
const HEAD = 4_096;

export function isSegnaturaName(name: string): boolean {
  const base = (name.split(/[/\\]/).at(-1) ?? '').toLowerCase().trim();
  return KNOWN_STEMS.has(base.replace(/\.xml$/, '').replace(/[\s_-]+/g, ''));
}

/**
 * Finds the part of a mail that is the segnatura or return message. The first bytes count more than the name, and both
 * together most. A file that only has the name is taken too, so that a broken segnatura is judged and not overlooked. Between
 * two different files that are equally likely a person decides.
 */
export function findSegnatura<T extends Attachment>(parts: readonly T[]): SegnaturaFound<T> {
  let best = 0;
  let found: { part: T; root: string | null }[] = [];
  for (const part of parts) {
    const root = rootIn(part.head);
    const rank = likelihood(part, root);
    if (rank === 0 || rank < best) continue;
    if (rank > best) found = [];
    best = rank;
    found.push({ part, root });
  }
  const [first] = found;
  if (first === undefined) return { part: null, isAnswer: false, problems: [] };
  const problems: Problem[] = [];
  if (found.some(({ part }) => part.sha256 !== first.part.sha256)) problems.push(problem('segnatura-duplicated'));
  const { name } = first.part;
  const standard = first.root === null ? null : STANDARD_NAMES.get(first.root);
  if (standard !== null && name !== standard)
    problems.push(problem('segnatura-file-name', '', presentable(name ?? '')));
  return { part: first.part, isAnswer: isAnswer(first.root, name), problems };
}

const isAnswer = (root: string | null, name: string | null): boolean =>
  /^(?:Conferma|Notifica|Aggiornamento|Annullamento)/.test(root ?? '') ||
  /conferma|eccezione|aggiornamento|annullamento/i.test(name ?? '');

function likelihood({ name, mediaType, head }: Attachment, root: string | null): number {
  const base = (name?.split(/[/\\]/).at(-1) ?? '').toLowerCase().trim();
  if (base === 'daticert.xml') return 0;
  const named = name !== null && isSegnaturaName(name);
  const typed = XML_TYPES.has(mediaType.toLowerCase()) || mediaType.toLowerCase().endsWith('+xml');
  if (root !== null && named) return 4;
  if (root !== null && (typed || base.endsWith('.xml'))) return 3;
  if (named && base.endsWith('.xml')) return 2;
  return named && looksLikeXml(head) ? 1 : 0;
}

/** Drops zero bytes, so that a UTF-16 file is recognised. */
const opening = (head: Uint8Array): string =>
  Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD)).toString('latin1').replaceAll('\0', '');

const looksLikeXml = (head: Uint8Array): boolean => /^[\s\xef\xbb\xbf\xff\xfe]{0,64}</.test(opening(head));

/** The local name of the first element if it is one of a segnatura or return message, else null. Comments are skipped. */
function rootIn(head: Uint8Array): string | null {
  if (!looksLikeXml(head)) return null;
  const text = opening(head);
  let from = text.indexOf('<');
  while (from >= 0 && !/[A-Za-z_]/.test(text[from + 1] ?? '')) {
    const end = text.startsWith('<!--', from) ? text.indexOf('-->', from) : from;
    from = end < 0 ? -1 : text.indexOf('<', end + 1);
  }
  const match = from < 0 ? null : ROOT.exec(text.slice(from, from + 120));
  return match?.index === 0 ? (match[1] ?? null) : null;
}
