/**
 * Checks a segnatura against what is known around it: the office it came to, the envelope it came in, the time. A check
 * whose facts are missing (a segnatura without its mail, `inspect` without an office) is skipped. Names and codes are
 * compared without regard to case, addresses as mail addresses.
 */

import { italianDay, legalTime } from '../../kernel/clock.ts';
import { mailAddress } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { sameText } from '../../kernel/same-text.ts';
import { COMMUNICATION, type Correspondent, type ProtocolMessage, type Recipient } from '../../model/segnatura.ts';
import type { InspectedDocument } from './inspection.ts';

/** The office a message came to. */
export interface Addressee {
  readonly administration: string;
  readonly code: string;
  /** All certified addresses it is known by, lower case. */
  readonly addresses: readonly string[];
}

export interface Arrival {
  /** Null when nobody says which office is meant. */
  readonly office: Addressee | null;
  /** What the proven envelope says; null when there is none. */
  readonly envelope: { readonly sender: string | null; readonly certifiedAt: Date | null } | null;
  /** The time of the judgement. */
  readonly at: Date;
}

export function checkMessage(message: ProtocolMessage, arrival: Arrival): readonly Problem[] {
  return [
    ...checkRecipients(message.recipients, arrival.office),
    ...checkSenderCodes(message),
    ...checkSenderAddress(message, arrival.envelope),
    ...checkRegistration(message, arrival),
  ];
}

/** "Destinatario errato": one of the recipients must be this office, by its codes or by one of its addresses. */
function checkRecipients(recipients: readonly Recipient[], office: Addressee | null): Problem[] {
  if (office === null) return [];
  const readable = recipients.filter(({ administration, aoo, address }) => administration ?? aoo ?? address);
  if (readable.length === 0) return [problem('recipient-unreadable')];
  let otherArea: string | null = null;
  for (const recipient of readable) {
    const address = mailAddress(recipient.address ?? '');
    if (address !== null && office.addresses.includes(address)) return [];
    if (!sameText(recipient.administration, office.administration)) continue;
    if (recipient.aoo === null || sameText(recipient.aoo, office.code)) return [];
    // AOO codes changed in 2022: only a recipient with an address of its own certainly means another AOO.
    if (address === null) otherArea = recipient.aoo;
  }
  if (otherArea !== null) return [problem('recipient-other-aoo', '', short(otherArea))];
  return [problem('recipient-wrong', '', listed(readable))];
}

const listed = (recipients: readonly Recipient[]): string => {
  const names = recipients.slice(0, 3).map(({ name, address, administration, aoo }) => {
    const codes = [administration, aoo].filter((code) => code !== null).join('/');
    return short(name || codes || address || '');
  });
  return recipients.length > 3 ? `${names.join(', ')} e altri ${recipients.length - 3}` : names.join(', ');
};

const isAdministration = ({ kind, administration }: Correspondent): boolean =>
  kind === 'administration' && administration !== null && administration !== COMMUNICATION;

/** The sender is who registered: its codes must be those of the registration. */
function checkSenderCodes({ sender, identifier }: ProtocolMessage): Problem[] {
  if (!isAdministration(sender) || identifier.administration === COMMUNICATION) return [];
  const pairs = [
    [sender.administration, identifier.administration],
    [sender.aoo, identifier.aoo],
  ] as const;
  const differing = pairs.filter(([own, registered]) => own !== null && !sameText(own, registered));
  return differing.map(([own, registered]) =>
    problem('sender-codes-differ', '', `${short(own ?? '')} e ${short(registered)}`),
  );
}

/** The certified sender should be one of the addresses that the segnatura names. */
function checkSenderAddress({ sender, replyTo }: ProtocolMessage, envelope: Arrival['envelope']): Problem[] {
  // In 3.0.0 a sender may name several, the first for answers.
  const others = (sender.contacts ?? []).flatMap(({ addresses = [] }) => addresses.map(({ address }) => address));
  const named = [sender.address, replyTo, ...others].filter((address) => address !== null && address !== '');
  const certified = envelope === null ? null : mailAddress(envelope.sender ?? '');
  if (named.length === 0) {
    const answerable = envelope === null || certified !== null;
    return [problem(answerable ? 'sender-address-missing' : 'sender-address-empty')];
  }
  // The URL of a service is no mail address: there is nothing to compare.
  const addresses = named.map((address) => mailAddress(address ?? '')).filter((address) => address !== null);
  if (certified === null || addresses.length === 0 || addresses.includes(certified)) return [];
  return [problem('sender-address-differs', '', `${addresses[0]} invece di ${certified}`)];
}

const DAY = 24 * 60 * 60 * 1000;
/** A registration of the last days of a year may be sent in the next one. */
const TURN_OF_YEAR = 31 * DAY;
const FIRST_YEAR = 2000;

/** Number, date and year against the certified time of sending, else against the time of the judgement. */
function checkRegistration({ identifier }: ProtocolMessage, { envelope, at }: Arrival): Problem[] {
  const problems: Problem[] = [];
  if (/^0+$/.test(identifier.number)) problems.push(problem('registration-number-zero'));
  const sent = envelope?.certifiedAt ?? null;
  const now = sent ?? at;
  const { date } = identifier;
  const year = Number(date.slice(0, 4));
  if (date > legalTime(new Date(now.getTime() + DAY)).date)
    problems.push(problem('registration-date-future', '', italianDay(date)));
  else if (year < FIRST_YEAR) problems.push(problem('registration-date-old', '', italianDay(date)));
  else if (sent !== null && date < legalTime(new Date(sent.getTime() - TURN_OF_YEAR)).date) {
    if (year !== legalTime(sent).year) problems.push(problem('registration-year-differs', '', String(year)));
  }
  return problems;
}

/** To another administration at least one document is digitally signed. */
export function checkSigned(
  { sender }: ProtocolMessage,
  documents: readonly Pick<InspectedDocument, 'present' | 'role' | 'sha256' | 'signature'>[],
  office: Addressee | null,
): readonly Problem[] {
  if (office === null || !isAdministration(sender) || sameText(sender.administration, office.administration)) return [];
  const described = documents.filter(
    ({ present, role, sha256 }) => present && role !== 'undeclared' && sha256 !== null,
  );
  const isUnsigned = described.length > 0 && described.every(({ signature }) => signature === 'absent');
  return isUnsigned ? [problem('document-unsigned')] : [];
}

/** The sender's words inside our sentence: short, on one line, cut between characters. */
const short = (text: string): string =>
  text
    .slice(0, 80)
    .replace(/[\ud800-\udbff]$/, '')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, ' ');
