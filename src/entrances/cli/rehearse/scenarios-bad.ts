/** What goes wrong and must lead to an answer or a task: exceptions, mailboxes that do not exist, ordinary mail. */

import { uuidv7 } from '../../../kernel/uuid.ts';
import type { Correspondent, Generation } from '../../../model/segnatura.ts';
import { sendMessage } from '../../../service/outgoing/send-message.ts';
import type { SendRequest } from '../../../service/outgoing/send-request.ts';
import type { ExchangeDetail } from '../../../service/queries/views.ts';
import type { MailRecipe } from '../../../service/register/mail-recipe.ts';
import type { Office } from '../../../service/register/office.ts';
import { numberOf } from './rehearsal-numbers.ts';
import {
  CLASSIFICATIONS,
  DOCUMENT,
  done,
  ensure,
  exchangeUntil,
  exchangeWith,
  reaches,
  registrationsOf,
  type Scenario,
  type ScenarioContext,
  sendFrom,
  submit,
  taskOf,
} from './scenario.ts';

/** Providers take it for a virus. In pieces, so that no scanner takes this file for one. */
const HARMLESS_VIRUS = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');

const NOBODY = {
  kind: 'administration',
  name: 'Ente di prova inesistente',
  administration: 'prova_inesistente',
  aoo: 'PROVAIN',
  aooName: null,
  office: null,
  address: null,
  taxCode: null,
} as const;
const of = ({ name, administration, code, address }: Office): Correspondent => ({
  ...NOBODY,
  name,
  administration,
  aoo: code,
  address,
});
const NOBODYS_ADDRESS = 'protocollo@pec.inesistente.example.it';

interface Unsent {
  readonly subject: string;
  readonly generation: Generation;
  readonly correspondent: Correspondent;
}

/** Registers a message that never leaves because the provider refuses its content; returns its mail. */
async function refusedByProvider(context: ScenarioContext, { subject, generation, correspondent }: Unsent) {
  const { own, other, tools, call } = context;
  const given = numberOf(own);
  const request: SendRequest = {
    ...(given !== null && { given }),
    subject: `${context.mark} ${subject}`,
    generation,
    confirmationRequested: true,
    classifications: CLASSIFICATIONS,
    recipients: [{ address: other.address, correspondent }],
    documents: [{ ...DOCUMENT, bytes: Buffer.from(HARMLESS_VIRUS) }],
  };
  const { exchanges } = done(await sendMessage(own, request, tools, call));
  const id = exchanges[0]?.exchangeId ?? '';
  await reaches(context, own, id, 'failed');
  const recipe = (await tools.records.exchange(own.aoo, id))?.sent[0]?.recipe;
  ensure(recipe !== undefined, `the mail of ${id} is no longer known`);
  return { id, recipe };
}

/** The same mail under another id, with a harmless document, and its segnatura changed by `change`. */
function withHarmlessDocument(recipe: MailRecipe, change: (xml: string) => string): MailRecipe {
  const parts = recipe.parts.map(({ content, ...part }) => {
    if (!('base64' in content)) return { ...part, content: { base64: DOCUMENT.bytes.toString('base64') } };
    const xml = change(Buffer.from(content.base64, 'base64').toString('latin1'));
    return { ...part, content: { base64: Buffer.from(xml, 'latin1').toString('base64') } };
  });
  return { ...recipe, messageId: `<${uuidv7(new Date())}@prova.example.it>`, parts };
}

/** The recipient must refuse the mail: an exception with this reason, a task, and no registration. */
async function mustBeRefused(
  context: ScenarioContext,
  { id, recipe }: { id: string; recipe: MailRecipe },
  reason: string,
) {
  const { own, other } = context;
  await submit(context, own, recipe);
  const { events } = await reaches(context, own, id, 'excepted', ['failed']);
  const said = JSON.stringify(events.findLast(({ type }) => type === 'exception')?.data ?? '');
  ensure(said.includes(reason), `the exception gives another reason: ${said.slice(0, 300)}`);
  await taskOf(context, id, 'excepted');
  const numbers = await registrationsOf(context, other, 'incoming');
  ensure(numbers.length === 0, `${other.name} refused the message and registered it all the same`);
}

