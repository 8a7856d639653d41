import { type IncomingEffect, type IncomingState, incoming } from '../domain/exchange/incoming.ts';
import { effectOf } from '../domain/exchange/policy.ts';
import { oneLine, type RegisteredDocument } from '../domain/register/registration.ts';
import type { Identifier, ProtocolMessage } from '../formats/segnatura/model.ts';
import { mailAddress } from '../kernel/ids.ts';
import { type Problem, problem } from '../kernel/problems.ts';
import { uuidv7 } from '../kernel/uuid.ts';
import { answerMail } from './answer.ts';
import type { Judged, Outcome } from './judged.ts';
import { incomingIdentity, type Knowledge } from './knowledge.ts';
import type { Ledger } from './ledger.ts';
import type { Office } from './office.ts';
import type { Exchange } from './store.ts';

/** A segnatura came in: registers, confirms, refuses, answers again or leaves it to a person, as the exchange's state has it. */
export async function receiveMessage(
  office: Office,
  mail: Judged,
  ledger: Ledger,
  knowledge: Knowledge,
): Promise<Outcome> {
  const { judged, kept } = mail;
  const message = judged.reading?.message?.kind === 'protocol-message' ? judged.reading.message : null;
  const identity = incomingIdentity(mail) ?? kept.mailId;
  const known = ledger.find((exchange) => exchange.direction === 'incoming' && exchange.identity === identity);
  const step = incoming((known?.state ?? 'new') as IncomingState, {
    type: 'received',
    decision: judged.inspection.decision,
    answerWanted: office.confirm === 'always' || message?.confirmationRequested === true,
    sameContent: known?.content === judged.content,
  });

  const decides = step.effects.some(({ type }) => type === 'register' || type === 'refuse');
  const exchange = known !== undefined && !decides ? known : openExchange(mail, identity, message, ledger.at, known);
  let change: Partial<Exchange> = { state: step.next };
  let note: string | null = null;
  let identifier: Identifier | null = null;
  for (const effect of step.effects) {
    const done = await carryOut(effect, { office, mail, message, exchange, identifier, ledger, knowledge });
    change = { ...change, ...done.change };
    identifier = done.identifier ?? identifier;
    note = done.note ?? note;
  }
  ledger.append(
    exchange,
    {
      type: 'received',
      once: `received ${kept.mailId}`,
      mailId: kept.mailId,
      data: { action: judged.inspection.decision.action, codes: judged.inspection.decision.codes },
    },
    change,
  );
  return {
    exchangeId: exchange.exchangeId,
    note,
    ...(known !== undefined && !decides && { decision: repeatedDecision(known, judged.content) }),
  };
}

interface Work {
  readonly office: Office;
  readonly mail: Judged;
  readonly message: ProtocolMessage | null;
  readonly exchange: Exchange;
  readonly identifier: Identifier | null;
  readonly ledger: Ledger;
  readonly knowledge: Knowledge;
}
interface Done {
  readonly change?: Partial<Exchange>;
  readonly identifier?: Identifier;
  readonly note?: string;
}

async function carryOut(effect: IncomingEffect, work: Work): Promise<Done> {
  const { office, exchange, ledger, knowledge, message } = work;
  const received = { identifier: message?.identifier ?? null, firstRegistration: null, description: describe(work) };
  switch (effect.type) {
    case 'register':
      return register(work);
    case 'confirm': {
      if (work.identifier === null) throw new Error('a confirmation needs a registration');
      ledger.queue(
        answerMail(office, exchange, received, { kind: 'confirmation', identifier: work.identifier }, ledger.at),
      );
      return {};
    }
    case 'refuse':
      ledger.queue(
        answerMail(
          office,
          exchange,
          received,
          { kind: 'exception', identifier: null, reasons: effect.reasons },
          ledger.at,
        ),
      );
      ledger.audit('refused', exchange.exchangeId, { reasons: effect.reasons });
      return { change: { content: work.mail.judged.content } };
    case 'answer-again': {
      const answer = knowledge.answers.get(exchange.exchangeId);
      if (answer !== undefined && !answer.waiting) ledger.requeue(answer.outboxId);
      return {};
    }
    case 'show':
      ledger.audit('left-to-a-person', exchange.exchangeId, { reason: effect.reason });
      return { note: effect.reason };
  }
}

/** Only a message that bore no readable registration is described in words (circ. 60/2013). */
const describe = ({ message, mail }: Work): string | null =>
  message === null ? (mail.judged.opened.pec?.messageId ?? (mail.judged.opened.headers.subject || UNNAMED)) : null;

const UNNAMED = 'messaggio senza identificativo';

async function register({ office, mail, message, ledger }: Work): Promise<Done> {
  if (message === null) throw new Error('nothing to register: the segnatura was not read');
  const { registration, identifier } = await ledger.register({
    direction: 'incoming',
    subject: oneLine(message.subject),
    sender: message.sender,
    recipients: message.recipients,
    peerIdentifier: message.identifier,
    flags: flagsOf(mail, office),
    mailId: mail.kept.mailId,
    documents: documentsOf(mail),
  });
  const { register: book, year, number } = registration;
  return { change: { registered: { register: book, year, number }, content: mail.judged.content }, identifier };
}

/** What stands with the registration: what its office minds. Mere notes stay in the judgement of the mail. */
const flagsOf = ({ judged }: Judged, { policy }: Office): readonly Problem[] =>
  [...judged.inspection.problems, ...(judged.inspection.segnatura?.problems ?? [])].filter(
    ({ code }) => effectOf(code, policy) !== 'note',
  );

/** The files as they lie in the kept mail: the bytes are durable already and are not stored a second time. */
function documentsOf({ judged, kept }: Judged): readonly RegisteredDocument[] {
  const roles = new Map(judged.inspection.documents.map((document) => [document.sha256, document.role]));
  return judged.files.map((file) => ({
    role: roles.get(file.sha256) ?? 'undeclared',
    name: file.name ?? '',
    mediaType: file.mediaType,
    sha256: file.sha256,
    size: file.size,
    source: { sha256: kept.sha256, part: file.part },
  }));
}

/** A new exchange, or the known one (refused before) with what the sender has mended. */
function openExchange(
  { judged }: Judged,
  identity: string,
  message: ProtocolMessage | null,
  at: Date,
  known: Exchange | undefined,
): Exchange {
  const sender = judged.opened.pec?.sender ?? judged.opened.headers.from ?? '';
  const replyTo = message?.replyTo == null ? null : mailAddress(message.replyTo);
  return {
    exchangeId: known?.exchangeId ?? uuidv7(at),
    direction: 'incoming',
    identity,
    content: judged.content,
    state: known?.state ?? 'new',
    version: known?.version ?? 0,
    generation: judged.reading?.generation ?? '3.0.0',
    peerAddress: replyTo ?? sender,
    peer: message?.sender ?? null,
    subject: oneLine(message?.subject ?? judged.opened.contentHeaders?.subject ?? ''),
    registered: null,
    peerIdentifier: message?.identifier ?? null,
    createdAt: known?.createdAt ?? at,
    updatedAt: at,
  };
}

function repeatedDecision(known: Exchange, content: string): NonNullable<Outcome['decision']> {
  const same = known.content === content;
  const found = same ? problem('message-repeated') : problem('segnatura-conflict');
  return { action: same ? 'ignore' : 'operator', reasons: [found.message], codes: [found.code] };
}
