/**
 * Registers what no mailbox brought: paper, what somebody hands in at the counter, ordinary mail, outgoing paper, internal
 * documents. The number is taken in one transaction with all that stands beside it, once for each act key: pressed twice,
 * repeated after a lost answer or sent by two processes, the form has one number.
 */
import type { RegisteredDocument } from '../../domain/register/registration.ts';
import { identifierOf, oneLine } from '../../domain/register/registration.ts';
import { italianDay, legalTime } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Identifier } from '../../model/segnatura.ts';
import { senderOf } from '../outgoing/outgoing-segnatura.ts';
import type { UsedDeferral } from '../register/by-hand-writes.ts';
import type { RegistrationKey } from '../register/changes.ts';
import { fileRegistration, prepareFiling } from '../register/file-registration.ts';
import { answeredBefore, type Call, type CommandDeps, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { OfficeTransaction } from '../register/office-transaction.ts';
import type { Store } from '../register/store.ts';
import type { RegistrationDraft, UnitOfWork } from '../register/unit-of-work.ts';
import type { UploadDeps } from '../uploads/upload-lifetime.ts';
import { type UploadedDocument, uploadedDocuments } from '../uploads/use-uploads.ts';
import { checkFiling, type FilingCheckDeps, type Registering } from './check-filing.ts';
import { checkHandRequest, type HandField, type HandRequest } from './hand-request.ts';

export interface HandRegistered {
  readonly registration: RegistrationKey;
  readonly identifier: Identifier;
  /** `2026/VI.3/41`; null: put into none. */
  readonly file: string | null;
}

export interface ByHandDeps extends CommandDeps, FilingCheckDeps {
  readonly uploads: UploadDeps;
}

export async function registerByHand(
  office: Office,
  request: HandRequest,
  person: Registering,
  call: Call,
  deps: ByHandDeps,
): Promise<Result<HandRegistered>> {
  const registered = await checkAndRegister(office, request, person, call, deps);
  if (registered.ok) {
    // Not before it is registered: until then another try finds them.
    const { uploads, clock } = deps.uploads;
    if (request.uploads.length > 0) await uploads.markUsed(office.aoo, request.uploads, call.client, clock.now());
    return registered;
  }
  // Uploads expire and templates go: what was registered before is not refused now.
  return (await answeredBefore<HandRegistered>(office, call, deps.store)) ?? registered;
}

async function checkAndRegister(
  office: Office,
  request: HandRequest,
  person: Registering,
  call: Call,
  deps: ByHandDeps,
): Promise<Result<HandRegistered>> {
  if (office.numbering === 'external') return refuse(problem('hand-numbered-elsewhere'));
  const [wrong] = checkHandRequest(request, deps.clock.now());
  if (wrong !== undefined) return refuse(wrong);
  const misfiled = await checkFiling(office, request, person, deps);
  if (misfiled !== null) return refuse(misfiled);
  const documents = await uploadedDocuments(office.aoo, request.uploads, deps.uploads, call.client);
  if (!documents.ok) return documents;
  for (const { keep } of documents.value) {
    const kept = await keep();
    if (!kept.ok) return kept;
  }
  return runCommand(office, call, deps, (tx, work) =>
    register(office, { request, person, documents: documents.value.map(describe) }, tx, work),
  );
}

/**
 * What was registered under this act key, whatever was typed since: a form that was changed after its number was taken is not
 * registered again.
 */
export const registeredUnder = (office: Office, call: Call, store: Pick<Store, 'inOffice'>) =>
  store.inOffice(office.aoo, async (tx) => {
    const key = call.idempotency?.key;
    const known = key === undefined ? null : await tx.commandAnswer(call.client, key);
    const answer = known === null ? null : (known.answer as Result<HandRegistered>);
    return answer?.ok ? answer.value : null;
  });

interface Registration {
  readonly request: HandRequest;
  readonly person: Registering;
  readonly documents: readonly RegisteredDocument[];
}

async function register(
  office: Office,
  { request, person, documents }: Registration,
  tx: OfficeTransaction,
  work: UnitOfWork,
): Promise<Result<HandRegistered>> {
  const deferral = await deferralFor(request, tx, work.at);
  if (!deferral.ok) return deferral;
  if (request.templateId !== null && (await tx.byHand.template(request.templateId)) === null)
    return refuse(problem('hand-template-unknown', 'subject' satisfies HandField));
  const wishes = { ...request, person };
  const filed = await prepareFiling(wishes, tx, work);
  if (!filed.ok) return filed;
  const { registration } = await work.register(draftOf(office, request, documents));
  const key: RegistrationKey = {
    register: registration.register,
    year: registration.year,
    number: registration.number,
  };
  const { name, personId } = person;
  const { classification, receivedAt, carrier } = request;
  if (classification !== null)
    work.changeRegistration({
      ...{ ...key, version: 1, field: 'classification', oldValue: null, newValue: classification, by: name },
    });
  work.byHand.arrivals.push({
    ...key,
    carrier: carrier ?? 'other',
    receivedAt,
    deferral: deferral.value,
    registeredBy: personId,
    registeredByName: name,
    correspondentId: request.correspondents[0]?.correspondentId ?? null,
    templateId: request.templateId,
  });
  fileRegistration(key, wishes, filed.value, work);
  work.audit('registered-by-hand', `${key.register}/${key.year}/${key.number}`, {
    ...{
      by: name,
      person: personId,
      carrier,
      reserved: request.reserved,
      deferral: deferral.value?.deferralId ?? null,
    },
    ...{ file: filed.value?.identifier ?? null, classification },
  });
  return ok({
    registration: key,
    identifier: identifierOf(office, registration),
    file: filed.value?.identifier ?? null,
  });
}

function draftOf(office: Office, request: HandRequest, documents: readonly RegisteredDocument[]): RegistrationDraft {
  const { direction, correspondents, peer } = request;
  const parties = correspondents.map(({ correspondent }) => correspondent);
  const own = senderOf(office);
  const [first = own, ...others] = parties;
  return {
    direction,
    subject: oneLine(request.subject),
    sender: direction === 'outgoing' ? own : first,
    recipients: direction === 'incoming' ? [own] : direction === 'outgoing' ? parties : others,
    peerIdentifier:
      direction !== 'incoming' || peer === null
        ? null
        : {
            administration: first.administration ?? '',
            aoo: first.aoo ?? '',
            register: null,
            number: peer.number,
            date: peer.date ?? '',
            time: null,
          },
    flags: [],
    mailId: null,
    documents,
  };
}

const describe = ({ name, mediaType, sha256, size }: UploadedDocument, index: number): RegisteredDocument => ({
  ...{ role: index === 0 ? 'primary' : 'attachment', name, mediaType, sha256, size, source: null },
});

/** The authorisation is of the head, made beforehand; whoever registers under it gives the real day of receipt. */
async function deferralFor(
  { deferralId, receivedAt }: HandRequest,
  tx: OfficeTransaction,
  at: Date,
): Promise<Result<UsedDeferral | null>> {
  if (deferralId === null) return ok(null);
  const field: HandField = 'deferral';
  const found = await tx.byHand.deferral(deferralId);
  if (found === null || legalTime(at).date > found.registerUntil)
    return refuse(problem('hand-deferral-unknown', field));
  const { provision, reason, receivedFrom, receivedTo, registerUntil: until, by } = found;
  const day = receivedAt === null ? '' : legalTime(receivedAt).date;
  if (day < receivedFrom || day > receivedTo)
    return refuse(
      problem('hand-deferral-unfit', field, `dal ${italianDay(receivedFrom)} al ${italianDay(receivedTo)}`),
    );
  return ok({ deferralId, provision, reason, until, by });
}
