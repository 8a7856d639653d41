/** What the command line needs of the outside world, wired by hand as `service.ts` does for the service. */

import { join } from 'node:path';
import { openDocuments, type StorePlace } from '../adapters/documents/open-documents.ts';
import { ownDocuments } from '../adapters/documents/own-documents.ts';
import { loadGrammars } from '../adapters/grammar-files.ts';
import { imapMailboxes } from '../adapters/imap/connector.ts';
import { httpFetcher } from '../adapters/index-files/fetcher.ts';
import { nodeState } from '../adapters/node-state.ts';
import { tryProvider } from '../adapters/openid/provider.ts';
import { postgresCredentials } from '../adapters/postgres/credentials.ts';
import { databaseClock } from '../adapters/postgres/database/clock.ts';
import { migrate, pendingMigrations } from '../adapters/postgres/database/migrate.ts';
import { openPool, ownsDatabase } from '../adapters/postgres/database/pool.ts';
import { supportedServer } from '../adapters/postgres/database/service-role.ts';
import { postgresHeads } from '../adapters/postgres/heads.ts';
import { indexEntries } from '../adapters/postgres/index/entries.ts';
import { indexImports } from '../adapters/postgres/index/imports.ts';
import { indexLayer } from '../adapters/postgres/index/layer.ts';
import { postgresPeople } from '../adapters/postgres/people/people-store.ts';
import { postgresEvidence } from '../adapters/postgres/queries/evidence.ts';
import { readOfficeFigures } from '../adapters/postgres/queries/office-figures.ts';
import { postgresViews } from '../adapters/postgres/queries/views.ts';
import { reloadRequests } from '../adapters/postgres/reload-requests.ts';
import { revocationListStore, revocationLookUp } from '../adapters/postgres/revocation/lists.ts';
import { postgresStore } from '../adapters/postgres/store.ts';
import { textStore } from '../adapters/postgres/texts/text-store.ts';
import { sealedWith } from '../adapters/secrets/sealed.ts';
import { compose } from '../adapters/smtp/compose.ts';
import { smtpSender } from '../adapters/smtp/sender.ts';
import { SmtpSession } from '../adapters/smtp/session.ts';
import { builtInTrust, configuredTrust, folderTrust, joinTrust } from '../adapters/trust-files.ts';
import { folderWitness } from '../adapters/witness/folder.ts';
import type { Clock } from '../kernel/clock.ts';
import type { AooId } from '../kernel/ids.ts';
import type { ManageDeps } from '../service/access/manage-credentials.ts';
import { type Commands, openCommands } from '../service/commands/commands.ts';
import type { Documents } from '../service/documents/documents.ts';
import { type KeptMessage, type MessageContent, messageContents } from '../service/documents/message-content.ts';
import type { EvidenceRecords } from '../service/evidence/evidence-record.ts';
import { type Evidence, evidence } from '../service/evidence/open-evidence.ts';
import type { Fetcher } from '../service/index/fetch-index.ts';
import { type AooIndex, openIndex } from '../service/index/open-index.ts';
import type { IndexEntries, IndexHistory, IndexImports } from '../service/index/ports.ts';
import { judgeHere } from '../service/intake/mail-judge.ts';
import type { MailSender } from '../service/outbox/mail-sender.ts';
import type { SendToDeps } from '../service/outgoing/send-to.ts';
import { openPeople, type People } from '../service/people/people.ts';
import { STANDARD_SESSIONS } from '../service/people/sessions.ts';
import type { Metrics } from '../service/queries/metrics.ts';
import type { NodeParts, NodeState } from '../service/queries/node-state.ts';
import type { Views } from '../service/queries/views.ts';
import type { MailboxAccount, SmtpAccount } from '../service/register/accounts.ts';
import { carefulStore } from '../service/register/careful-store.ts';
import type { Store } from '../service/register/store.ts';
import { examineOffice, openWitness, type Recovery, type WitnessDeps } from '../service/register/witness.ts';
import type { ReloadRequests } from '../service/reload/reload-report.ts';
import { leftOut } from '../service/revocation/left-out.ts';
import type { TextStore } from '../service/texts/text-store.ts';

/** The judge of segnature by their schemas and DTDs. */
export const openValidator = async () => (await loadGrammars()).validate;

export const updateDatabase = (ownerUrl: string, databaseUrl: string) => migrate(ownerUrl, databaseUrl);
export const missingMigrations = (databaseUrl: string) => pendingMigrations(databaseUrl);

/** The root that the accredited PEC providers chain to. */
export const providersTrust = () => builtInTrust();
/** For a person who tries: files directly in the folder count for everything. */
export const readTrustFolder = (folder: string) => folderTrust(folder, true);

