/** Everything that works without being asked. */

import { httpFeed } from '../adapters/index-feed/feed.ts';
import { httpFetcher } from '../adapters/index-files/fetcher.ts';
import type { openLogger } from '../adapters/logger.ts';
import { indexImports } from '../adapters/postgres/index/imports.ts';
import { postgresDigests } from '../adapters/postgres/queries/assignment-digest.ts';
import { revocationListStore } from '../adapters/postgres/revocation/lists.ts';
import { textStore } from '../adapters/postgres/texts/text-store.ts';
import { listFetcher } from '../adapters/revocation-lists/fetcher.ts';
import type { smtpSender } from '../adapters/smtp/sender.ts';
import { ocrCommand } from '../adapters/text-extraction/ocr-command.ts';
import { textExtraction } from '../adapters/text-extraction/text-extraction.ts';
import type { Config } from '../config/config.ts';
import { startDailyRegisterJob } from '../entrances/jobs/daily-register-job.ts';
import { startDeadlineJob } from '../entrances/jobs/deadline-job.ts';
import { startDigestJob } from '../entrances/jobs/digest-job.ts';
import { startIndexFeedJob } from '../entrances/jobs/index-feed-job.ts';
import { startIndexJob } from '../entrances/jobs/index-job.ts';
import type { Job } from '../entrances/jobs/job.ts';
import { startMailboxWatchJob } from '../entrances/jobs/mailbox-watch-job.ts';
import { startOutboxJob } from '../entrances/jobs/outbox-job.ts';
import type { MailboxJobDeps } from '../entrances/jobs/read-mailbox.ts';
import { startRevocationJob } from '../entrances/jobs/revocation-job.ts';
import { startTextJob } from '../entrances/jobs/text-job.ts';
import { startUploadJob } from '../entrances/jobs/upload-job.ts';
import { startWebhookJob } from '../entrances/jobs/webhook-job.ts';
import type { Clock } from '../kernel/clock.ts';
import { uuidv7 } from '../kernel/uuid.ts';
import type { SendToPerson } from '../service/assignments/daily-digest.ts';
import type { SendAlert } from '../service/deadlines/watch-mailboxes.ts';
import type { MailLooks } from '../service/documents/mail-looks.ts';
import { documentReader } from '../service/documents/read-document.ts';
import type { LayerDeps } from '../service/index/layer.ts';
import type { WebhookDeps } from '../service/webhooks/manage-webhooks.ts';
import { closeDeps } from './daily-register.ts';
import type { Running } from './running.ts';
import type { Storage } from './storage.ts';

export interface JobParts {
  readonly storage: Storage;
  readonly running: Running;
  readonly mailboxDeps: Omit<MailboxJobDeps, 'trust'>;
  readonly sender: ReturnType<typeof smtpSender>;
  readonly webhooks: WebhookDeps;
  readonly layerDeps: LayerDeps;
  readonly quietLooks: MailLooks;
  readonly log: ReturnType<typeof openLogger>;
}

/** The outbox, webhooks, deadlines, uploads and lists of revoked certificates, and one job for each source of the index. */
export async function startJobs(config: Config, parts: JobParts): Promise<readonly Job[]> {
  const { storage, sender, running, mailboxDeps, webhooks, log } = parts;
  const { offices, served } = running;
  const { owner, random, store, clock, learn } = mailboxDeps;
  const { feed, uploads } = storage;
  const jobs: Job[] = [
    await startOutboxJob({
      store,
      clock,
      owner,
      random,
      sender,
      offices,
      bear: storage.witness.bear,
      log: log.child({ part: 'outbox' }),
    }),
    await startWebhookJob({ ...webhooks, feed, owner, random, log: log.child({ part: 'webhooks' }) }),
    startDeadlineJob({ store, clock, learn, offices, log: log.child({ part: 'deadlines' }) }),
    startMailboxWatchJob({
      store,
      clock,
      offices,
      served,
      alert: (config.alerts ?? null) === null ? null : alertSender(running, sender, clock),
      log: log.child({ part: 'mailboxes' }),
    }),
    startDigestJob({
      digests: postgresDigests(storage.pool),
      clock,
      offices,
      deskUrl: config.api?.publicUrl ?? null,
      send: () => digestSender(running, sender, clock),
      log: log.child({ part: 'digests' }),
    }),
    startDailyRegisterJob({
      ...closeDeps({ ...storage, clock }),
      offices,
      log: log.child({ part: 'daily-register' }),
    }),
    startUploadJob({ ...uploads, log: log.child({ part: 'uploads' }) }),
  ];
  return [...jobs, ...revocationJobs(config, parts), ...indexJobs(config, parts), ...textJobs(config, parts)];
}

