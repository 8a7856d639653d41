import type { Correspondent } from '../../model/segnatura.ts';

/** Somebody of whom nothing is known but, at most, an address. */
export const unknownCorrespondent = (address: string | null): Correspondent => ({
  kind: 'unknown',
  name: address ?? 'Mittente sconosciuto',
  administration: null,
  aoo: null,
  aooName: null,
  office: null,
  address,
  taxCode: null,
});
