import type { Validate } from '../../formats/segnatura/read.ts';
import { type Judgement, type JudgeOptions, judgeMail } from './judge-mail.ts';

export type JudgedUnder = Omit<JudgeOptions, 'validate'>;

/**
 * Judges a mail where a long look holds nobody up. The bytes are given away: whoever needs them afterwards reads them again.
 * Rejects with `JudgingError` where no judgement came about; the mail is then a person's.
 */
export type JudgeMail = (bytes: Buffer, under: JudgedUnder) => Promise<Judgement>;

/** In this thread: for the command line, and where nobody else waits. */
export const judgeHere =
  (validate: Validate): JudgeMail =>
  async (bytes, under) =>
    judgeMail(bytes, { ...under, validate });
