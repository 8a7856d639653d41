import type { Correspondent, FilePlace, Identifier, ProtocolMessage } from '../../model/segnatura.ts';

/**
 * The XML that follows from the neutral fields. Readers keep a detail only where the XML differs from this; writers use this
 * where no detail is kept.
 */

/** The sender's codes are repeated only where they differ from the identifier's (AIPA/CR/28, Amministrazione). */
export const derivedCodes = (sender: Correspondent, identifier: Identifier) => ({
  administration: sender.administration === identifier.administration ? null : sender.administration,
  aoo: sender.aoo === identifier.aoo ? null : sender.aoo,
});

type Reserve = NonNullable<ProtocolMessage['reserve']>;

export const derivedReserve = (reserved: string | null): Reserve | null =>
  reserved === null ? null : { value: true, note: reserved || null };

/** The scheme and authority are the host, the rest is the path. */
export function derivedPlace(location: string | null): FilePlace | null {
  if (location === null) return null;
  const host = /^[a-z]+:\/\/[^/?#]+/i.exec(location)?.[0] ?? location;
  return { host, path: location.slice(host.length) };
}
