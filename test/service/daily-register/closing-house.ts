/** An office whose registers are closed, with its documents in a folder. The PDF is written here: a process for each takes its time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { postgresClosedRegisters } from '../../../src/adapters/postgres/daily-register/closed-registers.ts';
import { postgresRegisterContents } from '../../../src/adapters/postgres/daily-register/register-contents.ts';
import { registerPdf } from '../../../src/adapters/register-pdf/write-register-pdf.ts';
import { type CloseDueOptions, closeDue } from '../../../src/service/daily-register/close-due.ts';
import type { CloseDeps } from '../../../src/service/daily-register/close-register.ts';
import type { ClosedRegister } from '../../../src/service/daily-register/closed-register.ts';
import type { WriteRegisterPdf } from '../../../src/service/daily-register/ports.ts';
import { verifyRegister } from '../../../src/service/daily-register/verify-register.ts';
import type { Office } from '../../../src/service/register/office.ts';
import { openUnitOfWork, type UnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { openHouse } from '../../adapters/postgres/support.ts';

const writtenHere: WriteRegisterPdf = async (frame, xmlSha256, lines, keep) => {
  const { bytes, finished } = registerPdf({ frame, xmlSha256 }, lines);
  const [kept] = await Promise.all([keep(bytes), finished]);
  return kept;
};

export async function openClosingHouse(offices: readonly Office[]) {
  const house = await openHouse(offices);
  const folder = await mkdtemp(join(tmpdir(), 'closing-'));
  const documents = await folderDocuments(folder);
  let now = new Date();
  const deps: CloseDeps = {
    contents: postgresRegisterContents(house.pool),
    ...{ writePdf: writtenHere, store: house.store, documents, clock: { now: () => now } },
    software: 'InterPro di prova',
  };
  return {
    ...house,
    documents,
    folder,
    deps,
    closed: postgresClosedRegisters(house.pool),
    /** From now on it is this time. */
    isNow(at: string): void {
      now = new Date(at);
    },
    /** Closes what is due at this time. */
    close(office: Office, at: string, more: Partial<CloseDueOptions> = {}) {
      now = new Date(at);
      return closeDue(office, { by: 'SISTEMA', graceMs: 0, seen: new Map(), ...more }, deps);
    },
    /** One transaction of the office at this time. */
    act<T>(office: Office, at: string, work: (unit: UnitOfWork) => T | Promise<T>): Promise<T> {
      return house.store.inOffice(office.aoo, async (tx) => {
        const unit = openUnitOfWork(office, tx, new Date(at));
        const done = await work(unit);
        await tx.save(unit.changes());
        return done;
      });
    },
    xml: async ({ xml }: ClosedRegister) => (await documents.read(xml.sha256)).toString(),
    verify: (closed: ClosedRegister) => verifyRegister(closed, { ...deps, documents }),
    async end() {
      await house.close();
      await rm(folder, { recursive: true });
    },
  };
}
