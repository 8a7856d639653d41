/**
 * Everything that proves an exchange in one ZIP: the mails we sent and received byte for byte, the segnature, the verdicts
 * at the time and the verification now, and an index for people and one for programs. It is streamed: an export of any size
 * holds little more than one segnatura in memory. The same exchange gives the same bytes, save for the verification time.
 */
import type { Readable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { RegistrationKey } from '../register/changes.ts';
import { type EvidenceIndex, jsonText, type RegistrationIndex } from './evidence-index.ts';
import { registrationPage } from './evidence-page.ts';
import type { EvidenceRecord, EvidenceRecords } from './evidence-record.ts';
import { type ExportDeps, exportExchange } from './export-exchange.ts';
import { openZip, type Zip } from './zip.ts';

export interface EvidenceDeps extends ExportDeps {
  readonly records: EvidenceRecords;
  readonly clock: Clock;
}

export interface OpenedEvidence<Index> {
  /** A file name that contains nothing from outside. */
  readonly name: string;
  /** The ZIP. Destroy it if its reader goes away. */
  readonly stream: Readable;
  /** Its contents, once all of it was read. */
  readonly index: Promise<Index>;
}

export interface Evidence {
  /** Null: the office has no such exchange. */
  openEvidence(aoo: AooId, exchangeId: string): Promise<OpenedEvidence<EvidenceIndex> | null>;
  /** All exchanges of one registration, a folder each. Null: there are none. */
  openRegistrationEvidence(aoo: AooId, key: RegistrationKey): Promise<OpenedEvidence<RegistrationIndex> | null>;
}

export function evidence(deps: EvidenceDeps): Evidence {
  return {
    async openEvidence(aoo, exchangeId) {
      const record = await deps.records.exchange(aoo, exchangeId);
      if (record === null) return null;
      const at = deps.clock.now();
      return opened(`prove-${record.exchange.id.toLowerCase()}.zip`, async (zip) => {
        return (await exportExchange(zip, '', record, at, deps)).index;
      });
    },
    async openRegistrationEvidence(aoo, key) {
      const ids = await deps.records.exchangesOf(aoo, key);
      const [first] = ids;
      const record = first === undefined ? null : await deps.records.exchange(aoo, first);
      if (record === null) return null;
      const at = deps.clock.now();
      const name = `prove-registrazione-${key.year}-${key.number}.zip`;
      return opened(name, (zip) => exportRegistration(zip, record, ids, at, deps));
    },
  };
}

function opened<Index>(name: string, write: (zip: Zip) => Promise<Index>): OpenedEvidence<Index> {
  const zip = openZip();
  const index = write(zip).then((written) => {
    zip.end();
    return written;
  });
  index.catch((error: Error) => zip.fail(error));
  return { name, stream: zip.stream, index };
}

/** One exchange at a time: the records of a thousand are never in memory at once. */
async function exportRegistration(
  zip: Zip,
  first: EvidenceRecord,
  ids: readonly string[],
  at: Date,
  deps: EvidenceDeps,
): Promise<RegistrationIndex> {
  const exchanges: RegistrationIndex['exchanges'][number][] = [];
  const problems: string[] = [];
  for (const [position, id] of ids.entries()) {
    const record = await deps.records.exchange(first.office.aoo, id);
    if (record === null) continue;
    const folder = `corrispondente-${String(position + 1).padStart(Math.max(2, String(ids.length).length), '0')}`;
    const { index, written } = await exportExchange(zip, `${folder}/`, record, at, deps);
    const { peerAddress, state } = record.exchange;
    exchanges.push({
      folder,
      exchange: id,
      peerAddress,
      state,
      problems: index.problems.length,
      index: written.sha256,
    });
    problems.push(...index.problems.map((one) => `${folder}: ${one}`));
  }
  const { office, registration } = first;
  const verifiedAt = at.toISOString();
  const whole = {
    format: 'interpro-evidence-registration/1',
    verifiedAt,
    office,
    registration,
    exchanges,
    problems,
  } as const;
  await zip.add('indice.html', [Buffer.from(registrationPage(whole))], 'packed');
  await zip.add('index.json', [Buffer.from(jsonText(whole))], 'packed');
  return whole;
}
