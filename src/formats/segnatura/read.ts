import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Generation, SegnaturaMessage, SegnaturaReading } from '../../model/segnatura.ts';
import { readXmlTolerantly, type TolerantLimits } from '../xml/tolerant.ts';
import type { XmlElement } from '../xml/tree.ts';
import { detectGeneration, findDeviations, NAMESPACES } from './deviations.ts';
import { inKnownCase } from './known-names.ts';
import { ProblemCollector, shortened } from './problem-collector.ts';
import { readCircular } from './read-circular.ts';
import { readGuidelines } from './read-guidelines.ts';
import { readReturn } from './read-returns.ts';

/** The grammar's verdict on some bytes. The caller hands in compiled grammars. */
export type Validate = (
  bytes: Uint8Array,
  generation: Generation,
) => { readonly valid: boolean; readonly problems: readonly Problem[] };

const PROTOCOL_MESSAGES = new Set(['Segnatura', 'SegnaturaInformatica']);
const RETURN_MESSAGES = new Set([
  'ConfermaRicezione',
  'AggiornamentoConferma',
  'NotificaEccezione',
  'AnnullamentoProtocollazione',
]);

/**
 * Reads a segnatura or a return message of any generation. XML that the strict reader refuses is read with repairs where that
 * is possible: `repaired` and a problem say so. Elements are found by local name even where their order, prefix or namespace
 * is wrong, and each deviation becomes a problem of the reading.
 */
export function readSegnatura(
  bytes: Uint8Array,
  validate: Validate,
  limits: TolerantLimits = LIMITS,
): Result<SegnaturaReading> {
  const xml = readXmlTolerantly(bytes, limits);
  if (!xml.ok) return xml;
  const problems = new ProblemCollector();
  const root = inKnownCase(xml.value.root, problems);
  if (!PROTOCOL_MESSAGES.has(root.name) && !RETURN_MESSAGES.has(root.name)) {
    return refuse(problem('xml-unknown-root', '', shortened(root.name)));
  }
  const generation = detectGeneration(root);
  const { repaired } = xml.value;
  // A grammar judges what was sent, and that is not XML.
  const verdict = xml.value.repaired ? NOT_VALID : validate(xml.value.bytes, generation);
  problems.addAll(xml.value.repaired ? [repairOf(xml.value.refusal)] : xml.value.problems);
  const read = readMessage(root, generation, problems);
  const message = repaired && isIncomplete(read, generation) ? null : read;
  if (read !== message) problems.add('segnatura-no-identifier', root.at, 'CodiceRegistro');
  problems.addAll(verdict.problems);
  if (!verdict.valid && !repaired && verdict.problems.length === 0)
    problems.add('segnatura-invalid', root.at, generation);
  const hasDoctype = xml.value.repaired || xml.value.doctype !== null;
  findDeviations(root, hasDoctype, generation, verdict.valid, problems);
  const hasSeal = root.elements().some((each) => each.name === 'Signature' && each.namespace === NAMESPACES.signature);
  return ok({ generation, valid: verdict.valid, repaired, message, hasSeal, problems: problems.list() });
}

/** What had to be repaired counts only with a whole identifier: nothing in it is guessed. */
const isIncomplete = (message: SegnaturaMessage | null, generation: Generation): boolean =>
  message?.kind === 'protocol-message' &&
  message.identifier.register === null &&
  (generation === '2013' || generation === '3.0.0');

const NOT_VALID = { valid: false, problems: [] };

const repairOf = ({ message, at }: Problem): Problem => problem('segnatura-repaired', at, message);

function readMessage(root: XmlElement, generation: Generation, problems: ProblemCollector): SegnaturaMessage | null {
  if (RETURN_MESSAGES.has(root.name)) return readReturn(root, generation, problems);
  return generation === '3.0.0' ? readGuidelines(root, problems) : readCircular(root, generation, problems);
}
