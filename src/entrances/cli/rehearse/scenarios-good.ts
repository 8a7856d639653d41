/** What must work between two offices: message, confirmation, copy, update, both annulments, mail without segnatura. */

import { uuidv7 } from '../../../kernel/uuid.ts';
import { numberOf } from './rehearsal-numbers.ts';
import {
  answerAt,
  arrivedAt,
  done,
  ensure,
  exchangeUntil,
  exchangeWith,
  reaches,
  registrationOf,
  registrationsOf,
  type Scenario,
  submit,
  taskOf,
} from './scenario.ts';

const RECEIPTS = ['receipt-accettazione', 'receipt-avvenuta-consegna'];

export const toItself: Scenario = {
  title: 'a message to itself is registered, confirmed and knows its own number',
  advice: 'interpro doctor; is the service running, and do SMTP and IMAP belong to the same mailbox?',
  with: 'itself',
  run: async (context) => void (await exchangeWith(context)),
};

export const toTheOther: Scenario = {
  title: 'a message is accepted, delivered, registered there and confirmed here',
  advice: 'interpro show the exchange: the last receipt in it says how far the message came',
  with: 'council',
  async run(context) {
    const { outgoing } = await exchangeWith(context);
    const all = (types: readonly string[]) => RECEIPTS.every((type) => types.includes(type));
    const wanted = 'every receipt of the provider';
    await exchangeUntil(
      context,
      context.own,
      outgoing.id,
      wanted,
      ({ events }) => all(events.map(({ type }) => type)),
      ['confirmed'],
    );
  },
};

export const copy: Scenario = {
  title: 'a copy of a message is answered again and not registered twice',
  advice: 'the register of the recipient holds a number too many: report it with interpro evidence of both exchanges',
  with: 'council',
  async run(context) {
    const { own, other, tools } = context;
    const { outgoing, incoming } = await exchangeWith(context);
    const recipe = (await tools.records.exchange(own.aoo, outgoing.id))?.sent[0]?.recipe;
    ensure(recipe !== undefined, `the mail of ${outgoing.id} is no longer known`);
    await submit(context, own, recipe);
    const twice = ({ events }: typeof incoming) => events.filter(({ type }) => type === 'received').length > 1;
    await exchangeUntil(context, other, incoming.id, 'the copy', twice, ['confirmed']);
    const numbers = await registrationsOf(context, other, 'incoming');
    ensure(numbers.length === 1, `${other.name} registered the message ${numbers.length} times`);
  },
};

export const update: Scenario = {
  title: 'a change of office after the confirmation reaches the sender',
  advice: 'interpro show the exchange of the recipient: was its AggiornamentoConferma sent and delivered?',
  with: 'anybody',
  async run(context) {
    const { own, other, tools, call } = context;
    const { outgoing, incoming } = await exchangeWith(context);
    const wish = { registration: registrationOf(incoming), office: 'Ufficio di prova' };
    done(await tools.commands.change(other, wish, call));
    const told = ({ events }: typeof incoming) => events.some(({ type }) => type === 'update');
    await exchangeUntil(context, own, outgoing.id, 'the update', told, ['confirmed']);
  },
};

const WHY = { reason: 'Prova di funzionamento', provision: 'Prova di funzionamento, nessun provvedimento' };

export const annulledBySender: Scenario = {
  title: 'an annulment by the sender reaches the recipient, who is told',
  advice: 'interpro show the exchange of the sender: was its AnnullamentoProtocollazione sent and delivered?',
  with: 'anybody',
  async run(context) {
    const { own, other, tools, call } = context;
    const { outgoing, incoming } = await exchangeWith(context);
    done(await tools.commands.annul(own, { registration: registrationOf(outgoing), ...WHY }, call));
    await reaches(context, own, outgoing.id, 'withdrawn', ['confirmed']);
    await reaches(context, other, incoming.id, 'annulled', ['confirmed']);
    await taskOf(context, incoming.id, 'annulled-by-sender');
  },
};

export const annulledByRecipient: Scenario = {
  title: 'an annulment by the recipient reaches the sender, who is told',
  advice: 'interpro show the exchange of the recipient: was its AnnullamentoProtocollazione sent and delivered?',
  with: 'anybody',
  async run(context) {
    const { own, other, tools, call } = context;
    const { outgoing, incoming } = await exchangeWith(context);
    done(await tools.commands.annul(other, { registration: registrationOf(incoming), ...WHY }, call));
    await reaches(context, own, outgoing.id, 'annulled', ['confirmed']);
    await taskOf(context, outgoing.id, 'annulled-by-recipient');
  },
};

export const withoutSegnatura: Scenario = {
  title: 'mail without segnatura waits to be decided on, is registered, and its sender gets a receipt',
  advice: "does a rule of the office (plainMail) register such mail by itself? Then it is on nobody's list",
  with: 'council',
  async run(context) {
    const { own, other, tools, call } = context;
    await submit(context, other, {
      messageId: `<${uuidv7(new Date())}@prova.example.it>`,
      from: other.address,
      to: [own.address],
      subject: `${context.mark} Istanza senza segnatura`,
      date: new Date().toISOString(),
      text: 'Istanza di prova, senza valore.\n',
      parts: [],
    });
    const { id } = await arrivedAt(context, own);
    const external = own.numbering === 'external';
    const waiting = await reaches(context, own, id, external ? 'held' : 'operator');
    if (!external) await taskOf(context, waiting.id, 'decide');
    const wish = { exchangeId: id, version: null, given: numberOf(own), answer: true };
    done(await tools.commands.register(own, wish, call));
    const delivered = ({ events }: typeof waiting) => events.some(({ type }) => type === 'receipt-avvenuta-consegna');
    await exchangeUntil(context, own, id, 'the delivery of the receipt', delivered, ['confirmed']);
    await answerAt(context, other);
  },
};
