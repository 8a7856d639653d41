/** The address book of an office: added while registering or by itself, edited, and merged where two are one. */
import { mailAddress } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { type Correspondent, unknownCorrespondent } from '../../model/segnatura.ts';
import type { CorrespondentEntry } from '../register/by-hand-writes.ts';
import { type Call, type CommandDeps, personOf, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';

/** `correspondentId` null: a new entry. `version`: of what the person saw. */
export interface CorrespondentRequest extends Omit<CorrespondentEntry, 'correspondentId'> {
  readonly correspondentId: string | null;
  readonly version: number | null;
}

const LONGEST: Readonly<Partial<Record<keyof CorrespondentRequest, number>>> = {
  name: LIMITS.handName,
  office: 300,
  address: 320,
  postalAddress: 500,
  phone: 60,
  note: 2_000,
  administration: 16,
};

/** Everything wrong with an entry, each with its field. */
export function checkCorrespondent(request: CorrespondentRequest): readonly Problem[] {
  const found: Problem[] = [];
  if (request.name === '') found.push(problem('correspondent-name-missing', 'name'));
  for (const [field, longest] of Object.entries(LONGEST))
    if (String(request[field as keyof CorrespondentRequest] ?? '').length > longest)
      found.push(problem('correspondent-text-long', field, String(longest)));
  const { taxCode, address } = request;
  if (taxCode !== null && !/^(?:[A-Z0-9]{16}|\d{11})$/.test(taxCode))
    found.push(problem('correspondent-tax-code-unfit', 'taxCode'));
  if (address !== null && mailAddress(address) === null) found.push(problem('correspondent-address-unfit', 'address'));
  return found;
}

export async function saveCorrespondent(
  office: Office,
  request: CorrespondentRequest,
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly correspondentId: string }>> {
  const [wrong] = checkCorrespondent(request);
  if (wrong !== undefined) return refuse(wrong);
  const { correspondentId, version, ...content } = request;
  return runCommand(office, call, deps, async (tx, work) => {
    const present = correspondentId === null ? null : await tx.byHand.correspondent(correspondentId);
    if (correspondentId !== null && present === null) return refuse(problem('correspondent-unknown'));
    if (present !== null && present.mergedInto !== null) return refuse(problem('correspondent-merged'));
    if (present?.isRetired === true) return refuse(problem('correspondent-retired'));
    if (present !== null && version !== present.version) return refuse(problem('version-conflict'));
    const id = correspondentId ?? uuidv7(work.at);
    const act = present === null ? 'added' : 'edited';
    work.byHand.correspondents.push({
      ...{ entry: { ...content, correspondentId: id }, act, by: call.by, mergedInto: null },
      version: (present?.version ?? 0) + 1,
    });
    work.audit(`correspondent-${act}`, id, { by: call.by, person: personOf(call) });
    return ok({ correspondentId: id });
  });
}

export interface OfferRequest {
  readonly correspondentId: string;
  readonly version: number | null;
  /** False: nobody is offered it any more; true: it is brought back. */
  readonly isOffered: boolean;
}

/** Retires an entry or brings it back. Registrations keep the name either way, and its history keeps both. */
export const offerCorrespondent = (
  office: Office,
  { correspondentId, version, isOffered }: OfferRequest,
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly correspondentId: string }>> =>
  runCommand(office, call, deps, async (tx, work) => {
    const present = await tx.byHand.correspondent(correspondentId);
    if (present === null) return refuse(problem('correspondent-unknown'));
    if (present.mergedInto !== null) return refuse(problem('correspondent-merged'));
    if (version !== present.version || present.isRetired !== isOffered) return refuse(problem('version-conflict'));
    work.byHand.correspondents.push({
      ...{ entry: present.entry, act: isOffered ? 'edited' : 'retired', by: call.by, mergedInto: null },
      version: present.version + 1,
    });
    const action = isOffered ? 'correspondent-brought-back' : 'correspondent-retired';
    work.audit(action, correspondentId, { by: call.by, person: personOf(call) });
    return ok({ correspondentId });
  });

export interface MergeRequest {
  /** The entry that goes on. */
  readonly keep: string;
  readonly into: number | null;
  /** The other one; it leads to the first from now on. Registrations keep the name as it was. */
  readonly merge: string;
  readonly version: number | null;
}

/** The entry that goes on: what it does not have is taken over from the other. */
export function mergedEntry(kept: CorrespondentEntry, other: CorrespondentEntry): CorrespondentEntry {
  const known = Object.entries(kept).filter(
    ([name, value]) => value !== null && !(name === 'kind' && value === 'unknown'),
  );
  return { ...other, ...Object.fromEntries(known) };
}

export async function mergeCorrespondents(
  office: Office,
  request: MergeRequest,
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly correspondentId: string }>> {
  if (request.keep === request.merge) return refuse(problem('correspondent-same'));
  return runCommand(office, call, deps, async (tx, work) => {
    const kept = await tx.byHand.correspondent(request.keep);
    const other = await tx.byHand.correspondent(request.merge);
    if (kept === null || other === null) return refuse(problem('correspondent-unknown'));
    if (kept.mergedInto !== null || other.mergedInto !== null) return refuse(problem('correspondent-merged'));
    if (kept.isRetired || other.isRetired) return refuse(problem('correspondent-retired'));
    const { into, version } = request;
    if ((into !== null && into !== kept.version) || (version !== null && version !== other.version))
      return refuse(problem('version-conflict'));
    const merged = mergedEntry(kept.entry, other.entry);
    const write = { act: 'merged', by: call.by } as const;
    work.byHand.correspondents.push(
      { ...write, entry: merged, version: kept.version + 1, mergedInto: null },
      { ...write, entry: other.entry, version: other.version + 1, mergedInto: request.keep },
    );
    work.audit('correspondents-merged', request.keep, { by: call.by, person: personOf(call), merged: request.merge });
    return ok({ correspondentId: request.keep });
  });
}

/** As a registration keeps it, whatever becomes of the entry. */
export const asRegistered = (entry: CorrespondentEntry): Correspondent => ({
  ...unknownCorrespondent(entry.name, entry.address),
  kind: entry.kind,
  administration: entry.administration,
  office: entry.office,
  taxCode: entry.taxCode,
  ...(entry.postalAddress !== null && { postalAddress: { ...NO_PARTS, text: entry.postalAddress } }),
});

const NO_PARTS = {
  streetType: null,
  street: null,
  number: null,
  postcode: null,
  town: null,
  townCode: null,
  province: null,
  country: null,
};
