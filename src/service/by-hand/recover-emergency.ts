/**
 * Takes over the rows of an emergency register (DPR 445/2000 art. 63 c. 5): each gets a new ordinary number, for ever beside its
 * emergency one. A row is known by its emergency number: the same file brought twice registers nothing twice, and one whose
 * work was cut short goes on where it was.
 */

import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse, refuseAll } from '../../kernel/result.ts';
import { unknownCorrespondent } from '../../model/segnatura.ts';
import { senderOf } from '../outgoing/outgoing-segnatura.ts';
import type { RegistrationKey } from '../register/changes.ts';
import type { CommandDeps } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { OfficeTransaction } from '../register/office-transaction.ts';
import type { RegistrationDraft, UnitOfWork } from '../register/unit-of-work.ts';
import { openUnitOfWork } from '../register/unit-of-work.ts';
import { emergencyLimit } from './emergency.ts';
import { type CheckedRows, checkEmergencyRows, type EmergencyRow } from './emergency-rows.ts';

/** So many are registered in one transaction: nobody else waits long. */
const AT_A_TIME = 50;

export interface ShownRow extends EmergencyRow {
  /** The number it has already; null: it would get one. */
  readonly known: RegistrationKey | null;
}

export interface EmergencyPreview extends Omit<CheckedRows, 'rows'> {
  readonly rows: readonly ShownRow[];
}

/** What taking over would do, and everything that is wrong. Nothing is written. */
export const previewEmergency = (
  office: Office,
  { emergencyId, text }: { readonly emergencyId: string; readonly text: string },
  { store, clock }: CommandDeps,
): Promise<Result<EmergencyPreview>> =>
  store.inOffice(office.aoo, async (tx) => {
    const present = await tx.byHand.openEmergency();
    if (present?.emergencyId !== emergencyId) return refuse(problem('emergency-not-open'));
    const limit = emergencyLimit(present);
    const checked = checkEmergencyRows(text, {
      from: present.startedAt,
      to: new Date(Math.min(limit.getTime(), clock.now().getTime())),
    });
    const { shown, clashes } = await known(tx, emergencyId, checked.rows);
    return ok({ rows: shown, problems: [...checked.problems, ...clashes], missing: checked.missing });
  });

/** Which rows have their number already; a number that another row has is a clash. */
async function known(tx: OfficeTransaction, emergencyId: string, rows: readonly EmergencyRow[]) {
  const clashes: Problem[] = [];
  const shown: ShownRow[] = [];
  for (const [year, those] of Map.groupBy(rows, ({ date }) => Number(date.slice(0, 4)))) {
    const numbers = those.map(({ number }) => number);
    const found = await tx.byHand.emergencyNumbers(year, numbers);
    const byNumber = new Map(found.map((one) => [one.emergencyNumber, one]));
    for (const row of those) {
      const has = byNumber.get(row.number);
      if (has !== undefined && (has.row !== row.digest || has.emergencyId !== emergencyId))
        clashes.push(
          problem(
            'emergency-row',
            '',
            `${row.line}: il numero di emergenza ${row.number}/${year} è già della registrazione ${has.number}/${has.year}, con altri dati`,
          ),
        );
      shown.push({
        ...row,
        known: has === undefined ? null : { register: has.register, year: has.year, number: has.number },
      });
    }
  }
  return { shown, clashes };
}

export interface Recovered {
  /** Registered now. */
  readonly registered: number;
  /** Rows that had their number already. */
  readonly known: number;
}

/** Refused as a whole where any row is wrong. */
export async function recoverEmergency(
  office: Office,
  request: { readonly emergencyId: string; readonly text: string },
  person: { readonly personId: string; readonly name: string },
  deps: CommandDeps,
): Promise<Result<Recovered>> {
  const seen = await previewEmergency(office, request, deps);
  if (!seen.ok) return seen;
  const { rows, problems } = seen.value;
  if (problems.length > 0) return refuseAll(problems);
  let registered = 0;
  for (let from = 0; from < rows.length; from += AT_A_TIME) {
    const some = rows.slice(from, from + AT_A_TIME);
    const done = await deps.store.inOffice(office.aoo, async (tx): Promise<Result<number>> => {
      const present = await tx.byHand.openEmergency();
      if (present?.emergencyId !== request.emergencyId) return refuse(problem('emergency-not-open'));
      // Somebody else may have brought the same file meanwhile.
      const { shown, clashes } = await known(tx, request.emergencyId, some);
      const [clash] = clashes;
      if (clash !== undefined) return refuse(clash);
      const fresh = shown.filter((row) => row.known === null);
      if (fresh.length === 0) return ok(0);
      const work = openUnitOfWork(office, tx, deps.clock.now());
      for (const row of fresh) await register(office, request.emergencyId, row, person, work);
      await tx.save(work.changes());
      return ok(fresh.length);
    });
    if (!done.ok) return done;
    registered += done.value;
  }
  return ok({ registered, known: rows.length - registered });
}

async function register(
  office: Office,
  emergencyId: string,
  row: EmergencyRow,
  { personId, name }: { readonly personId: string; readonly name: string },
  work: UnitOfWork,
): Promise<void> {
  const { registration } = await work.register(draftOf(office, row));
  const { register: book, year, number } = registration;
  const key = { register: book, year, number };
  const emergencyYear = Number(row.date.slice(0, 4));
  work.byHand.arrivals.push({
    ...key,
    ...{ carrier: row.carrier, receivedAt: row.direction === 'incoming' ? row.at : null, deferral: null },
    ...{ registeredBy: personId, registeredByName: name, correspondentId: null, templateId: null },
  });
  work.byHand.emergencyNumbers.push({
    ...key,
    ...{ emergencyId, emergencyYear, emergencyNumber: row.number, emergencyDate: row.date },
    ...{ emergencyTime: `${row.time}:00`, operator: row.operator, row: row.digest },
  });
  work.audit('registered-from-emergency', `${book}/${year}/${number}`, {
    ...{ by: name, person: personId, emergency: emergencyId, emergencyNumber: `${row.number}/${emergencyYear}` },
    ...{ operator: row.operator },
  });
}

function draftOf(office: Office, row: EmergencyRow): RegistrationDraft {
  const own = senderOf(office);
  const party = unknownCorrespondent(row.correspondent, null);
  return {
    direction: row.direction,
    subject: row.subject,
    sender: row.direction === 'incoming' ? party : own,
    recipients: [row.direction === 'incoming' ? own : party],
    peerIdentifier:
      row.peer === null
        ? null
        : {
            ...{ administration: '', aoo: '', register: null, time: null },
            ...{ number: row.peer.number, date: row.peer.date ?? '' },
          },
    flags: [],
    mailId: null,
    documents: [],
  };
}
