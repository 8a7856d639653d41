import type { XmlElement } from '../xml/tree.ts';
import { readFirstRegistration, readIdentifier, readOptionalIdentifier, textOf } from './fields.ts';
import type { Findings } from './findings.ts';
import type { Generation, ReceivedMessage, ReturnMessage } from './model.ts';

/** The four return messages; their shape is the same in all generations. Null when the essential fields are missing. */
export function readReturn(root: XmlElement, generation: Generation, findings: Findings): ReturnMessage | null {
  if (root.name === 'NotificaEccezione') {
    const identifier = readOptionalIdentifier(root.child('Identificatore'), generation, findings);
    const reason = textOf(root, 'Motivo') ?? '';
    if (reason === '') findings.add('segnatura-reason-missing', root.at);
    return { kind: 'exception', identifier, received: readReceived(root, generation, findings), reason };
  }
  const { identifier, missing } = readIdentifier(root.child('Identificatore'), generation, findings);
  if (identifier === null) {
    findings.add('segnatura-no-identifier', root.at, missing);
    return null;
  }
  if (root.name === 'AnnullamentoProtocollazione') {
    const reason = textOf(root, 'Motivo') ?? '';
    const provision = textOf(root, 'Provvedimento') ?? '';
    if (reason === '') findings.add('segnatura-reason-missing', root.at);
    if (provision === '') findings.add('segnatura-provision-missing', root.at);
    return { kind: 'annulment', identifier, reason, provision };
  }
  const kind = root.name === 'AggiornamentoConferma' ? 'update' : 'confirmation';
  return { kind, identifier, received: readReceived(root, generation, findings) };
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

export function readMessageReference(
  element: XmlElement | null,
  generation: Generation,
  findings: Findings,
): ReceivedMessage {
  return {
    identifier: readOptionalIdentifier(element?.child('Identificatore') ?? null, generation, findings),
    firstRegistration: readFirstRegistration(element, generation, findings),
    description: textOf(element, 'DescrizioneMessaggio'),
  };
}
