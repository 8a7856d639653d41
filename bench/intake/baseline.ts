/**
 * The minimum of any safe intake, in a separate process: fetch every mail with imapflow, write its bytes to a file of its
 * own and sync it, insert one row in PostgreSQL. Nothing is parsed. As fast as we know how: whole pages in one command,
 * the next page in flight while this one is written, one directory sync and one commit per page.
 */
import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import pg from 'pg';

export interface BaselineTask {
  readonly imap: { readonly port: number; readonly user: string; readonly password: string };
  readonly database: string;
  readonly folder: string;
  readonly messages: number;
  readonly page: number;
}

interface Mail {
  readonly uid: number;
  readonly bytes: Buffer;
}

async function run({ imap, database, folder, messages, page }: BaselineTask): Promise<void> {
  await mkdir(folder, { recursive: true });
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query(
    'create table if not exists baseline (uid bigint primary key, sha256 text not null, size bigint not null)',
  );
  const { user, password: pass, port } = imap;
  const mailbox = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass },
    disableAutoIdle: true,
    disableCompression: true,
    logger: false,
  });
  await mailbox.connect();
  await mailbox.mailboxOpen('INBOX', { readOnly: true });

  const fetch = async (from: number): Promise<Mail[]> => {
    if (from > messages) return [];
    const rows = await mailbox.fetchAll(`${from}:${Math.min(messages, from + page - 1)}`, { uid: true, source: true });
    return rows.flatMap(({ uid, source }) => (source === undefined ? [] : [{ uid, bytes: source }]));
  };
  let keeping: Promise<void> = Promise.resolve();
  let coming = fetch(1);
  for (let from = 1; from <= messages; from += page) {
    const mails = await coming;
    coming = fetch(from + page);
    await keeping;
    keeping = keep(client, folder, mails);
  }
  await keeping;
  await mailbox.logout();
  await client.end();
}

async function keep(client: pg.Client, folder: string, mails: readonly Mail[]): Promise<void> {
  await Promise.all(mails.map(({ uid, bytes }) => writeDurably(join(folder, String(uid)), bytes)));
  const directory = await open(folder, 'r');
  await directory.sync();
  await directory.close();
  const rows = mails.map(({ uid, bytes }) => ({
    uid,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
  }));
  await client.query(
    'insert into baseline select * from jsonb_to_recordset($1) as r (uid bigint, sha256 text, size bigint)',
    [JSON.stringify(rows)],
  );
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

process.on('message', (task: BaselineTask) => {
  run(task).then(
    () => process.send?.({ done: true }, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
