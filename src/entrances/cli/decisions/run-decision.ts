/** What all commands share that decide something in an office's name: options, access to the office, output. */

import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { witnessPlaces } from '../../../config/witness-places.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import type { ExchangeDetail } from '../../../service/queries/views.ts';
import type { Call } from '../../../service/register/idempotent-command.ts';
import type { Office } from '../../../service/register/office.ts';
import { type OfficeTools, withCommands } from '../../../wiring/cli.ts';
import { findService } from '../input/find-service.ts';
import { MisuseError } from '../input/given-files.ts';
import { complain, say } from '../output/say.ts';
import { sayMisuse } from '../output/say-misuse.ts';

/** `value`: the placeholder in the help; absent for a flag. */
interface OptionRow {
  readonly value?: string;
  readonly help: string;
  readonly needed?: true;
}

/** The arguments: trimmed, never blank. */
export interface Given {
  readonly id: string;
  text(name: string): string | undefined;
  /** The value of an option that is required. */
  needed(name: string): string;
  flag(name: string): boolean;
}

export interface DecisionTools extends OfficeTools {
  readonly offices: readonly Office[];
  readonly call: Call;
}

export interface DecisionCommand {
  readonly name: string;
  /** The argument, as the help names it: `EXCHANGE`. */
  readonly of: string;
  readonly about: string;
  readonly options: Readonly<Record<string, OptionRow>>;
  /** Checks the arguments before anything is opened. Throws MisuseError. */
  check?(given: Given): void;
  /** Throws NotFoundError, MisuseError. */
  run(tools: DecisionTools, given: Given): Promise<Result<CommandOutcome>>;
}

export interface CommandOutcome {
  readonly text: string;
  readonly json: object;
}

/** Nothing has the id that was given. Printed in one line; exit code 1. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

const COMMON: Readonly<Record<string, OptionRow>> = {
  by: { value: 'NAME', help: "who decides, for the register and the audit chain (default: the system's user name)" },
  json: { help: 'the outcome as JSON' },
};

function helpOf({ name, of, about, options }: DecisionCommand): string {
  const rows = Object.entries({ ...options, ...COMMON });
  const shown = ([option, { value }]: (typeof rows)[number]) => `--${option}${value === undefined ? '' : ` ${value}`}`;
  const needed = rows.filter(([, row]) => row.needed).map((row) => ` ${shown(row)}`);
  const lines = rows.map((row) => `  ${shown(row).padEnd(22)} ${row[1].help}`);
  return [`Usage: interpro ${name} ${of}${needed.join('')} [options]`, '', about, '', ...lines].join('\n');
}

export async function runDecision(deciding: DecisionCommand, args: readonly string[]): Promise<number> {
  const { name } = deciding;
  const refuseTo = (message: string): void => complain(`interpro ${name}: ${message}`);
  try {
    const given = read(deciding, args);
    if (given === 'help') return say(helpOf(deciding));
    deciding.check?.(given);
    const { config, databaseUrl } = findService();
    const { dataFolder, bucket = null, trustFolder, revocation } = config;
    const witness = witnessPlaces(dataFolder, config.witnessFolder ?? null);
    const place = { databaseUrl, dataFolder, bucket, trustFolder, isRevocationOn: revocation?.isOn ?? false, witness };
    const call = { by: given.text('by') ?? userInfo().username, client: 'cli', idempotency: null };
    const done = await withCommands({ ...place, node: config.index.node }, (tools) =>
      deciding.run({ ...tools, offices: config.offices, call }, given),
    );
    if (given.flag('json')) say(JSON.stringify(done.ok ? done.value.json : { problem: done.problem }, null, 2));
    else if (done.ok) say(done.value.text);
    else refuseTo(done.problem.message);
    return done.ok ? 0 : 1;
  } catch (error) {
    if (error instanceof NotFoundError) {
      refuseTo(error.message);
      return 1;
    }
    if (!(error instanceof MisuseError)) throw error;
    return sayMisuse(name, error.message);
  }
}

function read({ of, options }: DecisionCommand, args: readonly string[]): Given | 'help' {
  const rows = Object.entries({ ...options, ...COMMON, help: { help: '' } } satisfies Record<string, OptionRow>);
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: Object.fromEntries(
      rows.map(([name, row]) => [name, { type: 'value' in row ? ('string' as const) : ('boolean' as const) }]),
    ),
  });
  if (values['help'] === true) return 'help';
  const [id = '', ...more] = positionals;
  if (id.trim() === '' || more.length > 0) throw new MisuseError(`name one ${of}`);
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value.trim() : undefined;
  };
  for (const [name, row] of rows) {
    if (text(name) === '') throw new MisuseError(`--${name} is empty`);
    if ('needed' in row && text(name) === undefined) throw new MisuseError(`--${name} is required`);
  }
  return { id: id.trim(), text, needed: (name) => text(name) ?? '', flag: (name) => values[name] === true };
}

/** Throws NotFoundError: the database may know an office that left the configuration. */
export function namedOffice({ offices }: DecisionTools, aoo: string): Office {
  const office = offices.find((one) => one.aoo === aoo);
  if (office === undefined) throw new NotFoundError(`the office ${aoo} is not configured here`);
  return office;
}

export async function exchangeAt(
  tools: DecisionTools,
  id: string,
): Promise<{ office: Office; exchange: ExchangeDetail }> {
  const exchange = await tools.views.exchange(id);
  if (exchange === null) throw new NotFoundError(`no exchange has the id ${id} (interpro list exchanges)`);
  return { office: namedOffice(tools, exchange.aoo), exchange };
}

/** Throws NotFoundError for an outgoing exchange: there is nothing to decide about it. */
export async function incomingAt(tools: DecisionTools, id: string): ReturnType<typeof exchangeAt> {
  const found = await exchangeAt(tools, id);
  if (found.exchange.direction === 'outgoing')
    throw new NotFoundError(`${id} is a message of ours: see its tasks instead (interpro list tasks)`);
  return found;
}

/** Says what was done. */
export function told<Value extends object>(
  done: Result<Value>,
  text: (value: Value) => string,
): Result<CommandOutcome> {
  return done.ok ? ok({ text: text(done.value), json: done.value }) : refuse(done.problem);
}