/** Lends the database for one piece of work. */
export async function withDatabase<T>(
  databaseUrl: string,
  work: (database: {
    readonly views: Views;
    readonly store: Store;
    readonly clock: Clock;
    readonly pool: ReturnType<typeof openPool>;
  }) => Promise<T>,
): Promise<T> {
  const pool = openPool(databaseUrl, 'interpro cli', 2);
  try {
    const clock = await databaseClock(pool);
    return await work({ views: postgresViews(pool), store: postgresStore(pool), clock, pool });
  } finally {
    await pool.end();
  }
}

export const withViews = <T>(databaseUrl: string, work: (views: Views) => Promise<T>): Promise<T> =>
  withDatabase(databaseUrl, ({ views }) => work(views));

/** What a kept mail says. Only when it is asked for is the document store opened. */
export const contentOfMail = async (place: StorePlace, mail: KeptMessage): Promise<MessageContent> =>
  messageContents(await openDocuments(place)).of(mail);

/** Lends what is needed to change credentials. */
export const withCredentials = <T>(databaseUrl: string, work: (deps: ManageDeps) => Promise<T>): Promise<T> =>
  withDatabase(databaseUrl, ({ pool, clock }) => work({ credentials: postgresCredentials(pool), clock }));

/** Lends the persons of the desk. */
export const withPeople = <T>(databaseUrl: string, keys: readonly Uint8Array[], work: (people: People) => Promise<T>) =>
  withDatabase(databaseUrl, ({ pool, clock }) => {
    const parts = { store: postgresPeople(pool), secrets: sealedWith(keys), clock, log: SILENT };
    return work(openPeople({ ...parts, rules: STANDARD_SESSIONS }));
  });

/** Lends the queue of texts. */
export const withTexts = <T>(databaseUrl: string, work: (texts: TextStore) => Promise<T>): Promise<T> =>
  withDatabase(databaseUrl, ({ pool }) => work(textStore(pool)));

/** Lends the index for one piece of work. Unfinished downloads are kept below `dataFolder`. */
export async function withIndex<T>(
  databaseUrl: string,
  dataFolder: string,
  work: (index: {
    readonly imports: IndexImports;
    readonly entries: IndexEntries & IndexHistory;
    readonly fetcher: Fetcher;
  }) => Promise<T>,
): Promise<T> {
  const pool = openPool(databaseUrl, 'interpro cli', 2);
  try {
    const fetcher = httpFetcher({ folder: join(dataFolder, 'index') });
    return await work({ imports: indexImports(pool), entries: indexEntries(pool), fetcher });
  } finally {
    await pool.end();
  }
}

/** Lends the index to look up and to change the regional layer. */
export async function withAooIndex<T>(
  databaseUrl: string,
  node: string,
  work: (index: AooIndex) => Promise<T>,
): Promise<T> {
  const pool = openPool(databaseUrl, 'interpro cli', 2);
  try {
    const clock = await databaseClock(pool);
    const parts = { entries: indexEntries(pool), layer: indexLayer(pool) };
    const index = await openIndex({ ...parts, clock, log: SILENT, node, eager: false });
    try {
      return await work(index);
    } finally {
      await index.stop();
    }
  } finally {
    await pool.end();
  }
}

/** Lends what is needed to send. The service on the same database takes the mails from the queue. */
export async function withSending<T>(
  { databaseUrl, node, witness, ...place }: Omit<ToolsPlace, 'trustFolder'>,
  work: (deps: SendToDeps) => Promise<T>,
): Promise<T> {
  const documents = await ownDocuments(place);
  return withAooIndex(databaseUrl, node, (index) =>
    withDatabase(databaseUrl, ({ store, clock, pool }) =>
      work({ store: careful(store, pool, witness), documents, clock, resolve: index.resolve }),
    ),
  );
}

/** What the command line works with when it decides in an office's name. */
export interface OfficeTools {
  readonly views: Views;
  readonly commands: Commands;
  readonly store: Store;
  readonly documents: Documents;
  readonly clock: Clock;
  /** For rehearsals: sends mails without the outbox; the records are what a mail of ours is composed from again. */
  readonly sender: MailSender;
  readonly records: EvidenceRecords;
  readonly resolve: SendToDeps['resolve'];
}

export interface ToolsPlace extends StorePlace {
  readonly databaseUrl: string;
  readonly trustFolder: string | null;
  /** Left out: what lists of revoked certificates say is not looked at. */
  readonly isRevocationOn?: boolean;
  readonly node: string;
  /** Where the ends of registers are witnessed. */
  readonly witness: readonly string[];
}

