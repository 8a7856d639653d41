import type { NetAddress, ProtocolMessage, Recipient } from '../../model/segnatura.ts';
import { element, type XmlOutput } from '../xml/write.ts';
import { derivedCodes } from './derived.ts';
import { circularTime } from './fields.ts';
import { netAddress, recipientPart, senderParts } from './write-circular-bodies.ts';
import { documentContextParts } from './write-circular-documents.ts';
import { circularIdentifier, classificationPart, firstRegistration, moreInfoPart } from './write-circular-parts.ts';
import { type Form, optionalText, required, unwritable } from './write-fields.ts';

/** Writes the `Segnatura` of the circulars; names and order of elements are those of their grammars. */
export function circularMessage(message: ProtocolMessage, form: Form): readonly (XmlOutput | null)[] {
  return [
    heading(message, form),
    ...documentContextParts(message, message.documents, form),
    moreInfoPart(message.moreInfo, form),
  ];
}

function heading(message: ProtocolMessage, form: Form): XmlOutput {
  const { identifier, sender, recipients, replyTo, reserved, operatorRequest, origin, reply } = message;
  const subject = form.asRead && message.headingSubject !== undefined ? message.headingSubject.text : message.subject;
  const replyAddress = reply ?? (replyTo === null || replyTo === sender.address ? null : { address: replyTo });
  const codes = message.senderCodes ?? derivedCodes(sender, identifier);
  return element(
    'Intestazione',
    {},
    circularIdentifier(identifier, form, 'own'),
    firstRegistration(message.firstRegistration, form),
    timePart(message, form),
    element(
      'Origine',
      {},
      netAddress(addressOf(origin, sender.address, 'Origine', form), form),
      element('Mittente', {}, senderParts(sender, codes, form)),
    ),
    destinations(
      recipients.filter(({ copy }) => !copy),
      'Destinazione',
      form,
    ),
    destinations(
      recipients.filter(({ copy }) => copy),
      'PerConoscenza',
      form,
    ),
    replyAddress === null ? null : element('Risposta', {}, netAddress(replyAddress, form)),
    // In both, the reason is optional; the element alone already asks.
    optionalText('Riservato', reserved),
    optionalText('InterventoOperatore', operatorRequest),
    message.paperDocuments ? element('RiferimentoDocumentiCartacei', {}) : null,
    message.telematicReferences ? element('RiferimentiTelematici', {}) : null,
    element('Oggetto', {}, required(subject, 'Oggetto', form) || null),
    message.classifications.map(classificationPart),
    optionalText('Note', message.notes),
  );
}

/** The address of `Origine` or `Destinazione`: as it was read, else the body's own. */
function addressOf(read: NetAddress | undefined, address: string | null, holder: string, form: Form): NetAddress {
  if (read !== undefined && (form.asRead || read.address !== '')) return read;
  return { address: required(address ?? (form.asRead ? '' : null), `${holder}/IndirizzoTelematico`, form) };
}

/** The name of the network's clock is that of the network in its year. */
const CLOCKS = { network: { '2001': 'rupa', '2009': 'rupa', '2013': 'spc' }, other: 'NMTOKEN' } as const;

function timePart({ identifier, clock }: ProtocolMessage, form: Form): XmlOutput | null {
  const text = (form.asRead ? identifier.written?.time : null) ?? circularTime(identifier.time);
  const { generation } = form;
  const network = generation === '3.0.0' ? null : CLOCKS.network[generation];
  return text === null
    ? null
    : element('OraRegistrazione', { tempo: clock === 'network' ? network : clock && CLOCKS.other }, text || null);
}

function destinations(recipients: readonly Recipient[], name: string, form: Form): XmlOutput[] {
  const groups: Recipient[][] = [];
  for (const each of recipients) {
    const last = groups.at(-1);
    if (each.sharesDestination === true && last !== undefined) last.push(each);
    else groups.push([each]);
  }
  if (groups.length === 0 && name === 'Destinazione') unwritable('Destinazione');
  return groups.map((group) => {
    const [first] = group;
    const { destination, address } = first ?? {};
    return element(
      name,
      { confermaRicezione: first?.confirmationRequested ? 'si' : 'no' },
      netAddress(addressOf(destination, address ?? null, name, form), form),
      group.map((each) => recipientPart(each, form)),
    );
  });
}
