/** What every command has in common that decides something in an office's name: options, whose desk it is, what is said. */
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { ExchangeDetail } from '../../service/queries/views.ts';
import type { Call } from '../../service/register/idempotent-command.ts';
import type { Office } from '../../service/register/office.ts';
import { type Desk, withCommands } from '../../wiring/cli.ts';
import { findService } from './environment.ts';
import { Unusable } from './files.ts';
import { escaped } from './inspect.ts';
import { say } from './say.ts';

/** An option; `value`: what stands behind it in the help, absent for a flag. */
interface OptionRow {
  readonly value?: string;
  readonly help: string;
  readonly needed?: true;
}

/** What was given on the command line: trimmed, never blank. */
export interface Given {
  readonly id: string;
  text(name: string): string | undefined;
  /** Of an option that is needed. */
  needed(name: string): string;
  flag(name: string): boolean;
}

export interface OwnDesk extends Desk {
  readonly offices: readonly Office[];
  readonly call: Call;
}

export interface Deciding {
  readonly name: string;
  /** What is named: `EXCHANGE`. */
  readonly of: string;
  readonly about: string;
  readonly options: Readonly<Record<string, OptionRow>>;
  /** Looks at what was given before anything is opened. Throws Unusable. */
  check?(given: Given): void;
  /** Throws NotFound, Unusable. */
  run(desk: OwnDesk, given: Given): Promise<Result<Told>>;
}

export interface Told {
  readonly text: string;
  readonly json: object;
}

/** Nothing here has this id: said in one line, exit 1. */
export class NotFound extends Error {}

const COMMON: Readonly<Record<string, OptionRow>> = {
  by: { value: 'NAME', help: "who decides, for register and audit chain (default: the system's user name)" },
  json: { help: 'the outcome as JSON' },
};

function helpOf({ name, of, about, options }: Deciding): string {
  const rows = Object.entries({ ...options, ...COMMON });
  const shown = ([option, { value }]: (typeof rows)[number]) => `--${option}${value === undefined ? '' : ` ${value}`}`;
  const needed = rows.filter(([, row]) => row.needed).map((row) => ` ${shown(row)}`);
  const lines = rows.map((row) => `  ${shown(row).padEnd(22)} ${row[1].help}`);
  return [`Usage: interpro ${name} ${of}${needed.join('')} [options]`, '', about, '', ...lines].join('\n');
}

export async function runDeciding(deciding: Deciding, args: readonly string[]): Promise<number> {
  const { name } = deciding;
  const complain = (message: string): void => void process.stderr.write(`interpro ${name}: ${escaped(message)}\n`);
  try {
    const given = read(deciding, args);
    if (given === 'help') return say(helpOf(deciding));
    deciding.check?.(given);
    const { config, databaseUrl } = findService();
    const place = { databaseUrl, dataFolder: config.dataFolder, trustFolder: config.trustFolder };
    const call = { by: given.text('by') ?? userInfo().username, client: 'cli', idempotency: null };
    const done = await withCommands({ ...place, node: config.index.node }, (desk) =>
      deciding.run({ ...desk, offices: config.offices, call }, given),
    );
    if (given.flag('json'))
      say(escaped(JSON.stringify(done.ok ? done.value.json : { problem: done.problem }, null, 2)));
    else if (done.ok) say(escaped(done.value.text));
    else complain(done.problem.message);
    return done.ok ? 0 : 1;
  } catch (error) {
    if (error instanceof NotFound) {
      complain(error.message);
      return 1;
    }
    if (!(error instanceof Unusable)) throw error;
    complain(`${error.message}\n\n${helpOf(deciding)}`);
    return 2;
  }
}

function read({ of, options }: Deciding, args: readonly string[]): Given | 'help' {
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
  if (id.trim() === '' || more.length > 0) throw new Unusable(`name one ${of}`);
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value.trim() : undefined;
  };
  for (const [name, row] of rows) {
    if (text(name) === '') throw new Unusable(`--${name} is empty`);
    if ('needed' in row && text(name) === undefined) throw new Unusable(`--${name} is needed`);
  }
  return { id: id.trim(), text, needed: (name) => text(name) ?? '', flag: (name) => values[name] === true };
}

/** The office that is configured here under this name, whatever it was that belongs to it. */
export function officeOf({ offices }: OwnDesk, aoo: string): Office {
  const office = offices.find((one) => one.aoo === aoo);
  if (office === undefined) throw new NotFound(`the office ${aoo} is not configured here`);
  return office;
}

export async function exchangeAt(desk: OwnDesk, id: string): Promise<{ office: Office; exchange: ExchangeDetail }> {
  const exchange = await desk.views.exchange(id);
  if (exchange === null) throw new NotFound(`no exchange has the id ${id} (interpro list exchanges)`);
  return { office: officeOf(desk, exchange.aoo), exchange };
}

/** A message that has come to us: of one of ours there is nothing to decide. */
export async function incomingAt(desk: OwnDesk, id: string): ReturnType<typeof exchangeAt> {
  const found = await exchangeAt(desk, id);
  if (found.exchange.direction === 'outgoing')
    throw new NotFound(
      `${id} is a message of ours: what is to be seen to about it are its tasks (interpro list tasks)`,
    );
  return found;
}

/** What was done, and where to look at it. */
export function told<Value extends object>(done: Result<Value>, text: (value: Value) => string): Result<Told> {
  return done.ok ? ok({ text: text(done.value), json: done.value }) : refuse(done.problem);
}
