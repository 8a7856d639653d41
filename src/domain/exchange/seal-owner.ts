/** Whether a seal belongs to the sender: a sound seal of somebody else vouches for nothing. */

import { type Problem, problem } from '../../kernel/problems.ts';
import { sameText } from '../../kernel/same-text.ts';
import type { SealHolder } from '../../model/seal.ts';

/** The sender as the index knows its body, or else as it names itself. */
export interface ExpectedOwner {
  /** IPA code. */
  readonly administration: string | null;
  readonly taxCode: string | null;
  readonly names: readonly string[];
}

/** Schemes whose value is an IPA code; what others name is a tax code or VAT number. */
const OF_THE_INDEX = new Set(['PA', 'IP']);

/**
 * By the IPA code where the certificate bears one, and by nothing else; by the tax code; or by the name, since a body's VAT
 * number is often not its tax code and the index does not know it.
 */
export function checkSealOwner({ names, identifiers }: SealHolder, expected: ExpectedOwner): Problem | null {
  const read = identifiers.flatMap((text) => {
    const [, scheme = '', value = ''] = /^([A-Z]{2}:|[A-Z]{3})IT-(.+)$/i.exec(text.trim()) ?? [];
    return value === '' ? [] : [{ scheme: scheme.replace(':', '').toUpperCase(), value }];
  });
  const codes = read.filter(({ scheme }) => OF_THE_INDEX.has(scheme));
  const isOwn =
    codes.length > 0
      ? codes.some(({ value }) => sameText(value, expected.administration))
      : read.some(({ value }) => sameText(value, expected.taxCode)) ||
        names.some((name) => expected.names.some((own) => plain(own) === plain(name)));
  if (isOwn) return null;
  const owner = [...names, ...identifiers].join(', ').slice(0, 150) || 'un titolare che non è un ente';
  return problem('seal-of-another', '', `è di ${owner}`);
}

const plain = (name: string): string => name.toLowerCase().replace(/\s+/g, ' ').trim();
