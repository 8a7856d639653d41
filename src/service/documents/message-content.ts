/**
 * What an incoming message says, read again from the kept mail whenever somebody looks. A kept mail never changes, so nothing
 * is stored twice, and messages kept before have it too. A large mail is read without the bulk of its attachments.
 */
import type { Inspection } from '../../domain/exchange/inspection.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import type { Problem } from '../../kernel/problems.ts';
import type { ProtocolMessage } from '../../model/segnatura.ts';
import { type Documents, DocumentsError } from './documents.ts';
import { JudgingError } from './judging-error.ts';
import { looksHere, type MailLooks } from './mail-looks.ts';
import type { PageNotes } from './page-in-mail.ts';
import { type SegnaturaInMail, type WrittenMail, writtenInLarge } from './segnatura-of-mail.ts';

export interface MessageContent {
  /** Null where there is none, or where it is too large to be shown. */
  readonly message: ProtocolMessage | null;
  /** What the sender wrote in the mail itself. */
  readonly text: string | null;
  /** It has a page (HTML), too. */
  readonly hasPage: boolean;
  /** Null also of a page too large to be looked through. */
  readonly page: PageNotes | null;
  /** Why the mail cannot be read. */
  readonly problem: Problem | null;
}

export interface KeptMessage {
  readonly sha256: string;
  readonly size: number;
}

export interface MessageContents {
  of(mail: KeptMessage): Promise<MessageContent>;
  /** Byte for byte, as it lies in the mail. Rejects with DocumentsError. */
  segnatura(mail: KeptMessage): Promise<SegnaturaInMail | null>;
}

/** Most mails are smaller. Above this size the bulk of the attachments is left out. */
const HELD_BYTES = 1024 * 1024;
/** A few large attachments leave a few megabytes. Hundreds of parts of a megabyte each are nobody's letter. */
const MOST_LOOKED_INTO = 24 * 1024 * 1024;
/** Of the messages last looked at, so many are kept, and only small ones: some ten megabytes together. */
const MOST_KNOWN = 200;
const LARGEST_KNOWN = 64 * 1024;

const NOTHING: MessageContent = { message: null, text: null, hasPage: false, page: null, problem: null };

export function messageContents(
  documents: Pick<Documents, 'read' | 'stream'>,
  looks: MailLooks = looksHere,
): MessageContents {
  const known = new Map<string, MessageContent>();
  // One mail at a time in this process.
  let turn: Promise<unknown> = Promise.resolve();
  const written = ({ sha256, size }: KeptMessage): Promise<WrittenMail | null> => {
    const mine = turn.then(async () =>
      size <= HELD_BYTES
        ? looks.written(await documents.read(sha256 as Sha256))
        : writtenInLarge(
            documents.stream(sha256 as Sha256) as AsyncIterable<Uint8Array>,
            looks.written,
            MOST_LOOKED_INTO,
          ),
    );
    turn = mine.catch(() => undefined);
    return mine;
  };
  const keep = (sha256: string, content: MessageContent): MessageContent => {
    known.set(sha256, content);
    const [oldest] = known.keys();
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    return content;
  };
  return {
    async of(mail) {
      if (mail.sha256 === '') return NOTHING;
      const before = known.get(mail.sha256);
      if (before !== undefined) return keepLast(known, mail.sha256, before);
      try {
        const found = await written(mail);
        const content = found === null ? NOTHING : contentOf(found);
        const size = (found?.segnatura?.bytes.length ?? 0) + (content.text?.length ?? 0) + lengthOf(content.page);
        return size <= LARGEST_KNOWN ? keep(mail.sha256, content) : content;
      } catch (error) {
        if (error instanceof JudgingError) return { ...NOTHING, problem: error.problem };
        if (error instanceof DocumentsError && !error.isPassing) return { ...NOTHING, problem: error.problem };
        throw error;
      }
    },
    segnatura: async (mail) => (mail.sha256 === '' ? null : ((await written(mail))?.segnatura ?? null)),
  };
}

const contentOf = ({ message, text, hasPage, page }: WrittenMail): MessageContent => ({
  message,
  text,
  hasPage,
  page,
  problem: null,
});

const lengthOf = (page: PageNotes | null): number =>
  (page?.links ?? []).reduce((sum, { text, address }) => sum + text.length + address.length, 0);

function keepLast(known: Map<string, MessageContent>, sha256: string, content: MessageContent): MessageContent {
  known.delete(sha256);
  known.set(sha256, content);
  return content;
}

/** The message, where it is the one that was judged: what the mail was not taken for is not shown as its segnatura. */
export function judgedMessage(inspection: Inspection | null, { message }: MessageContent): ProtocolMessage | null {
  const judged = inspection?.kind === 'protocol-message' ? inspection.segnatura?.identifier : null;
  if (judged == null || message === null) return null;
  const { administration, aoo, number, date } = message.identifier;
  const isSame =
    judged.administration === administration && judged.aoo === aoo && judged.number === number && judged.date === date;
  return isSame ? message : null;
}
