/** What a person decides about one exchange: register, refuse, confirm, close, hand over, send again. */
import type { Result } from '../../kernel/result.ts';
import type { Decided } from '../../service/commands/decide-incoming.ts';
import {
  type Deciding,
  exchangeAt,
  type Given,
  incomingAt,
  NotFound,
  type OwnDesk,
  officeOf,
  runDeciding,
  told,
} from './deciding.ts';
import { Unusable } from './files.ts';
import { givenNumber, NUMBER_FORM } from './given-number.ts';

const EXCHANGE = 'EXCHANGE';

const numberOf = (given: Given, register: string) => {
  const [number, date, time] = [given.text('number'), given.text('date'), given.text('time')];
  const read = givenNumber({ number, date, time }, register);
  if (read === 'wrong') throw new Unusable(NUMBER_FORM);
  return read;
};

/** `registered under number 0000002 of 2026-11-22; confirming (interpro show …)` */
const outcome = (done: Result<Decided>, what: string) =>
  told(done, ({ exchangeId, state, identifier }) => {
    const number = identifier === null ? '' : ` under number ${identifier.number} of ${identifier.date}`;
    return `${what}${number}; state: ${state} (interpro show ${exchangeId})`;
  });

const register: Deciding = {
  name: 'register',
  of: EXCHANGE,
  about: `Registers a message that waits for a person, or for your own protocol system, and answers its sender. What is not
given is taken from the message.`,
  options: {
    subject: { value: 'TEXT', help: 'instead of that of the message' },
    office: { value: 'NAME', help: 'the office inside the AOO it is assigned to' },
    classification: { value: 'CODE', help: 'its place in the filing plan' },
    number: { value: 'N', help: 'where your own protocol system numbers; with --date and --time' },
    date: { value: 'DAY', help: 'yyyy-mm-dd' },
    time: { value: 'TIME', help: 'hh:mm:ss' },
    'no-answer': { help: 'tell the sender nothing' },
  },
  check: (given) => void numberOf(given, ''),
  async run(desk, given) {
    const { office } = await incomingAt(desk, given.id);
    const wishes = (['subject', 'office', 'classification'] as const).flatMap((name) => {
      const text = given.text(name);
      return text === undefined ? [] : [[name, text]];
    });
    const request = {
      ...Object.fromEntries(wishes),
      exchangeId: given.id,
      version: null,
      given: numberOf(given, office.register),
      answer: given.flag('no-answer') ? false : null,
    };
    return outcome(await desk.commands.register(office, request, desk.call), 'registered');
  },
};

const refusal: Deciding = {
  name: 'refuse',
  of: EXCHANGE,
  about: 'Refuses a message: its sender gets a NotificaEccezione that names the reason.',
  options: { reason: { value: 'TEXT', help: 'why, Italian: the sender reads it', needed: true } },
  async run(desk, given) {
    const { office } = await incomingAt(desk, given.id);
    const request = { exchangeId: given.id, version: null, reason: given.needed('reason') };
    return outcome(await desk.commands.refuse(office, request, desk.call), 'refused');
  },
};

const confirm: Deciding = {
  name: 'confirm',
  of: EXCHANGE,
  about: 'Confirms a registered message whose sender has not been told its number.',
  options: {},
  async run(desk, given) {
    const { office } = await incomingAt(desk, given.id);
    const request = { exchangeId: given.id, version: null };
    return outcome(await desk.commands.confirm(office, request, desk.call), 'confirmed');
  },
};

const close: Deciding = {
  name: 'close',
  of: 'EXCHANGE|TASK',
  about: `Puts an incoming message aside without registering it, or takes a task off a person's list (interpro list tasks).`,
  options: { why: { value: 'TEXT', help: 'why, or what was done about it', needed: true } },
  async run(desk, given) {
    const { views, commands, call } = desk;
    const why = given.needed('why');
    const task = await views.task(given.id);
    if (task !== null) {
      const done = await commands.closeTask(officeOf(desk, task.aoo), { taskId: given.id, outcome: why }, call);
      return told(done, ({ taskId }) => `task ${taskId} is closed`);
    }
    const exchange = await views.exchange(given.id);
    if (exchange === null)
      throw new NotFound(`no exchange or task has the id ${given.id} (interpro list tasks, interpro list exchanges)`);
    return aside(desk, given, 'close', why);
  },
};

const handOver: Deciding = {
  name: 'hand-over',
  of: EXCHANGE,
  about: 'Hands a message that waits for your own protocol system to a person.',
  options: { why: { value: 'TEXT', help: 'why', needed: true } },
  run: (desk, given) => aside(desk, given, 'hand-over', given.needed('why')),
};

async function aside(desk: OwnDesk, { id }: Given, how: 'close' | 'hand-over', reason: string) {
  const { office } = await incomingAt(desk, id);
  const done = await desk.commands.setAside(office, { exchangeId: id, version: null, how, reason }, desk.call);
  return outcome(done, how === 'close' ? 'closed' : 'handed to a person');
}

const resend: Deciding = {
  name: 'resend',
  of: EXCHANGE,
  about: `Has the mail of an exchange sent once more: the message, or our answer to it. The same bytes under the same id; no
number is given twice.`,
  options: {},
  async run(desk, given) {
    const { office } = await exchangeAt(desk, given.id);
    const done = await desk.commands.resend(office, { exchangeId: given.id, version: null }, desk.call);
    return told(done, ({ exchangeId, state }) => `queued once more; state: ${state} (interpro show ${exchangeId})`);
  },
};

export const runRegister = (args: readonly string[]) => runDeciding(register, args);
export const runRefuse = (args: readonly string[]) => runDeciding(refusal, args);
export const runConfirm = (args: readonly string[]) => runDeciding(confirm, args);
export const runClose = (args: readonly string[]) => runDeciding(close, args);
export const runHandOver = (args: readonly string[]) => runDeciding(handOver, args);
export const runResend = (args: readonly string[]) => runDeciding(resend, args);
