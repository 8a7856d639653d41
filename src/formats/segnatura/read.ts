import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Generation, SegnaturaMessage, SegnaturaReading } from '../../model/segnatura.ts';
import { readXml, type XmlLimits } from '../xml/parse.ts';
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
 * Reads a segnatura or a return message of any generation. Strict about the XML (`readXml` refuses), tolerant about everything
 * else: elements are found by local name even where their order, prefix or namespace is wrong, and each deviation becomes a
 * problem of the reading.
 */
export function readSegnatura(
  bytes: Uint8Array,
  validate: Validate,
  limits: XmlLimits = LIMITS,
): Result<SegnaturaReading> {
  const xml = readXml(bytes, limits);
  if (!xml.ok) return xml;
  const problems = new ProblemCollector();
  const { doctype } = xml.value;
  const root = inKnownCase(xml.value.root, problems);
  if (!PROTOCOL_MESSAGES.has(root.name) && !RETURN_MESSAGES.has(root.name)) {
    return refuse(problem('xml-unknown-root', '', shortened(root.name)));
  }
  const generation = detectGeneration(root);
  const verdict = validate(xml.value.bytes, generation);
  problems.addAll(xml.value.problems);
  const message = readMessage(root, generation, problems);
  problems.addAll(verdict.problems);
  if (!verdict.valid && verdict.problems.length === 0) problems.add('segnatura-invalid', root.at, generation);
  findDeviations(root, doctype, generation, verdict.valid, problems);
  const hasSeal = root.elements().some((each) => each.name === 'Signature' && each.namespace === NAMESPACES.signature);
  return ok({ generation, valid: verdict.valid, message, hasSeal, problems: problems.list() });
}

function readMessage(root: XmlElement, generation: Generation, problems: ProblemCollector): SegnaturaMessage | null {
  if (RETURN_MESSAGES.has(root.name)) return readReturn(root, generation, problems);
  return generation === '3.0.0' ? readGuidelines(root, problems) : readCircular(root, generation, problems);
}