/** Of the command line: an office that is behind its witness numbers nothing, and what is written is witnessed. */
export const careful = (store: Store, pool: ReturnType<typeof openPool>, places: readonly string[]): Store =>
  carefulStore(store, openWitness({ files: folderWitness(places), store: postgresHeads(pool), log: SILENT }), places);

/** Lends the commands of people; what they queue is taken up by the service that runs on the same database. */
export async function withCommands<T>(place: ToolsPlace, work: (desk: OfficeTools) => Promise<T>): Promise<T> {
  const { databaseUrl, trustFolder, isRevocationOn, node, witness } = place;
  const documents = await ownDocuments(place);
  const judge = judgeHere(await openValidator());
  const added = trustFolder === null ? [] : [(await folderTrust(trustFolder)).trust];
  const trust = joinTrust(builtInTrust(), ...added);
  const sender = smtpSender(documents);
  const pool = openPool(databaseUrl, 'interpro cli', 2);
  const store = careful(postgresStore(pool), pool, witness);
  try {
    // The index waits for a database that is away; the user hears of it here.
    const clock = await databaseClock(pool);
    return await withAooIndex(databaseUrl, node, ({ resolve, entries, layer }) => {
      const lists = isRevocationOn ? revocationLookUp(pool, SILENT) : null;
      const senders = { entries, layer };
      const commands = openCommands({ store, documents, clock, trust, judge, resolve, senders, lists });
      const views = postgresViews(pool);
      return work({ views, commands, store, documents, clock, sender, records: postgresEvidence(pool), resolve });
    });
  } finally {
    await sender.close();
    await pool.end();
  }
}

/** Lends what it takes to see what a restored database lacks, and to let its offices go on. */
export async function withWitness<T>(
  { ownerUrl, places }: { ownerUrl: string; places: readonly string[] },
  work: (deps: Omit<WitnessDeps, 'log'>) => Promise<T>,
): Promise<T> {
  const pool = openPool(ownerUrl, 'interpro cli', 1);
  try {
    return await work({ files: folderWitness(places), store: postgresHeads(pool) });
  } finally {
    await pool.end();
  }
}

/** Lends the way to ask the services that run on this database. */
export async function withServices<T>(databaseUrl: string, work: (requests: ReloadRequests) => Promise<T>): Promise<T> {
  const pool = openPool(databaseUrl, 'interpro cli', 1);
  try {
    return await work(reloadRequests(pool));
  } finally {
    await pool.end();
  }
}

/** The disks and certificates that the service stands on. */
export async function readNodeState(parts: NodeParts, trustFolder: string | null): Promise<NodeState> {
  return nodeState(parts, (await configuredTrust(trustFolder)).trust);
}

/** Since each kind of file of the index was imported or found unchanged. */
export async function indexAges(databaseUrl: string): Promise<Metrics['indexAges']> {
  const pool = openPool(databaseUrl, 'interpro doctor', 1);
  try {
    const { now } = await databaseClock(pool);
    return (await readOfficeFigures(pool, now())).indexAges;
  } finally {
    await pool.end();
  }
}

/** Lends what an export of evidence needs. It only reads the database and the document store. */
export async function withEvidence<T>(
  { databaseUrl, ...place }: StorePlace & { readonly databaseUrl: string },
  work: (deps: { readonly views: Views; readonly evidence: Evidence }) => Promise<T>,
): Promise<T> {
  const documents = await openDocuments(place);
  const pool = openPool(databaseUrl, 'interpro cli', 2);
  try {
    const clock = await databaseClock(pool);
    const records = postgresEvidence(pool);
    return await work({ views: postgresViews(pool), evidence: evidence({ records, documents, compose, clock }) });
  } finally {
    await pool.end();
  }
}

const ignore = (): void => undefined;
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** What one login for both gives up. */
const OWNER_REMARK =
  ', by a login that owns the database: whoever takes over the service could change what is immutable (DATABASE_OWNER_URL)';

export const sealText = (keys: readonly Uint8Array[], text: string, context: string) =>
  sealedWith(keys).seal(text, context);

/** What a database lacks that has left this machine. */
export function whatIsLost({ lost, database, witness }: Recovery): string {
  const numbers = lost.map(({ register, year, from, to }) => `${register} ${year}: ${from} to ${to}`).join('; ');
  if (numbers !== '') return `numbers that the database lacks: ${numbers}`;
  return database.recoveries > (witness?.recoveries ?? 0)
    ? 'the database names a recovery that its witness does not know'
    : 'audit records are missing';
}

