import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Generation, SegnaturaMessage, SegnaturaReading } from '../../model/segnatura.ts';
import { readXml, type XmlLimits } from '../xml/parse.ts';
import type { XmlElement } from '../xml/tree.ts';
import { findDeviations, generationOf, NAMESPACES } from './deviations.ts';
import { Findings, shortened } from './findings.ts';
import { inKnownCase } from './known-names.ts';
import { readCircular } from './read-circular.ts';
import { readGuidelines } from './read-guidelines.ts';
import { readReturn } from './read-returns.ts';

/** The grammar's verdict on some bytes; compiled grammars are handed in. */
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
 * Reads a segnatura or a return message of any generation. Strict about the XML (the gate's refusals), tolerant about
 * everything else: elements are found by local name wherever their order, prefix or namespace went wrong, and each
 * deviation becomes a problem of the reading.
 */
export function readSegnatura(
  bytes: Uint8Array,
  validate: Validate,
  limits: XmlLimits = LIMITS,
): Result<SegnaturaReading> {
  const xml = readXml(bytes, limits);
  if (!xml.ok) return xml;
  const findings = new Findings();
  const { doctype } = xml.value;
  const root = inKnownCase(xml.value.root, findings);
  if (!PROTOCOL_MESSAGES.has(root.name) && !RETURN_MESSAGES.has(root.name)) {
    return refuse(problem('xml-unknown-root', '', shortened(root.name)));
  }
  const generation = generationOf(root);
  const verdict = validate(xml.value.bytes, generation);
  findings.addAll(xml.value.problems);
  const message = readMessage(root, generation, findings);
  findings.addAll(verdict.problems);
  if (!verdict.valid && verdict.problems.length === 0) findings.add('segnatura-invalid', root.at, generation);
  findDeviations(root, doctype, generation, verdict.valid, findings);
  const hasSeal = root.elements().some((each) => each.name === 'Signature' && each.namespace === NAMESPACES.signature);
  return ok({ generation, valid: verdict.valid, message, hasSeal, problems: findings.list() });
}

function readMessage(root: XmlElement, generation: Generation, findings: Findings): SegnaturaMessage | null {
  if (RETURN_MESSAGES.has(root.name)) return readReturn(root, generation, findings);
  return generation === '3.0.0' ? readGuidelines(root, findings) : readCircular(root, generation, findings);
}
