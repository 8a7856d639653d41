import type { RegisteredDocument } from '../../domain/register/registration.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { DocumentText, TextReason, TextState } from '../../model/document-text.ts';

/** What reads texts, as a number: what it could not read is tried again by the next one only. */
export const EXTRACTOR_VERSION = 1;

/** One document of a registration. */
export interface TextKey {
  readonly register: string;
  readonly year: number;
  readonly number: number;
  readonly position: number;
}

export interface LeasedText extends TextKey {
  readonly document: Pick<RegisteredDocument, 'name' | 'mediaType' | 'sha256' | 'size' | 'source'>;
  /** Times it was begun, this one included: who began it before never said how it went. */
  readonly attempts: number;
}

export interface TextCounts {
  readonly aoo: AooId;
  readonly state: TextState | 'waiting';
  readonly reason: TextReason | null;
  readonly count: number;
}

export interface TextStatus {
  readonly counts: readonly TextCounts[];
  /** Of each office: documents that wait and are begun by nobody, the oldest of them, numbers that nobody has asked yet. */
  readonly queues: readonly TextQueue[];
}

export interface TextQueue {
  readonly aoo: AooId;
  /** At most 10,000 are counted. */
  readonly waiting: number;
  /** When the last text was written, of any document; null: never. */
  readonly lastAt: string | null;
  /** Numbers of registrations whose documents are not queued yet. */
  readonly backlog: number;
}

/** The states of the texts. Everything in it can be made again from the documents. */
export interface TextStore {
  /** Mails have come that nobody has looked into yet: they go first. */
  isIntakeBusy(): Promise<boolean>;
  /** Offices with something to queue or to read now. */
  due(at: Date): Promise<readonly AooId[]>;
  /** Queues documents of new registrations, and a piece of the backlog where few wait. Gives how many. */
  queue(aoo: AooId): Promise<number>;
  /** The newest, and of the oldest a share, so that none waits for ever. */
  lease(owner: string, aoo: AooId, at: Date, limit: number, seconds: number): Promise<readonly LeasedText[]>;
  /** False: the lease was lost, and nothing is written. */
  save(
    owner: string,
    aoo: AooId,
    key: TextKey,
    text: DocumentText,
    parts: readonly string[],
    at: Date,
  ): Promise<boolean>;
  /** Gives documents back that were not read: not before `until`. */
  release(owner: string, aoo: AooId, keys: readonly TextKey[], until: Date): Promise<void>;
  /** Queues what an older version could not read; so many at a time. */
  reviveOlder(aoo: AooId, version: number, limit: number): Promise<number>;
  /** How each queue stands: cheap. */
  queues(): Promise<readonly TextQueue[]>;
  /** With counts of every state. Null: of all offices. */
  status(aoo: AooId | null): Promise<TextStatus>;
  /** Queues again what is in these states; null: of all offices. Gives how many. */
  retry(aoo: AooId | null, states: readonly TextState[]): Promise<number>;
  /** Asks all registrations for their documents once more: rows that came in below what was asked already. */
  rescan(aoo: AooId): Promise<void>;
}
