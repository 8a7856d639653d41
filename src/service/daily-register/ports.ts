import type { AooId } from '../../kernel/ids.ts';
import type { EntryKey, RegisterEntry, RegisterFrame, RegisterLine, RegisterMark } from '../../model/daily-register.ts';
import type { RegisterKind, StoredFile } from '../register/register-closing.ts';
import type { ClosedRegister } from './closed-register.ts';

/**
 * Which rows belong to a day: what bears the day and was covered by `throughSeq`, and what bears an earlier day but was covered
 * only after the closing before (`afterSeq`), which an office's own protocol system may tell late. So each row belongs to one
 * closing, and to the same one for ever.
 */
export interface RegisterSpan {
  readonly register: string;
  readonly day: string;
  readonly afterSeq: number;
  readonly throughSeq: number;
  /** What was reserved at that moment is masked. */
  readonly closedAt: Date;
  /** Null: it is the first one. */
  readonly closedBefore: Date | null;
}

export interface RegisterOutline {
  /** In the order of the numbers. */
  readonly keys: readonly Omit<EntryKey, 'date'>[];
  /** How many of them are annulled in it. */
  readonly annulled: number;
  /** By time. */
  readonly marks: readonly RegisterMark[];
}

/** What was registered, as the database has it. */
export interface RegisterContents {
  /** The codes of all registers in which the office has registered something. */
  registers(aoo: AooId): Promise<readonly string[]>;
  /** The day of the first registration; null: there is none. */
  firstDay(aoo: AooId, register: string): Promise<string | null>;
  lastClosing(aoo: AooId, kind: RegisterKind, register: string): Promise<ClosedRegister | null>;
  oldestClosing(aoo: AooId, register: string): Promise<ClosedRegister | null>;
  closingBefore(aoo: AooId, kind: RegisterKind, register: string, day: string): Promise<ClosedRegister | null>;
  /** Where the audit chain stands. */
  auditSeq(aoo: AooId): Promise<number>;
  outline(aoo: AooId, span: RegisterSpan): Promise<RegisterOutline>;
  entries(aoo: AooId, span: RegisterSpan, keys: RegisterOutline['keys']): AsyncIterable<RegisterEntry>;
  /** The closed days of a year, in order. */
  daysOf(aoo: AooId, register: string, year: number): Promise<readonly ClosedRegister[]>;
  /** The ids of the open tasks that say a register is not closed. */
  lateTasks(aoo: AooId): Promise<readonly string[]>;
  /** Nobody else closes registers of this office meanwhile; null: somebody does. */
  alone<T>(aoo: AooId, work: () => Promise<T>): Promise<T | null>;
}

/** PDF/A-2b, the same bytes for the same lines. `xmlSha256` stands at the foot of each page. Rejects with RegisterPdfError. */
export type WriteRegisterPdf = (
  frame: RegisterFrame,
  xmlSha256: string,
  lines: AsyncIterable<RegisterLine>,
  keep: (bytes: NodeJS.ReadableStream) => Promise<StoredFile>,
) => Promise<StoredFile>;

/** The PDF could not be written: nothing is closed, and it is tried again. */
export class RegisterPdfError extends Error {
  override readonly name = 'RegisterPdfError';
}
