/** What the service keeps: the database behind its ports, and the folder with documents and uploads. */
import { documentFolder, openDocuments } from '../adapters/documents/open-documents.ts';
import { folderPartFiles } from '../adapters/documents/part-files.ts';
import { followDatabaseClock } from '../adapters/postgres/database/clock.ts';
import { isPassing, openPool } from '../adapters/postgres/database/pool.ts';
import { postgresHeads } from '../adapters/postgres/heads.ts';
import { postgresFeed } from '../adapters/postgres/queries/feed.ts';
import { postgresViews } from '../adapters/postgres/queries/views.ts';
import { postgresStore } from '../adapters/postgres/store.ts';
import { postgresUploads } from '../adapters/postgres/uploads/uploads.ts';
import { openSecrets } from '../adapters/secrets/open.ts';
import { folderWitness } from '../adapters/witness/folder.ts';
import { DEFAULT_ACCESS } from '../config/access.ts';
import type { Config } from '../config/config.ts';
import { witnessPlaces } from '../config/witness-places.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { DocumentsError } from '../service/documents/documents.ts';
import type { Office } from '../service/register/office.ts';
import type { MailboxName } from '../service/register/store.ts';
import { OfficeStoppedError, openWitness } from '../service/register/witness.ts';
import { witnessedStore } from '../service/register/witnessed-store.ts';

export type Storage = Awaited<ReturnType<typeof openStorage>>;

/**
 * `served`: the mailboxes that this service reads, now and later. `fixedClock`: instead of the database's. `makeSecretKey`:
 * where no key for secrets is configured, one is made in the data folder.
 */
export async function openStorage(
  {
    databaseUrl,
    dataFolder,
    bucket = null,
    witnessFolder = null,
    access = DEFAULT_ACCESS,
  }: Config & { readonly databaseUrl: string },
  served: readonly MailboxName[],
  fixedClock: Clock | null,
  makeSecretKey: boolean,
  log: Log,
) {
  const documents = await openDocuments({ dataFolder, bucket });
  const partials = await folderPartFiles(documentFolder(dataFolder), documents);
  const secrets = await openSecrets(access.secretKeys, makeSecretKey ? dataFolder : null);
  const pool = openPool(databaseUrl, 'interpro');
  const clock =
    fixedClock === null
      ? await followDatabaseClock(pool, log)
      : { now: () => fixedClock.now(), stop: async () => undefined };
  const recorded = postgresStore(pool);
  const witness = openWitness({
    files: folderWitness(witnessPlaces(dataFolder, witnessFolder)),
    store: postgresHeads(pool),
    log,
  });
  const store = witnessedStore(recorded, witness.bear);
  return {
    pool,
    clock,
    store,
    witness,
    documents,
    secrets,
    /** Makes offices known to the database; those of `unchecked` are held against the witness before they work. */
    async declare(offices: readonly Office[], unchecked: readonly Office[]): Promise<void> {
      const mailboxes = offices.flatMap(({ aoo, mailboxes: own }) =>
        own.map(({ address }) => ({ aoo, mailbox: address })),
      );
      await store.declareOffices(offices, mailboxes);
      await witness.check(unchecked.map(({ aoo }) => aoo));
    },
    views: postgresViews(pool, served),
    feed: postgresFeed(pool),
    uploads: { uploads: postgresUploads(pool), files: partials, clock },
    /** An error that goes away by itself: a database or a disk that is away for a while. */
    isPassing: (error: unknown) =>
      isPassing(error) || error instanceof OfficeStoppedError || (error instanceof DocumentsError && error.isPassing),
  };
}
