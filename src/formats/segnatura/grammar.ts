import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { Generation } from '../../model/segnatura.ts';
import {
  type Complaint,
  compileDtd,
  compileSchema,
  type DocPointer,
  freeDocument,
  hasDeclarations,
  parseDocument,
  type Root,
  rootOf,
  validateWithDtd,
  validateWithSchema,
} from '../xml/libxml.ts';
import { prologRefusal } from '../xml/prolog.ts';
import { NAMESPACES } from './deviations.ts';
import { italianReason } from './grammar-reasons.ts';

/**
 * Whether a document is valid against the grammar of its generation. The grammars are in `schemas/`; their bytes are handed in
 * and compiled once. A document is parsed once, and nothing is loaded or expanded for it. Hostile bytes end in `valid: false`
 * like any other invalid document.
 */
export interface GrammarVerdict {
  readonly valid: boolean;
  /** At most 20, with the code `segnatura-invalid`; empty where valid. */
  readonly problems: readonly Problem[];
}

export interface Grammars {
  validate(bytes: Uint8Array, generation: Generation): GrammarVerdict;
}

/** Files of `schemas/` that `compileGrammars` needs. */
export const GRAMMAR_FILES = [
  'segnatura-2001.dtd',
  'segnatura-2009.dtd',
  'segnatura-2013.dtd',
  'segnatura-2013.xsd',
  'segnatura-3.0.0.xsd',
  'mail-3.0.0.xsd',
  'xmldsig.xsd',
] as const;

type Judge = (document: DocPointer) => ReturnType<typeof validateWithDtd>;

/** Throws where a grammar is missing or wrong, which is a fault of the installation and not of a message. */
export function compileGrammars(files: ReadonlyMap<string, Uint8Array>): Grammars {
  const missing = GRAMMAR_FILES.filter((name) => !files.has(name));
  if (missing.length > 0) throw new Error(`grammars missing: ${missing.join(', ')}`);
  const byDtd = (name: string): Judge => {
    const dtd = compileDtd(name, files.get(name) ?? new Uint8Array());
    return (document) => validateWithDtd(document, dtd);
  };
  const bySchema = (name: string): Judge => {
    const schema = compileSchema(name, files);
    return (document) => validateWithSchema(document, schema);
  };
  // The mail schema imports that of the segnatura, so one schema judges both roots of 3.0.0.
  const mail = bySchema('mail-3.0.0.xsd');
  const judges: Readonly<Record<Generation, Readonly<Record<string, Judge>>>> = {
    '2001': { '': byDtd('segnatura-2001.dtd') },
    '2009': { '': byDtd('segnatura-2009.dtd') },
    '2013': { '': byDtd('segnatura-2013.dtd'), [NAMESPACES.digitPa]: bySchema('segnatura-2013.xsd') },
    '3.0.0': { [NAMESPACES.prot]: mail, [NAMESPACES.pec]: mail },
  };
  return { validate: (bytes, generation) => judge(bytes, generation, judges[generation]) };
}

function judge(bytes: Uint8Array, generation: Generation, judges: Readonly<Record<string, Judge>>): GrammarVerdict {
  if (bytes.byteLength > LIMITS.xmlBytes) return refused(`file di oltre ${LIMITS.xmlBytes} byte`);
  const refusal = prologRefusal(bytes);
  if (refusal !== null) return refused(refusal);
  const { value: document, found, failed } = parseDocument(bytes);
  try {
    if (document === 0 || failed) return invalid(found, 'il file XML non è ben formato');
    if (hasDeclarations(document)) return refused('dichiarazioni interne nel DOCTYPE');
    // An entity that an unread external grammar may declare is only a warning, but its text is missing.
    const entities = found.filter(({ text }) => text.startsWith('Entity'));
    if (entities.length > 0) return invalid(entities, 'riferimento a entità');
    const root = rootOf(document);
    const judgeOfRoot = isMessage(root) && Object.hasOwn(judges, root.namespace) ? judges[root.namespace] : undefined;
    if (judgeOfRoot === undefined)
      return refused(`«${root.name}» non è un messaggio della versione ${generation}`, `/${root.name}`);
    const verdict = judgeOfRoot(document);
    if (verdict.value && !verdict.failed) return { valid: true, problems: [] };
    return invalid(verdict.found, 'il validatore non indica il motivo');
  } finally {
    freeDocument(document);
  }
}

const RETURN_MESSAGES = [
  'ConfermaRicezione',
  'AggiornamentoConferma',
  'NotificaEccezione',
  'AnnullamentoProtocollazione',
];
const MESSAGES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['', new Set(['Segnatura', ...RETURN_MESSAGES])],
  [NAMESPACES.digitPa, new Set(['Segnatura', ...RETURN_MESSAGES])],
  [NAMESPACES.prot, new Set(['SegnaturaInformatica'])],
  [NAMESPACES.pec, new Set(['SegnaturaInformatica', ...RETURN_MESSAGES])],
]);

/** A DTD and the schema of 2013 accept any declared element as the root; a message is one of five. */
const isMessage = ({ name, namespace }: Root): boolean => MESSAGES.get(namespace)?.has(name) ?? false;

const refused = (detail: string, at = ''): GrammarVerdict => ({
  valid: false,
  problems: [problem('segnatura-invalid', at, detail)],
});

function invalid(found: readonly Complaint[], fallback: string): GrammarVerdict {
  const problems = new Map<string, Problem>();
  for (const { text, line, place, severity } of found) {
    if (severity === 'warning' && found.some((other) => other.severity === 'error')) continue;
    const one = problem('segnatura-invalid', place || (line > 0 ? `riga ${line}` : ''), italianReason(text));
    // libxml2 reports a wrong fixed value twice, in different words.
    problems.set(`${one.at}\n${one.message}`, one);
  }
  return problems.size > 0 ? { valid: false, problems: [...problems.values()] } : refused(fallback);
}
