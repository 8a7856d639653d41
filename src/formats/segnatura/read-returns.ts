import type { Generation, ReceivedMessage, ReturnMessage } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { listed, proseOf } from './fields.ts';
import type { Findings } from './findings.ts';
import { readSurroundings } from './read-circular-documents.ts';
import { readIdentifier, readOptionalIdentifier } from './read-identifier.ts';
import { readMessageReference } from './read-references.ts';

/** The four return messages; their shape is nearly the same in all generations. Null when the essential fields are missing. */
export function readReturn(root: XmlElement, generation: Generation, findings: Findings): ReturnMessage | null {
  if (root.name === 'NotificaEccezione') {
    const identifier = readOptionalIdentifier(root.child('Identificatore'), generation, findings);
    const reason = proseOf(root, 'Motivo') ?? '';
    if (reason.trim() === '') findings.add('segnatura-reason-missing', root.at);
    return { kind: 'exception', identifier, received: readReceived(root, generation, findings), reason };
  }
  const { identifier, missing } = readIdentifier(root.child('Identificatore'), generation, findings);
  if (identifier === null) {
    findings.add('segnatura-no-identifier', root.at, missing);
    return null;
  }
  if (root.name === 'AnnullamentoProtocollazione') {
    const reason = proseOf(root, 'Motivo') ?? '';
    const provision = proseOf(root, 'Provvedimento') ?? '';
    if (reason.trim() === '') findings.add('segnatura-reason-missing', root.at);
    if (provision.trim() === '') findings.add('segnatura-provision-missing', root.at);
    return { kind: 'annulment', identifier, reason, provision };
  }
  const kind = root.name === 'AggiornamentoConferma' ? 'update' : 'confirmation';
  const received = readReceived(root, generation, findings);
  if (generation === '3.0.0') return { kind, identifier, received };
  const { documents, ...surroundings } = readSurroundings(root, generation, findings);
  return { kind, identifier, received, ...surroundings, ...listed('documents', documents) };
}

function readReceived(root: XmlElement, generation: Generation, findings: Findings): ReceivedMessage {
  const element = root.child('MessaggioRicevuto');
  const received = readMessageReference(element, generation, findings);
  if (element === null) findings.add('segnatura-received-unreadable', root.at, 'MessaggioRicevuto');
  else if (received.identifier === null && received.description === null && element.child('Identificatore') === null) {
    findings.add('segnatura-received-unreadable', element.at, 'Identificatore');
  }
  return received;
}
