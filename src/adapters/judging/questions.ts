/** What crosses between the service and the threads that look into mails: plain data only. */
import type { Unjudged } from '../../service/documents/judging-error.ts';
import type { ListedMail } from '../../service/documents/list-mail.ts';
import type { SegnaturaInMail, WrittenMail } from '../../service/documents/segnatura-of-mail.ts';
import type { Judgement } from '../../service/intake/judge-mail.ts';
import type { JudgedUnder } from '../../service/intake/mail-judge.ts';
import type { LookedInto, PreviewQuestion } from '../../service/previews/preview.ts';

/** The trust is left out where it is the one that the thread had with its last question. */
export type Question =
  | { readonly about: 'judgement'; readonly under: Omit<JudgedUnder, 'trust'> & Partial<Pick<JudgedUnder, 'trust'>> }
  | { readonly about: 'files' | 'inside' | 'unwrapped' }
  | { readonly about: 'preview'; readonly of: PreviewQuestion }
  | { readonly about: 'written'; readonly cuts: readonly number[] };

export interface Answers {
  readonly judgement: Judgement;
  readonly files: ListedMail;
  readonly inside: Uint8Array | null;
  readonly unwrapped: Uint8Array | null;
  readonly preview: LookedInto;
  readonly written: (Omit<WrittenMail, 'segnatura'> & { readonly segnatura: CrossingSegnatura | null }) | null;
}

/** A buffer crosses as bare bytes. */
type CrossingSegnatura = Omit<SegnaturaInMail, 'bytes'> & { readonly bytes: Uint8Array };

/** What a thread says first. */
export const READY = 'ready';

/** The files of the grammars, by name. */
export type ThreadData = ReadonlyMap<string, Uint8Array>;

export interface ThreadQuestion {
  readonly question: Question;
  readonly bytes: Uint8Array;
}

export type ThreadAnswer =
  | { readonly ok: true; readonly value: Answers[keyof Answers] }
  | { readonly ok: false; readonly error: unknown }
  /** An error loses its class on its way. */
  | { readonly ok: false; readonly unjudged: Unjudged; readonly detail: string };
