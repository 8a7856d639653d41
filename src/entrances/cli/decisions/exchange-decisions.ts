/** A person's decisions about one exchange: register, refuse, confirm, close, hand over, resend. */
import type { Result } from '../../../kernel/result.ts';
import type { Decided } from '../../../service/commands/decide-incoming.ts';
import { MisuseError } from '../input/given-files.ts';
import { givenNumber, NUMBER_FORM } from './number-options.ts';
import {
  type DecisionCommand,
  type DecisionTools,
  exchangeAt,
  type Given,
  incomingAt,
  NotFoundError,
  namedOffice,
  runDecision,
  told,
} from './run-decision.ts';

const EXCHANGE = 'EXCHANGE';

const numberOf = (given: Given, register: string) => {
  const [number, date, time] = [given.text('number'), given.text('date'), given.text('time')];
  const read = givenNumber({ number, date, time }, register);
  if (read === 'wrong') throw new MisuseError(NUMBER_FORM);
  return read;
};

/** `registered under number 0000002 of 2026-11-22; confirming (interpro show …)` */
const outcome = (done: Result<Decided>, what: string) =>
  told(done, ({ exchangeId, state, identifier }) => {
    const number = identifier === null ? '' : ` under number ${identifier.number} of ${identifier.date}`;
    return `${what}${number}; state: ${state} (interpro show ${exchangeId})`;
  });

const register: DecisionCommand = {
  name: 'register',
  of: EXCHANGE,
  about: `Registers a message that waits for a person, or for your own protocol system, and answers its sender. What the options
do not give is taken from the message.`,
  options: {
    subject: { value: 'TEXT', help: 'instead of the subject of the message' },
    office: { value: 'NAME', help: 'the office inside the AOO it is assigned to' },
    classification: { value: 'CODE', help: 'its place in the filing plan' },
    number: { value: 'N', help: 'given by your own protocol system; with --date and --time' },
    date: { value: 'DAY', help: 'yyyy-mm-dd' },
    time: { value: 'TIME', help: 'hh:mm:ss' },
    'no-answer': { help: 'tell the sender nothing' },
  },
  check: (given) => void numberOf(given, ''),
  async run(tools, given) {
    const { office } = await incomingAt(tools, given.id);
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
    return outcome(await tools.commands.register(office, request, tools.call), 'registered');
  },
};

const refusal: DecisionCommand = {
  name: 'refuse',
  of: EXCHANGE,
  about: 'Refuses a message: its sender gets a NotificaEccezione that names the reason.',
  options: { reason: { value: 'TEXT', help: 'why, Italian: the sender reads it', needed: true } },
  async run(tools, given) {
    const { office } = await incomingAt(tools, given.id);
    const request = { exchangeId: given.id, version: null, reason: given.needed('reason') };
    return outcome(await tools.commands.refuse(office, request, tools.call), 'refused');
  },
};

const confirm: DecisionCommand = {
  name: 'confirm',
  of: EXCHANGE,
  about: 'Confirms a registered message whose sender has not been told its number.',
  options: {},
  async run(tools, given) {
    const { office } = await incomingAt(tools, given.id);
    const request = { exchangeId: given.id, version: null };
    return outcome(await tools.commands.confirm(office, request, tools.call), 'confirmed');
  },
};

const close: DecisionCommand = {
  name: 'close',
  of: 'EXCHANGE|TASK',
  about: `Puts an incoming message aside without registering it, or takes a task off a person's list (interpro list tasks).`,
  options: { why: { value: 'TEXT', help: 'why, or what was done about it', needed: true } },
  async run(tools, given) {
    const { views, commands, call } = tools;
    const why = given.needed('why');
    const task = await views.task(given.id);
    if (task !== null) {
      const done = await commands.closeTask(namedOffice(tools, task.aoo), { taskId: given.id, outcome: why }, call);
      return told(done, ({ taskId }) => `task ${taskId} is closed`);
    }
    const exchange = await views.exchange(given.id);
    if (exchange === null)
      throw new NotFoundError(
        `no exchange or task has the id ${given.id} (interpro list tasks, interpro list exchanges)`,
      );
    return setAside(tools, given, 'close', why);
  },
};

const handOver: DecisionCommand = {
  name: 'hand-over',
  of: EXCHANGE,
  about: 'Hands a message that waits for your own protocol system to a person.',
  options: { why: { value: 'TEXT', help: 'why', needed: true } },
  run: (tools, given) => setAside(tools, given, 'hand-over', given.needed('why')),
};

async function setAside(tools: DecisionTools, { id }: Given, how: 'close' | 'hand-over', reason: string) {
  const { office } = await incomingAt(tools, id);
  const done = await tools.commands.setAside(office, { exchangeId: id, version: null, how, reason }, tools.call);
  return outcome(done, how === 'close' ? 'closed' : 'handed to a person');
}

const resend: DecisionCommand = {
  name: 'resend',
  of: EXCHANGE,
  about: `Sends the mail of an exchange once more: the message, or our answer to it. Bytes and id are the same; no new number is
taken.`,
  options: {},
  async run(tools, given) {
    const { office } = await exchangeAt(tools, given.id);
    const done = await tools.commands.resend(office, { exchangeId: given.id, version: null }, tools.call);
    return told(done, ({ exchangeId, state }) => `queued once more; state: ${state} (interpro show ${exchangeId})`);
  },
};

export const runRegister = (args: readonly string[]) => runDecision(register, args);
export const runRefuse = (args: readonly string[]) => runDecision(refusal, args);
export const runConfirm = (args: readonly string[]) => runDecision(confirm, args);
export const runClose = (args: readonly string[]) => runDecision(close, args);
export const runHandOver = (args: readonly string[]) => runDecision(handOver, args);
export const runResend = (args: readonly string[]) => runDecision(resend, args);
