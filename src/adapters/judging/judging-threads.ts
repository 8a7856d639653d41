/**
 * Judges mails in threads of their own: whatever a mail is like, the loop that serves everybody goes on. Small mails have one
 * thread and large ones another, because a hostile large one may take a minute, and nothing small takes a second.
 */
import type { MailLooks } from '../../service/documents/mail-looks.ts';
import type { JudgeMail } from '../../service/intake/mail-judge.ts';
import type { PreviewLooks } from '../../service/previews/preview.ts';
import { COPIED_BYTES, Lane } from './lane.ts';
import type { ThreadData } from './questions.ts';

export interface JudgingThreads {
  readonly judge: JudgeMail;
  readonly looks: MailLooks;
  /** For work that nobody waits for: it never stands before a mail that comes in. */
  readonly quietLooks: MailLooks;
  readonly previews: PreviewLooks;
  stop(): Promise<void>;
}

/** Far above the worst that was measured, on a machine that does other things. */
const LIMIT_MS = 60_000;
/** A person waits for a preview, and nobody for long. */
const PREVIEW_MS = 10_000;

/** Threads start with the first mail that needs them. */
export function judgingThreads(
  grammars: ThreadData,
  limitMs = LIMIT_MS,
  previewMs = Math.min(PREVIEW_MS, limitMs),
): JudgingThreads {
  const small = new Lane(limitMs, grammars);
  const large = new Lane(limitMs, grammars);
  // Its own, so that a document somebody looks at never delays the mail that comes in.
  const previews = new Lane(previewMs, grammars);
  const quiet = new Lane(limitMs, grammars);
  const laneOf = ({ length }: Buffer): Lane => (length <= COPIED_BYTES ? small : large);
  return {
    judge: (bytes, under) => laneOf(bytes).ask({ about: 'judgement', under }, bytes),
    looks: looksIn(laneOf),
    quietLooks: looksIn(() => quiet),
    previews: {
      into: (bytes, of) => previews.ask({ about: 'preview', of }, bytes),
      async unwrapped(cms) {
        const found = await previews.ask({ about: 'unwrapped' }, cms);
        return found && asBuffer(found);
      },
    },
    async stop() {
      await Promise.all([small.stop(), large.stop(), previews.stop(), quiet.stop()]);
    },
  };
}

const looksIn = (laneOf: (bytes: Buffer) => Lane): MailLooks => ({
  list: (mail) => laneOf(mail).ask({ about: 'files' }, mail),
  async inside(cms) {
    const found = await laneOf(cms).ask({ about: 'inside' }, cms);
    return found && asBuffer(found);
  },
  async written(mail, cuts = []) {
    const found = await laneOf(mail).ask({ about: 'written', cuts }, mail);
    if (found === null) return null;
    const { segnatura } = found;
    return { ...found, segnatura: segnatura && { ...segnatura, bytes: asBuffer(segnatura.bytes) } };
  },
});

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