export const wrongRecipient: Scenario = {
  title: 'a message for somebody else is refused, and the exception says why',
  advice: 'does the policy of the recipient make something else than an exception of "recipient-wrong"?',
  with: 'council',
  async run(context) {
    const subject = 'Messaggio di prova per un altro ente';
    const { id, recipe } = await refusedByProvider(context, { subject, generation: '2013', correspondent: NOBODY });
    const { address } = context.other;
    const mail = withHarmlessDocument(recipe, (xml) => xml.replaceAll(address, NOBODYS_ADDRESS));
    await mustBeRefused(context, { id, recipe: mail }, 'Destinatario errato');
  },
};

/** In 3.0.0: only that generation has a digest of every document (allegato 6, 002_AnomaliaImpronte). */
export const wrongDigest: Scenario = {
  title: 'a document that is not the one of its digest is refused, and the exception says so',
  advice: 'does the policy of the recipient make something else than an exception of "document-digest-differs"?',
  with: 'council',
  async run(context) {
    const subject = 'Messaggio di prova con impronta errata';
    const correspondent = of(context.other);
    const { id, recipe } = await refusedByProvider(context, { subject, generation: '3.0.0', correspondent });
    const reason = `impronta del documento «${DOCUMENT.name}» non corrisponde`;
    await mustBeRefused(context, { id, recipe: withHarmlessDocument(recipe, (xml) => xml) }, reason);
  },
};

export const refusedByHand: Scenario = {
  title: 'a message that a person refuses: the exception is sent, delivered and reaches the sender',
  advice: 'interpro show the exchange of the recipient: was its NotificaEccezione sent and delivered?',
  with: 'anybody',
  async run(context) {
    const { own, other, tools, call } = context;
    const { outgoing, incoming } = await exchangeWith(context);
    const reason = `Prova di rifiuto ${context.mark}`;
    done(await tools.commands.refuse(other, { exchangeId: incoming.id, version: null, reason }, call));
    const { events } = await reaches(context, own, outgoing.id, 'excepted', ['confirmed']);
    const said = JSON.stringify(events.findLast(({ type }) => type === 'exception')?.data ?? '');
    ensure(said.includes(reason), `the exception gives another reason: ${said.slice(0, 300)}`);
    // The confirmation came first: a person has to find out which of the two is right.
    await taskOf(context, outgoing.id, 'contradiction');
    await reaches(context, other, incoming.id, 'refused', ['confirmed']);
  },
};

const nobodyAt = ({ other }: ScenarioContext): string => `prova-casella-inesistente@${other.address.split('@').at(-1)}`;

export const ordinaryMail: Scenario = {
  title: 'a message to ordinary mail ends at its acceptance: nothing more will come',
  advice: 'interpro show the exchange: what kind of recipient does the accettazione name?',
  with: 'council',
  async run(context) {
    const exchangeId = await sendFrom(context, context.own, 'persona.di.prova@posta.example.com');
    const { awaits } = await reaches(context, context.own, exchangeId, 'unevidenced');
    ensure(awaits === null, `it still waits for ${awaits}; interpro show ${exchangeId}`);
  },
};

export const sentAgain: Scenario = {
  title: "a message to no mailbox comes on a person's list; sent again it keeps its number and doubles nothing",
  advice: 'interpro show the exchange: is the mancata consegna there and believed, and is anything there twice?',
  with: 'council',
  async run(context) {
    const { own, tools, call } = context;
    const exchangeId = await sendFrom(context, own, nobodyAt(context));
    const before = await reaches(context, own, exchangeId, 'failed');
    await taskOf(context, exchangeId, 'not-delivered');
    done(await tools.commands.resend(own, { exchangeId, version: null }, call));
    const failures = ({ events }: ExchangeDetail) =>
      events.filter(({ type }) => type === 'receipt-errore-consegna').length;
    const wanted = 'the answer of the provider to the repeat';
    const after = await exchangeUntil(context, own, exchangeId, wanted, (now) => failures(now) > failures(before), [
      'failed',
    ]);
    ensure(after.ourNumber === before.ourNumber, `${before.ourNumber} has become ${after.ourNumber}`);
    const ids = new Set(after.outbox.map(({ messageId }) => messageId));
    ensure(after.outbox.length === 1 && ids.size === 1, 'the repeat is another mail');
    const numbers = await registrationsOf(context, own, 'outgoing');
    ensure(numbers.length === 1, `${own.name} registered the message ${numbers.length} times`);
  },
};
