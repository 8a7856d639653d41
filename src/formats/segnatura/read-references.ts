import type { Generation, MessageReference, Proceeding, ReceivedMessage, Surroundings } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { listed, optional, proseOf, readClassifications } from './fields.ts';
import type { Findings } from './findings.ts';
import { readPerson } from './read-correspondents.ts';
import { readFirstRegistration, readOptionalIdentifier } from './read-identifier.ts';
import { readMoreInfo, references } from './read-more-info.ts';

/** `Riferimenti` of the circulars: messages, and the proceedings that a message belongs to, in any order. */
export function readReferences(
  element: XmlElement | null,
  generation: Generation,
  findings: Findings,
): Pick<Surroundings, 'references' | 'proceedings'> {
  const messages: MessageReference[] = [];
  const proceedings: Proceeding[] = [];
  for (const each of element?.elements() ?? []) {
    if (each.name === 'Messaggio') messages.push(readMessageReference(each, generation, findings));
    if (each.name === 'ContestoProcedurale')
      proceedings.push(readProceeding(each, 'context', messages.length, findings));
    if (each.name === 'Procedimento') proceedings.push(readProceeding(each, 'proceeding', messages.length, findings));
  }
  return { ...listed('references', messages), ...listed('proceedings', proceedings) };
}

function readProceeding(element: XmlElement, kind: Proceeding['kind'], after: number, findings: Findings): Proceeding {
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
    ...optional('moreInfo', readMoreInfo(element, findings)),
    ...references(element),
  };
}

export function readMessageReference(
  element: XmlElement | null,
  generation: Generation,
  findings: Findings,
): ReceivedMessage {
  return {
    identifier: readOptionalIdentifier(element?.child('Identificatore') ?? null, generation, findings),
    firstRegistration: readFirstRegistration(element, generation, findings),
    description: proseOf(element, 'DescrizioneMessaggio'),
  };
}