function textJobs({ texts }: Config, { storage, mailboxDeps, quietLooks, log }: JobParts): Job[] {
  if (!texts?.isOn) return [];
  const { clock, owner } = mailboxDeps;
  const { extract, stop } = textExtraction(texts.ocr === null ? null : ocrCommand(texts.ocr));
  const reader = documentReader(storage.documents, quietLooks);
  const deps = { texts: textStore(storage.pool), reader, extract, clock, owner };
  return [startTextJob({ ...deps, stopReading: stop, log: log.child({ part: 'texts' }) })];
}

function revocationJobs({ revocation }: Config, { storage, mailboxDeps, log }: JobParts): Job[] {
  if (!revocation?.isOn) return [];
  const { clock, owner, random } = mailboxDeps;
  const lists = revocationListStore(storage.pool);
  const fetcher = listFetcher({ allowed: revocation.hosts });
  return [startRevocationJob({ lists, fetcher, clock, owner, random, log: log.child({ part: 'revocation' }) })];
}

function indexJobs({ index, dataFolder }: Config, { storage, mailboxDeps, layerDeps, log }: JobParts): Job[] {
  const { clock } = mailboxDeps;
  const { urls, peers } = index;
  const jobs: Job[] = [];
  if (urls.length > 0) {
    const fetcher = httpFetcher({ folder: `${dataFolder}/index` });
    const imports = indexImports(storage.pool);
    jobs.push(startIndexJob(index, { index: imports, clock, fetcher, log: log.child({ part: 'index' }) }));
  }
  if (peers.length > 0) {
    const source = httpFeed();
    jobs.push(startIndexFeedJob({ ...layerDeps, source, peers, everySeconds: 300, log: log.child({ part: 'feed' }) }));
  }
  return jobs;
}

/** E-mail to a person, over the account that is configured for notices; null: there is none. */
function digestSender({ config }: Running, sender: JobParts['sender'], clock: Clock): SendToPerson | null {
  const { alerts = null } = config();
  if (alerts === null) return null;
  const { from, account } = alerts;
  return async ({ name, to, subject, text }) => {
    const messageId = `<${name}@${from.slice(from.indexOf('@') + 1)}>`;
    const recipe = { messageId, from, to: [to], subject, date: clock.now().toISOString(), text } as const;
    const { outcome, response } = await sender.send(account, { ...recipe, automatic: true, parts: [] });
    if (outcome !== 'accepted') throw new Error(response);
  };
}

/** E-mail to the administrator, over the account that is configured when it is sent. */
function alertSender({ config }: Running, sender: JobParts['sender'], clock: Clock): SendAlert {
  return async ({ subject, text }) => {
    const { alerts = null } = config();
    if (alerts === null) return;
    const { to, from, account } = alerts;
    const now = clock.now();
    const messageId = `<${uuidv7(now)}@${from.slice(from.indexOf('@') + 1)}>`;
    const recipe = {
      messageId,
      from,
      to: [to],
      subject,
      date: now.toISOString(),
      text,
      automatic: true,
      parts: [],
    } as const;
    const { outcome, response } = await sender.send(account, recipe);
    if (outcome !== 'accepted') throw new Error(response);
  };
}
