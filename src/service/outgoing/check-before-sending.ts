/** What a person should know before a message is sent: nothing is registered, no number is taken, nothing is kept. */
import type { RegisteredDocument } from '../../domain/register/registration.ts';
import { type Clock, italianMinute, legalTime } from '../../kernel/clock.ts';
import type { AooId, MailAddress, Sha256 } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { Generation, ProtocolMessage } from '../../model/segnatura.ts';
import type { Suggestion } from '../index/look-up.ts';
import type { Office } from '../register/office.ts';
import { checkDetails } from './message-details.ts';
import { readOwn } from './outgoing-segnatura.ts';
import { type RehearsedMessage, rehearse } from './rehearse.ts';
import {
  doubledRows,
  inGenerations,
  type Resolved,
  type ResolvedRow,
  type ResolveRowsDeps,
  resolveRecipients,
} from './resolve-recipients.ts';
import type { SendRequest } from './send-request.ts';
import type { SendToRequest } from './send-to.ts';

/** What was sent before, as far as it bears on the next message. */
export interface SentBefore {
  /** Of these addresses, those whose last message was not delivered, and when that was known. */
  lastFailures(aoo: AooId, addresses: readonly MailAddress[]): Promise<ReadonlyMap<string, Date>>;
  /** Registrations of the legal day with just these documents: to which of these addresses. Annulled ones do not count. */
  sentOn(
    aoo: AooId,
    date: string,
    documents: readonly Sha256[],
    addresses: readonly MailAddress[],
  ): Promise<readonly { readonly address: string; readonly number: number; readonly year: number }[]>;
}

export interface CheckDeps extends ResolveRowsDeps {
  readonly sentBefore: SentBefore;
  readonly clock: Clock;
}

export interface CheckedRow {
  /** As the person counts them: the first is 1. */
  readonly row: number;
  readonly named: string;
  readonly recipient: Resolved | null;
  /** Null also where no segnatura is written for it. */
  readonly generation: Generation | null;
  /** Why the message cannot be sent as it is. */
  readonly problem: Problem | null;
  readonly suggestions: readonly Suggestion[];
  /** What does not hinder it. */
  readonly warnings: readonly Problem[];
}

/** A segnatura as it would be sent, but for its number. */
export interface SegnaturaPreview {
  readonly generation: Generation;
  readonly bytes: Buffer;
  /** As its reader will read it. */
  readonly message: ProtocolMessage;
  /** What of the details has no place in it. */
  readonly lost: readonly Problem[];
}

export interface SendCheck {
  readonly rows: readonly CheckedRow[];
  /** Of the message as a whole. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Of one mail, at most; null where that could not be found out. */
  readonly bytes: number | null;
  readonly limit: number;
  /** What the readers of each generation will find; empty where it cannot be written. */
  readonly previews: readonly SegnaturaPreview[];
}

/** Errors are named by the row of the recipient. */
export async function checkBeforeSending(office: Office, request: SendToRequest, deps: CheckDeps): Promise<SendCheck> {
  const count = request.to.length + (request.copies?.length ?? 0);
  if (count > LIMITS.messageRecipients) return refusedWhole(office, tooMany());
  const rows = await resolveRecipients(request, deps);
  const known = rows.flatMap((row) => (row.ok ? [row.recipient] : []));
  const checked = withProblems(rows);
  const wish = { ...request, generation: '2013', recipients: inGenerations(office, known, request) } as const;
  const rehearsed = await rehearse(office, wish, deps.clock.now());
  const details = checkDetails(office, request.details ?? {});
  const problems = [
    ...(count === 0 ? [problem('recipients-missing')] : []),
    ...[rehearsed, details].flatMap((one) => (one.ok ? [] : [one.problem])),
  ];
  const documents = rehearsed.ok ? rehearsed.value.documents : [];
  const { each, whole } = await warningsOf(office, documents, known, deps);
  const generations = new Map(
    wish.recipients.map(({ address, plain, generation }) => [address, plain ? null : generation]),
  );
  return {
    rows: checked.map((row) => ({
      ...row,
      generation: generations.get(row.recipient?.address as MailAddress) ?? null,
      warnings: each.get(row.recipient?.address ?? '') ?? [],
    })),
    problems,
    warnings: whole,
    bytes: rehearsed.ok ? rehearsed.value.bytes : null,
    limit: office.mailLimit,
    previews: rehearsed.ok ? previewsOf(rehearsed.value) : [],
  };
}

const previewsOf = ({ segnature, lost }: RehearsedMessage): readonly SegnaturaPreview[] =>
  [...segnature].map(([generation, bytes]) => ({
    ...{ generation, bytes, message: readOwn(bytes) },
    lost: lost.get(generation) ?? [],
  }));

const tooMany = (): Problem => problem('recipients-too-many', '', String(LIMITS.messageRecipients));

const refusedWhole = ({ mailLimit }: Office, why: Problem): SendCheck => ({
  rows: [],
  problems: [why],
  warnings: [],
  bytes: null,
  limit: mailLimit,
  previews: [],
});

function withProblems(rows: readonly ResolvedRow[]): readonly Omit<CheckedRow, 'generation' | 'warnings'>[] {
  const doubled = doubledRows(rows.map((row, index) => (row.ok ? row.recipient.address : ` ${index}`)));
  return rows.map((row, index) => {
    if (!row.ok) return { row: index + 1, recipient: null, ...row.uncertain };
    const before = doubled.get(index);
    const why = before === undefined ? null : problem('recipient-row-doubled', '', String(before + 1));
    return { row: index + 1, named: row.recipient.named, recipient: row.recipient, problem: why, suggestions: [] };
  });
}

async function warningsOf(
  office: Office,
  documents: readonly RegisteredDocument[],
  recipients: SendRequest['recipients'],
  { sentBefore, clock }: CheckDeps,
): Promise<{ readonly each: ReadonlyMap<string, readonly Problem[]>; readonly whole: readonly Problem[] }> {
  const addresses = [...new Set(recipients.map(({ address }) => address))];
  const digests = documents.map(({ sha256 }) => sha256);
  const failures = await sentBefore.lastFailures(office.aoo, addresses);
  const sent =
    digests.length === 0 ? [] : await sentBefore.sentOn(office.aoo, legalTime(clock.now()).date, digests, addresses);
  const numbers = new Map(
    sent.map(({ address, number, year }) => [address, `${String(number).padStart(7, '0')}/${year}`]),
  );
  const [number] = numbers.values();
  const isWhole = number !== undefined && addresses.every((address) => numbers.has(address));
  const each = addresses.map((address): [string, Problem[]] => {
    const failed = failures.get(address);
    const had = isWhole ? undefined : numbers.get(address);
    return [
      address,
      [
        ...(failed === undefined ? [] : [problem('recipient-failed-before', '', italianMinute(failed))]),
        ...(had === undefined ? [] : [problem('recipient-had-it-today', '', had)]),
      ],
    ];
  });
  return { each: new Map(each), whole: isWhole ? [problem('sent-today-already', '', number)] : [] };
}