/** Checks: each resolves with a line about what works, or throws the reason why it does not. */
export const checks = {
  async schemas(): Promise<string> {
    await loadGrammars();
    return 'all grammars compile';
  },
  async database(databaseUrl: string): Promise<string> {
    const pool = openPool(databaseUrl, 'interpro doctor', 1);
    try {
      const name = await supportedServer(pool);
      const owns = await ownsDatabase(pool);
      return `PostgreSQL ${name}, working as interpro_service${owns ? OWNER_REMARK : ''}`;
    } finally {
      await pool.end();
    }
  },
  /** Also before any service has looked at a restored database. */
  async registers(databaseUrl: string, aoos: readonly AooId[], places: readonly string[]): Promise<string> {
    const found = await withWitness({ ownerUrl: databaseUrl, places }, (witness) =>
      Promise.all(aoos.map(async (aoo) => ({ aoo, ...(await examineOffice(aoo, witness)) }))),
    );
    const behind = found.flatMap((one) => (one.isBehind ? `${one.aoo}: ${whatIsLost(one)}` : []));
    if (behind.length > 0) throw new Error(behind.join('; '));
    const unseen = found.flatMap(({ aoo, database, witness }) =>
      witness === null && database.audit.seq > 0 ? aoo : [],
    );
    if (unseen.length > 0)
      return `nothing is witnessed yet of ${unseen.join(', ')}: an older copy of the database would not be noticed`;
    return `none is behind what has left this machine${places.length > 1 ? '' : '; one witness only (INTERPRO_WITNESS)'}`;
  },
  /** The clock of this machine; where doctor runs beside the service, it is the service's too. */
  async clock(databaseUrl: string): Promise<string> {
    const { clockAheadSeconds: ahead } = await withViews(databaseUrl, (views) => views.status());
    if (Math.abs(ahead) >= 30)
      throw new Error(`${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} the clock of the database`);
    return 'agrees with that of the database';
  },
  async documents(place: StorePlace): Promise<string> {
    const documents = await openDocuments(place);
    try {
      await documents.probe();
      return documents.described();
    } finally {
      documents.close();
    }
  },
  async anchors(folder: string | null): Promise<string> {
    if (builtInTrust().anchors.length === 0)
      throw new Error('the built-in root of the PEC providers was not found in this Node');
    if (folder === null) return 'the built-in root of the PEC providers';
    const { trust, unreadable, loose, clients } = await folderTrust(folder);
    const seals = trust.seals?.length ?? 0;
    if (trust.anchors.length + seals + clients === 0 && unreadable.length === 0)
      throw new Error(`${folder} holds no certificate (.pem, .crt, .cer or .der) in its folders pec and seals`);
    if (unreadable.length > 0) throw new Error(unreadable.map(({ name, reason }) => `${name}: ${reason}`).join('; '));
    const forSeals = seals === 0 ? ', none for seals' : `, ${seals} for seals`;
    const old = loose === 0 ? '' : ' (files beside the folders pec and seals count for providers only: move them)';
    return `the built-in root of the PEC providers and ${trust.anchors.length} from ${folder}${forSeals}${old}`;
  },
  async revocation(databaseUrl: string, isOn: boolean): Promise<string> {
    if (!isOn) return 'lists are not fetched (INTERPRO_REVOCATION=off): whether a certificate was revoked is not known';
    const pool = openPool(databaseUrl, 'interpro doctor', 1);
    try {
      const found = await revocationListStore(pool).status();
      const current = found.filter(({ nextUpdate }) => nextUpdate !== null && nextUpdate > new Date());
      const missing = found.filter((one) => !current.includes(one) && one.failures > 0);
      const refused = leftOut(found, new Date());
      if (missing.length > 0)
        throw new Error(
          [...missing.map(({ url, lastError }) => `${url}: ${lastError ?? 'not fetched'}`), ...refused].join('; '),
        );
      return found.length === 0
        ? 'no certificate of a mail has named a list yet'
        : [`${current.length} of ${found.length} lists are current`, ...refused].join('; ');
    } finally {
      await pool.end();
    }
  },
  accounts: tryProvider,
  async mailbox(account: MailboxAccount): Promise<string> {
    const connection = await imapMailboxes().connect(account, AbortSignal.timeout(20_000));
    await connection.close();
    return `${account.host}:${account.port} folder ${account.folder}, UIDVALIDITY ${connection.uidValidity}`;
  },
  async smtp(account: SmtpAccount): Promise<string> {
    const session = await SmtpSession.open(account, { connectMs: 20_000, silenceMs: 20_000 });
    session.quit();
    return `${account.host}:${account.port} ${account.user === null ? 'answers' : `takes ${account.user}`}`;
  },
};
