import { parseCertificate } from '../../formats/cms/certificate.ts';
import { findInList, readRevocationList } from '../../formats/revocation-list/read.ts';
import type { ListedFact, UsedChain } from '../../model/revocation.ts';

/** What lists that a person names say of certificates. `refused` hears why one cannot be used. */
export function factsIn(
  lists: readonly Buffer[],
  chain: UsedChain,
  at: Date,
  refused: (reason: string) => void,
): readonly ListedFact[] {
  const facts: ListedFact[] = [];
  for (const bytes of lists) {
    let reason: string | null = 'no certificate of the mail is of its issuer';
    for (const { issuer, issuerCertificate, serial, points } of chain) {
      const certificate = parseCertificate(Buffer.from(issuerCertificate, 'base64'));
      if (certificate === null) continue;
      // From whichever place of its issuer the person has it.
      const [url = ''] = points;
      const read = readRevocationList(bytes, { issuer: certificate, url, at });
      if (!read.ok) {
        if (read.reason !== 'it is the list of another authority') reason = read.reason;
        continue;
      }
      const { thisUpdate, nextUpdate } = read.list;
      facts.push({ issuer, url, serial, thisUpdate, nextUpdate, revoked: findInList(read.list, serial) });
      reason = null;
    }
    if (reason !== null) refused(reason);
  }
  return facts;
}
