import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type {
  Correspondent,
  Digest,
  Generation,
  Identifier,
  ProtocolMessage,
  SegnaturaMessage,
} from '../../model/segnatura.ts';
import { lossesBetween } from './convert-losses.ts';
import { shortened } from './problem-collector.ts';
import { readSegnatura } from './read.ts';
import { writeMessage } from './write.ts';

/** Something that the other generation cannot express, or expresses differently; `at` is its place in the model. */
export type Loss = Problem;

export interface Conversion {
  /** As a reader of the other generation will read it. */
  readonly message: SegnaturaMessage;
  readonly lost: readonly Loss[];
}

/** What the other generation requires and the message lacks. */
export interface Supplied {
  /** The register of the message's own identifier, for 2013 and 3.0.0. */
  readonly register?: string;
  /** Digests of documents by file name, for 3.0.0, which requires one of each. */
  readonly digests?: ReadonlyMap<string, Digest>;
}

/**
 * Converts a message to another generation and reports what does not fit. The result is written and read back, and every
 * difference is reported. So no loss can be forgotten, and what is returned can always be written. Refused where the other
 * generation requires what the message lacks (`segnatura-not-expressible` names it).
 */
export function convert(
  message: SegnaturaMessage,
  from: Generation,
  to: Generation,
  supplied: Supplied = {},
): Result<Conversion> {
  if (from === to) return ok({ message, lost: [] });
  const lost: Loss[] = [];
  const adapted = message.kind === 'protocol-message' ? adaptMessage(message, from, to, supplied, lost) : message;
  const own = adapted.identifier === null ? null : adaptIdentifier(adapted.identifier, to, supplied, lost);
  const fitting = { ...adapted, identifier: own } as SegnaturaMessage;
  const written = writeMessage(fitting, to);
  if (!written.ok) return written;
  const read = readSegnatura(written.value, () => ({ valid: true, problems: [] }));
  if (!read.ok) return read;
  if (read.value.message === null) return refuse(read.value.problems[0] ?? problem('segnatura-no-identifier'));
  lost.push(...lossesBetween(fitting, read.value.message));
  return ok({ message: read.value.message, lost });
}

const isCircular = (generation: Generation): boolean => generation !== '3.0.0';
const hasRegister = (generation: Generation): boolean => generation === '2013' || generation === '3.0.0';

/** Form of codes in the circulars of 2001 and 2009. */
const SHORT_CODE = /^[A-Za-z0-9-]{1,8}$/;

function adaptIdentifier(identifier: Identifier, to: Generation, supplied: Supplied, lost: Loss[]): Identifier {
  const { register, number, administration, aoo } = identifier;
  if (hasRegister(to)) return { ...identifier, register: register || supplied.register || null };
  for (const [part, code] of [
    ['administration', administration],
    ['aoo', aoo],
  ] as const) {
    if (!SHORT_CODE.test(code)) lost.push(problem('convert-code', `identifier.${part}`, shortened(code)));
  }
  const short = number.replace(/^0+(?=[0-9]{7}$)/, '');
  if (short !== number) lost.push(problem('convert-number', 'identifier.number', number));
  return { ...identifier, number: short };
}

function adaptMessage(
  message: ProtocolMessage,
  from: Generation,
  to: Generation,
  supplied: Supplied,
  lost: Loss[],
): ProtocolMessage {
  if (from === '3.0.0') lost.push(problem('convert-seal'));
  // The circulars have the same places for everything they share.
  if (isCircular(from) && isCircular(to)) return message;
  return isCircular(to) ? forCirculars(message, lost) : forGuidelines(message, supplied, lost);
}

function forCirculars(message: ProtocolMessage, lost: Loss[]): ProtocolMessage {
  const recipients = message.recipients.map((each, index) => ({
    ...each,
    ...asCircularBody(each, `recipients[${index}]`, lost),
  }));
  // Where all recipients are in copy: the grammars require one who is not.
  const [first] = recipients;
  if (first !== undefined && recipients.every(({ copy }) => copy)) {
    lost.push(problem('convert-copy', 'recipients[0].copy', shortened(first.name)));
    recipients[0] = { ...first, copy: false };
  }
  const inOrder = [...recipients.filter(({ copy }) => !copy), ...recipients.filter(({ copy }) => copy)];
  const sender = asCircularBody(message.sender, 'sender', lost);
  if (sender.kind !== 'administration' || sender.aooName) return { ...message, recipients: inOrder, sender };
  // The circulars require the name of the AOO, which 3.0.0 rarely gives.
  const aooName = sender.aoo || message.identifier.aoo;
  lost.push(problem('convert-aoo-name', 'sender.aooName', shortened(aooName)));
  return { ...message, recipients: inOrder, sender: { ...sender, aooName } };
}

function asCircularBody(body: Correspondent, at: string, lost: Loss[]): Correspondent {
  const plain = withoutGroups(body, at, lost);
  if (body.kind !== 'foreign' || at === 'sender') return plain;
  lost.push(problem('convert-foreign', `${at}.kind`, shortened(body.name)));
  return { ...plain, kind: 'legal-person' };
}

/** Groups of contacts differ between circulars and 3.0.0; the summary is common to both. */
function withoutGroups<Body extends Correspondent>(body: Body, at: string, lost: Loss[]): Body {
  if (body.contacts === undefined) return body;
  lost.push(problem('convert-contacts', `${at}.contacts`));
  const { contacts: _, ...plain } = body;
  return plain as Body;
}

function forGuidelines(message: ProtocolMessage, supplied: Supplied, lost: Loss[]): ProtocolMessage {
  const documents = message.documents.map((each, index) => {
    const digest = each.digest?.hex ? each.digest : (supplied.digests?.get(each.name ?? '') ?? each.digest);
    if (each.mediaType?.trim()) return { ...each, digest };
    lost.push(problem('convert-media-type', `documents[${index}].mediaType`, shortened(each.name ?? '')));
    return { ...each, digest, mediaType: 'application/octet-stream' };
  });
  return {
    ...message,
    documents,
    sender: withoutGroups(message.sender, 'sender', lost),
    recipients: message.recipients.map((each, index) => withoutGroups(each, `recipients[${index}]`, lost)),
  };
}
