/** Which message of ours an answer speaks of, in its own words. */

import type { Identifier, SegnaturaMessage } from '../../model/segnatura.ts';
import { COMMUNICATION } from '../../model/segnatura.ts';

export function answeredIdentifier(message: SegnaturaMessage | null | undefined): Identifier | null {
  switch (message?.kind) {
    case 'confirmation':
    case 'update':
    case 'exception':
      return message.received.identifier;
    default:
      return null;
  }
}

/**
 * The Message-ID of ours that an answer names because it could not read our registration, or took our message for one
 * without: in words (circ. 60/2013), or in place of the number (Tuscany's rule). In angle brackets; null: it names none.
 */
export function namedMessageId(message: SegnaturaMessage | null | undefined): string | null {
  const isAnswer = message != null && message.kind !== 'protocol-message' && message.kind !== 'annulment';
  if (!isAnswer) return null;
  const { identifier, description } = message.received;
  const isCommunication = identifier?.administration.toUpperCase() === COMMUNICATION;
  const text = identifier === null ? description : isCommunication ? identifier.number : null;
  if (text === null) return null;
  const inside = /<([^<>\s]+)>/.exec(text)?.[1] ?? text.trim();
  return inside.includes('@') && !/[<>\s]/.test(inside) ? `<${inside}>` : null;
}

/** The key of our own registration as an answer writes it; null when it cannot be one of ours. */
export function registrationKey(identifier: Identifier | null) {
  if (identifier === null) return null;
  const number = Number(identifier.number);
  const year = Number(identifier.date.slice(0, 4));
  if (!Number.isSafeInteger(number) || !Number.isSafeInteger(year) || year > 9999) return null;
  return { register: identifier.register, year, number };
}
