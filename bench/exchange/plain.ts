/**
 * The same mails without our code, in a separate process: two clients submit prepared bytes and read their mailboxes
 * when notified of new mail. Nothing is judged, registered or kept; the answer goes out as soon as its message arrives.
 */
import { ImapFlow } from 'imapflow';
import nodemailer from 'nodemailer';
import { ordinaryMessage } from '../../src/sandbox/craft.ts';
import type { MailboxLogin } from '../../src/sandbox/mailboxes.ts';
import type { ProviderReady } from './provider.ts';
import { answerTo } from './questions.ts';

export interface PlainTask {
  readonly provider: ProviderReady;
  readonly from: MailboxLogin;
  readonly to: MailboxLogin;
  readonly roundTrips: number;
  /** Size of the document in the message; the answer is small. */
  readonly documentBytes: number;
  readonly answerBytes: number;
  /** Round trips started per second; null: all at once. */
  readonly perSecond: number | null;
}
export interface PlainAnswer {
  /** For each round trip, milliseconds since the epoch. */
  readonly started: readonly number[];
  readonly ended: readonly number[];
}

const now = (): number => performance.timeOrigin + performance.now();
const MAILS_OF_A_ROUND_TRIP = 6;

interface Client {
  submit(mail: Buffer, to: string): Promise<void>;
  /** Yields the header of every mail, oldest first. */
  read(each: (head: string) => void): Promise<void>;
  close(): Promise<void>;
}

async function openClient({ smtp, imap }: ProviderReady, login: MailboxLogin): Promise<Client> {
  const { address: user, password: pass } = login;
  // As many connections as the service keeps.
  const pool = { pool: true, maxConnections: 4, maxMessages: Number.POSITIVE_INFINITY } as const;
  const transport = nodemailer.createTransport({
    ...smtp,
    ...pool,
    secure: false,
    ignoreTLS: true,
    auth: { user, pass },
  });
  const quiet = { logger: false, disableAutoIdle: true, disableCompression: true } as const;
  const mailbox = new ImapFlow({ ...imap, ...quiet, secure: false, doSTARTTLS: false, auth: { user, pass } });
  await mailbox.connect();
  const opened = await mailbox.mailboxOpen('INBOX', { readOnly: true });
  return {
    async submit(raw, to) {
      await transport.sendMail({ raw, envelope: { from: user, to: [to] } });
    },
    async read(each) {
      let open = true;
      let wake: () => void = () => undefined;
      // Nothing is ever deleted there: the n-th mail has UID n.
      let known = opened.exists;
      mailbox.on('exists', ({ count }) => {
        known = count;
        wake();
      });
      mailbox.on('close', () => {
        open = false;
        wake();
      });
      for (let next = known + 1; open; ) {
        if (known < next) {
          const woken = new Promise<void>((resolve) => {
            wake = resolve;
          });
          mailbox.idle().catch(() => undefined);
          await woken;
          continue;
        }
        const upTo = Math.min(known, next + 63);
        const mails = await mailbox.fetchAll(`${next}:${upTo}`, { uid: true, source: true }, { uid: true });
        for (const { source } of mails) each(source?.toString('latin1', 0, 4_096) ?? '');
        next = upTo + 1;
      }
    },
    async close() {
      transport.close();
      await mailbox.logout();
    },
  };
}

async function run(task: PlainTask): Promise<PlainAnswer> {
  const { from, to, roundTrips, perSecond } = task;
  const [a, b] = [await openClient(task.provider, from), await openClient(task.provider, to)];
  const document = Buffer.alloc(task.documentBytes, 'In allegato quanto in oggetto. ');
  const mail = (author: MailboxLogin, reader: MailboxLogin, messageId: string, bytes: number) =>
    ordinaryMessage({
      ...{ from: author.address, to: reader.address, subject: 'Prova', date: new Date(), messageId },
      parts: [{ name: 'delibera.pdf', mediaType: 'application/pdf', content: document.subarray(0, bytes) }],
    });
  const started: number[] = [];
  const ended: number[] = [];
  let done = 0;
  const seen: number[] = [];
  const { promise: all, resolve, reject } = Promise.withResolvers<void>();
  const take = (head: string) => {
    const [, kind, digits] = /^X-Riferimento-Message-ID: <(message|answer)\.(\d+)@/m.exec(head) ?? [];
    const index = Number(digits);
    seen[index] = (seen[index] ?? 0) + 1;
    if (seen[index] === MAILS_OF_A_ROUND_TRIP) {
      ended[index] = now();
      done += 1;
      if (done === roundTrips) resolve();
    }
    if (kind === 'message' && /^X-Trasporto: /m.test(head)) {
      b.submit(mail(to, from, `<answer.${index}@bench.example.it>`, task.answerBytes), from.address).catch(reject);
    }
  };
  const reading = [a.read(take), b.read(take)];
  for (const each of reading) each.catch(reject);
  const mails = Array.from({ length: roundTrips }, (_, index) =>
    mail(from, to, `<message.${index}@bench.example.it>`, task.documentBytes),
  );
  const start = now();
  for (const [index, bytes] of mails.entries()) {
    if (perSecond !== null) {
      const wait = start + (index * 1000) / perSecond - now();
      if (wait > 0) await new Promise((go) => setTimeout(go, wait));
    }
    started[index] = now();
    a.submit(bytes, to.address).catch(reject);
  }
  await all;
  await Promise.all([a.close(), b.close()]);
  return { started, ended };
}

answerTo(run);
