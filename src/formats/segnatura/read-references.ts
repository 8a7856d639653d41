import type {
  DocumentContext,
  Generation,
  MessageReference,
  Proceeding,
  ReceivedMessage,
} from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { listed, optional, proseOf, readClassifications } from './fields.ts';
import type { ProblemCollector } from './problem-collector.ts';
import { readPerson } from './read-correspondents.ts';
import { readFirstRegistration, readOptionalIdentifier } from './read-identifier.ts';
import { readMoreInfo, references } from './read-more-info.ts';

/** `Riferimenti` of the circulars: earlier messages and the proceedings that this one belongs to, in any order. */
export function readReferences(
  element: XmlElement | null,
  generation: Generation,
  problems: ProblemCollector,
): Pick<DocumentContext, 'references' | 'proceedings'> {
  const messages: MessageReference[] = [];
  const proceedings: Proceeding[] = [];
  for (const each of element?.elements() ?? []) {
    if (each.name === 'Messaggio') messages.push(readMessageReference(each, generation, problems));
    if (each.name === 'ContestoProcedurale')
      proceedings.push(readProceeding(each, 'context', messages.length, problems));
    if (each.name === 'Procedimento') proceedings.push(readProceeding(each, 'proceeding', messages.length, problems));
  }
  return { ...listed('references', messages), ...listed('proceedings', proceedings) };
}

function readProceeding(
  element: XmlElement,
  kind: Proceeding['kind'],
  after: number,
  problems: ProblemCollector,
): Proceeding {
  const responsible = element.child('Responsabile')?.child('Persona') ?? null;
  const type = kind === 'context' ? 'TipoContestoProcedurale' : 'TipoProcedimento';
  return {
    kind,
    after,
    administration: proseOf(element, 'CodiceAmministrazione') ?? '',
    aoo: proseOf(element, 'CodiceAOO') ?? '',
    code: proseOf(element, 'Identificativo') ?? '',
    ...optional('type', proseOf(element, type)),
    ...optional('subject', proseOf(element, 'Oggetto')),
    ...listed('classifications', readClassifications(element)),
    ...optional('responsible', responsible && readPerson(responsible, null)),
    ...optional('started', proseOf(element, 'DataAvvio')),
    ...optional('ends', proseOf(element, 'DataTermine')),
    ...optional('notes', proseOf(element, 'Note')),
    ...optional('moreInfo', readMoreInfo(element, problems)),
    ...references(element),
  };
}

export function readMessageReference(
  element: XmlElement | null,
  generation: Generation,
  problems: ProblemCollector,
): ReceivedMessage {
  return {
    identifier: readOptionalIdentifier(element?.child('Identificatore') ?? null, generation, problems),
    firstRegistration: readFirstRegistration(element, generation, problems),
    description: proseOf(element, 'DescrizioneMessaggio'),
  };
}
