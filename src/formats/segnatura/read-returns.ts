import type { Generation, ReceivedMessage, ReturnMessage } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { listed, proseOf } from './fields.ts';
import type { ProblemCollector } from './problem-collector.ts';
import { readDocumentContext } from './read-circular-documents.ts';
import { readIdentifier, readOptionalIdentifier } from './read-identifier.ts';
import { readMessageReference } from './read-references.ts';

/** The four return messages, nearly the same in all generations. Null where the essential fields are missing. */
export function readReturn(root: XmlElement, generation: Generation, problems: ProblemCollector): ReturnMessage | null {
  if (root.name === 'NotificaEccezione') {
    const identifier = readOptionalIdentifier(root.child('Identificatore'), generation, problems);
    const reason = proseOf(root, 'Motivo') ?? '';
    if (reason.trim() === '') problems.add('segnatura-reason-missing', root.at);
    return { kind: 'exception', identifier, received: readReceived(root, generation, problems), reason };
  }
  const { identifier, missing } = readIdentifier(root.child('Identificatore'), generation, problems);
  if (identifier === null) {
    problems.add('segnatura-no-identifier', root.at, missing);
    return null;
  }
  if (root.name === 'AnnullamentoProtocollazione') {
    const reason = proseOf(root, 'Motivo') ?? '';
    const provision = proseOf(root, 'Provvedimento') ?? '';
    if (reason.trim() === '') problems.add('segnatura-reason-missing', root.at);
    if (provision.trim() === '') problems.add('segnatura-provision-missing', root.at);
    return { kind: 'annulment', identifier, reason, provision };
  }
  const kind = root.name === 'AggiornamentoConferma' ? 'update' : 'confirmation';
  const received = readReceived(root, generation, problems);
  if (generation === '3.0.0') return { kind, identifier, received };
  const { documents, ...context } = readDocumentContext(root, generation, problems);
  return { kind, identifier, received, ...context, ...listed('documents', documents) };
}

function readReceived(root: XmlElement, generation: Generation, problems: ProblemCollector): ReceivedMessage {
  const element = root.child('MessaggioRicevuto');
  const received = readMessageReference(element, generation, problems);
  if (element === null) problems.add('segnatura-received-unreadable', root.at, 'MessaggioRicevuto');
  else if (received.identifier === null && received.description === null && element.child('Identificatore') === null) {
    problems.add('segnatura-received-unreadable', element.at, 'Identificatore');
  }
  return received;
}
