/** An office in a real database, a provider whose certificates name lists, and a server on loopback that hands them out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { revocationListStore, revocationLookUp } from '../../../src/adapters/postgres/revocation/lists.ts';
import { listFetcher } from '../../../src/adapters/revocation-lists/fetcher.ts';
import type { Inspection } from '../../../src/domain/exchange/inspection.ts';
import { signerFromPem } from '../../../src/formats/seal/sealer.ts';
import { sealMessage } from '../../../src/formats/seal/sign.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import { certificatePem, issueAuthority, issueProvider, issueSeal } from '../../../src/sandbox/authority.ts';
import { type OrdinaryPart, ordinaryMessage, receipt, transportEnvelope } from '../../../src/sandbox/craft.ts';
import { keepMails } from '../../../src/service/intake/keep-mails.ts';
import { judgeHere } from '../../../src/service/intake/mail-judge.ts';
import { type SettleDeps, settleMails } from '../../../src/service/intake/settle-mails.ts';
import { type Refreshed, refreshNext } from '../../../src/service/revocation/refresh-lists.ts';
import { MAILBOX, office, openHouse } from '../../adapters/postgres/support.ts';
import { ESEMPIO, MITTENTE } from '../../exchange/councils.ts';
import { PDF, protocolMessage, written, xmlPart } from '../../exchange/mails.ts';
import { type ListWish, makeList, type RevokedWish, serialOf } from '../../support/revocation-lists.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const never = new AbortController().signal;
type Served = Buffer | ((response: ServerResponse) => void);

export type RevocationHouse = Awaited<ReturnType<typeof openRevocationHouse>>;

export async function openRevocationHouse(start: string) {
  const house = await openHouse([OFFICE]);
  const folder = await mkdtemp(join(tmpdir(), 'interpro-revocation-'));
  const served = new Map<string, Served>();
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const found = served.get(url);
    if (found === undefined) response.writeHead(404).end();
    else if (typeof found === 'function') found(response);
    else response.end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [rootUrl, caUrl] = [`${base}/radice.crl`, `${base}/gestori.crl`];
  const authority = await issueAuthority({ listPoint: rootUrl });
  const [provider, seal] = await Promise.all([
    issueProvider({ domain: 'pec.mittente.example.it', authority, listPoint: caUrl }),
    issueSeal(authority, { ...MITTENTE, listPoint: caUrl }),
  ]);
  const time = { at: new Date(start) };
  const clock = { now: () => time.at };
  const owner = uuidv7(time.at);
  const warned: object[] = [];
  const lists = revocationLookUp(house.pool, { warn: (data) => warned.push(data) });
  const store = revocationListStore(house.pool);
  const refreshing = { lists: store, fetcher: listFetcher({ allowed: ['127.0.0.1'], silenceMs: 500 }), clock, owner };
  const root = [{ certificate: authority.root.certificate, onlyVia: [] }];
  const settling: SettleDeps & { readonly owner: string } = {
    store: house.store,
    documents: await folderDocuments(folder),
    clock,
    trust: { anchors: root, seals: root },
    judge: judgeHere((await loadGrammars()).validate),
    log: silent,
    senders: null,
    lists,
    learn: async () => undefined,
    isPassing: () => false,
    owner,
  };
  let uid = 0;
  const signer = signerFromPem(
    certificatePem(seal.certificate) + certificatePem(authority.intermediate.certificate),
    seal.key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  );
  const about = (subject: string) => {
    uid += 1;
    const date = time.at;
    return {
      identifier: `opec.${uid}@${provider.domain}`,
      date,
      from: MITTENTE.address,
      subject,
      messageId: `<m${uid}@x>`,
    };
  };
  const to = [{ address: ESEMPIO.address, certified: true }];
  const envelopeOf = (subject: string, parts: readonly OrdinaryPart[]): Buffer => {
    const facts = about(subject);
    const original = ordinaryMessage({ ...facts, to: ESEMPIO.address, parts });
    return transportEnvelope(provider, { ...facts, to, original });
  };

  return {
    ...house,
    office: OFFICE,
    time,
    served,
    asked,
    lists,
    /** What the log warned of. */
    warned,
    store,
    urls: { root: rootUrl, ca: caUrl },
    refreshing: { ...refreshing, random: () => 0.5 },
    trust: settling.trust,
    serials: { provider: serialOf(provider.certificate), seal: serialOf(seal.certificate) },
    middleSerial: serialOf(authority.intermediate.certificate),
    /** Of the providers' authority. */
    list: (revoked: readonly RevokedWish[], wish: ListWish) => makeList(authority.intermediate, revoked, wish),
    rootList: (revoked: readonly RevokedWish[], wish: ListWish) => makeList(authority.root, revoked, wish),
    envelope: (subject = 'Istanza di prova') => envelopeOf(subject, [PDF]),
    receipt: () => receipt(provider, { ...about('Prova'), kind: 'accettazione', to }),
    async sealed(sealedAt: string): Promise<Buffer> {
      if (!signer.ok) throw new Error(signer.problem.message);
      const message = protocolMessage({ to: ESEMPIO, number: `${1_000_000 + uid}`, generation: '3.0.0' });
      const segnatura = await sealMessage(written(message, '3.0.0'), signer.value, new Date(sealedAt));
      return envelopeOf('Sigillata', [xmlPart(segnatura), PDF]);
    },
    /** Keeps and settles mails as they come in; what was found, as it is stored. `arrivedAt`: now, unless said otherwise. */
    async settle(mails: readonly Buffer[], change: { arrivedAt?: string; lists?: SettleDeps['lists'] } = {}) {
      const arrivedAt = change.arrivedAt === undefined ? time.at : new Date(change.arrivedAt);
      const deps = { ...settling, ...(change.lists !== undefined && { lists: change.lists }) };
      await house.store.leaseMailbox(OFFICE.aoo, MAILBOX, owner, 45);
      const page = mails.map((bytes) => {
        uid += 1;
        return { uid, size: bytes.length, arrivedAt, bytes };
      });
      const kept = await keepMails(OFFICE, MAILBOX, 7n, page, deps);
      await settleMails(OFFICE, kept, deps);
      const found: Inspection[] = [];
      for (const { kept: one } of kept) {
        const { rows } = await house.pool.query<{ inspection: Inspection }>(
          'select inspection from mail where aoo = $1 and mail_id = $2',
          [OFFICE.aoo, one.mailId],
        );
        found.push(...rows.map(({ inspection }) => inspection));
      }
      return found;
    },
    /** Fetches all lists that are due: why each one is not held now, or null. */
    async refresh(): Promise<readonly (string | null)[]> {
      const outcomes: Refreshed[] = [];
      for (let one = await refreshNext({ ...refreshing, random: () => 0.5 }, never); one !== null; ) {
        outcomes.push(one);
        one = await refreshNext({ ...refreshing, random: () => 0.5 }, never);
      }
      return outcomes.toSorted((a, b) => (a.point.url < b.point.url ? -1 : 1)).map(({ failure }) => failure);
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await house.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
