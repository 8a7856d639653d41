import { checkSealOwner } from '../../domain/exchange/seal-owner.ts';
import type { EntryVersion } from '../../domain/index/model.ts';
import type { JudgedMail } from './judged-mail.ts';

type Body = Pick<EntryVersion, 'body' | 'name' | 'taxCode'>;

/** Holds a sound seal against what the index knows of the body, which counts for more than what the sender says. */
export function ownSealByIndex(mail: JudgedMail, body: Body | undefined): JudgedMail {
  const { inspection, sealOwner } = mail;
  const { segnatura } = inspection;
  if (sealOwner == null || segnatura === null || body === undefined) return mail;
  const { body: administration, taxCode, name } = body;
  const found = checkSealOwner(sealOwner, { administration, taxCode, names: [name] });
  const others = segnatura.problems.filter(({ code }) => code !== 'seal-of-another');
  const problems = found === null ? others : [...others, found];
  const seal = found === null ? 'valid' : 'untrusted';
  return { ...mail, inspection: { ...inspection, segnatura: { ...segnatura, seal, problems } } };
}
