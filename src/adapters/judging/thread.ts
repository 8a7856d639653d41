/** A thread that looks into mails, one after the other. It compiles its own grammars; everything else is handed in. */
import { parentPort, workerData } from 'node:worker_threads';
import { compileGrammars } from '../../formats/segnatura/grammar.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import { JudgingError } from '../../service/documents/judging-error.ts';
import { insideOfCms, listMail } from '../../service/documents/list-mail.ts';
import { writtenIn } from '../../service/documents/segnatura-of-mail.ts';
import { judgeMail } from '../../service/intake/judge-mail.ts';
import { notTooHeavy } from '../../service/intake/weigh.ts';
import { insideOfAll, lookInto } from '../../service/previews/look-into.ts';
import { type Answers, READY, type ThreadAnswer, type ThreadData, type ThreadQuestion } from './questions.ts';

const { validate } = compileGrammars(workerData as ThreadData);
/** Kept as one object, because certificates are parsed once for each. */
let lastTrust: TrustAnchors = { anchors: [] };

function answer({ question, bytes }: ThreadQuestion): Answers[keyof Answers] {
  const mail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (question.about) {
    case 'judgement': {
      const { trust = lastTrust, ...under } = question.under;
      lastTrust = trust;
      return notTooHeavy(judgeMail(mail, { ...under, trust, validate }));
    }
    case 'files':
      return listMail(mail);
    case 'inside':
      return insideOfCms(mail);
    case 'unwrapped':
      return insideOfAll(mail);
    case 'preview':
      return lookInto(mail, question.of);
    case 'written':
      return writtenIn(mail, question.cuts);
  }
}

parentPort?.on('message', (asked: ThreadQuestion) => {
  let answered: ThreadAnswer;
  try {
    answered = { ok: true, value: answer(asked) };
  } catch (error) {
    answered =
      error instanceof JudgingError ? { ok: false, unjudged: error.code, detail: error.detail } : { ok: false, error };
  }
  parentPort?.postMessage(answered);
});
parentPort?.postMessage(READY);
