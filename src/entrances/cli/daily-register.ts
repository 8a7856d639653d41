import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { userPath } from '../../config/config.ts';
import { witnessPlaces } from '../../config/witness-places.ts';
import { isDay, legalStamp } from '../../kernel/clock.ts';
import { protocolNumber } from '../../kernel/ids.ts';
import { closeDue } from '../../service/daily-register/close-due.ts';
import { type ClosedRegister, closedRegisterName } from '../../service/daily-register/closed-register.ts';
import { verifyRegister } from '../../service/daily-register/verify-register.ts';
import type { Office } from '../../service/register/office.ts';
import type { RegisterKind } from '../../service/register/register-closing.ts';
import { withDailyRegisters } from '../../wiring/cli-registers.ts';
import { findService } from './input/find-service.ts';
import { officeNamed } from './input/office-named.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';
import { outputWidth, table } from './output/table.ts';

const HELP = `Usage: interpro daily-register close [--aoo IPA/CODE] [--until DAY] [--json]
       interpro daily-register list [--aoo IPA/CODE] [--annual] [--limit N] [--json]
       interpro daily-register show DAY [--aoo IPA/CODE] [--register CODE] [--annual] [--verify] [--json]
       interpro daily-register write DAY [--aoo IPA/CODE] [--register CODE] [--annual] [-o FOLDER] [--force] [--json]

The register of a day fixes what was registered, annulled and changed on that day in Rome, as XML and as PDF/A. The service
closes it after midnight by itself. A day that is not over is never closed; days that were missed are closed in their order.

  close            close every day that is over, and the years; your name stands in them
  list             those that are closed, newest first
  show             one of them: counts, numbers, digests
  write            its files as they were stored, into a folder
  --aoo IPA/CODE   the office; may be left out where there is one (close: all)
  --register CODE  the register; left out: the office's own
  --annual         of a year; DAY is then its last day or the year alone
  --until DAY      close up to this day only (yyyy-mm-dd)
  --verify         read the files back, make them again from the register and say what differs
  -o, --output     the folder to write to (default: here)
  --force          overwrite existing files
  --json           print JSON

Exits 1 when nothing is found, or when --verify finds a difference.`;

const OPTIONS = {
  aoo: { type: 'string' },
  register: { type: 'string' },
  annual: { type: 'boolean', default: false },
  until: { type: 'string' },
  limit: { type: 'string', default: '50' },
  verify: { type: 'boolean', default: false },
  output: { type: 'string', short: 'o' },
  force: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean' },
} as const;

const parse = (args: readonly string[]) => parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
type Values = ReturnType<typeof parse>['values'];
type Lent = Parameters<Parameters<typeof withDailyRegisters>[1]>[0];

export async function runDailyRegister(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) return say(HELP);
  const [action = '', ...more] = positionals;
  const wrong = misuse(action, more, values);
  if (wrong !== null) return sayMisuse('daily-register', wrong);
  const { databaseUrl, config } = findService();
  const offices = officesMeant(values.aoo, config.offices);
  if (offices.length === 0) return sayMisuse('daily-register', `--aoo: offices here are ${namesOf(config.offices)}`);
  const [office] = offices;
  const witness = witnessPlaces(config.dataFolder, config.witnessFolder ?? null);
  return withDailyRegisters({ ...config, databaseUrl, witness }, async (lent) => {
    if (action === 'close') return close(offices, values, lent);
    if (office === undefined || offices.length > 1)
      return sayMisuse('daily-register', `--aoo: name one of ${namesOf(offices)}`);
    if (action === 'list') return list(office, values, lent);
    const closed = await find(office, more[0] ?? '', values, lent);
    if (closed === null) {
      complain(`interpro daily-register: the register of ${more[0]} is not closed`);
      return 1;
    }
    return action === 'show' ? show(closed, values, lent) : write(closed, values, lent);
  });
}

const namesOf = (offices: readonly Office[]): string => offices.map(({ aoo }) => aoo).join(', ');

function officesMeant(name: string | undefined, offices: readonly Office[]): readonly Office[] {
  if (name === undefined) return offices;
  const office = officeNamed(name, offices);
  return office === null ? [] : [office];
}

function misuse(action: string, more: readonly string[], { until, limit, annual }: Values): string | null {
  if (!['close', 'list', 'show', 'write'].includes(action)) return 'name one of: close, list, show, write';
  const [day = '', ...others] = more;
  const isOfOne = action === 'show' || action === 'write';
  if (others.length > 0 || (!isOfOne && more.length > 0)) return 'too many names';
  if (isOfOne && !isDay(dayOf(day, annual))) return 'name a day, yyyy-mm-dd';
  if (until !== undefined && !isDay(until)) return '--until: a day is written yyyy-mm-dd';
  return /^\d{1,4}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 1000
    ? null
    : '--limit: a number from 1 to 1000';
}

const dayOf = (text: string, annual: boolean): string => (annual ? `${text.slice(0, 4)}-12-31` : text);
const kindOf = ({ annual }: Values): RegisterKind => (annual ? 'annual' : 'daily');

async function close(offices: readonly Office[], { until, json }: Values, lent: Lent): Promise<number> {
  const all: ClosedRegister[] = [];
  for (const office of offices) {
    const options = { by: `cli:${userInfo().username}`, graceMs: 0, seen: new Map<string, string>() };
    const closed = await closeDue(office, { ...options, ...(until !== undefined && { until }) }, lent);
    if (closed === null) {
      complain(`interpro daily-register: ${office.aoo}: the service is closing registers just now`);
      return 1;
    }
    all.push(...closed);
  }
  say(json ? JSON.stringify(all.map(shown), null, 2) : all.length === 0 ? 'nothing is to be closed' : listed(all));
  return 0;
}

async function list({ aoo }: Office, values: Values, { closed }: Lent): Promise<number> {
  const { items } = await closed.list({ aoo, kind: kindOf(values), cursor: null, limit: Number(values.limit) });
  say(values.json ? JSON.stringify(items.map(shown), null, 2) : items.length === 0 ? 'nothing yet' : listed(items));
  return 0;
}

const find = ({ aoo, register: own }: Office, day: string, values: Values, { closed }: Lent) =>
  closed.byDay(aoo, kindOf(values), values.register ?? own, dayOf(day, values.annual));

async function show(closed: ClosedRegister, { json, verify }: Values, lent: Lent): Promise<number> {
  const verdict = verify ? await verifyRegister(closed, lent) : null;
  if (json) say(JSON.stringify({ ...shown(closed), ...(verdict !== null && { verify: verdict }) }, null, 2));
  else {
    const { xml, pdf, closedAt, closedBy } = closed;
    say(listed([closed]));
    say(`closed on ${legalStamp(closedAt.toISOString())} (Rome) by ${closedBy}`);
    say(`XML  ${xml.sha256}  ${xml.size} bytes\nPDF  ${pdf.sha256}  ${pdf.size} bytes`);
    if (verdict?.ok === true) say('made again from the register: the same bytes');
    for (const difference of verdict?.differences ?? []) say(`! ${difference}`);
  }
  return verdict === null || verdict.ok ? 0 : 1;
}

async function write(closed: ClosedRegister, { output, force, json }: Values, { documents }: Lent): Promise<number> {
  const folder = userPath(output ?? '.');
  const files: string[] = [];
  for (const [ending, { sha256 }] of [
    ['xml', closed.xml],
    ['pdf', closed.pdf],
  ] as const) {
    const file = join(folder, `${closedRegisterName(closed)}.${ending}`);
    try {
      await writeFile(file, await documents.read(sha256), { flag: force ? 'w' : 'wx', mode: 0o640 });
    } catch (error) {
      const { code, syscall, message } = error as NodeJS.ErrnoException;
      if (syscall !== 'open') throw error;
      complain(
        `interpro daily-register: ${file} ${code === 'EEXIST' ? 'exists; --force overwrites it' : `cannot be written: ${message}`}`,
      );
      return 2;
    }
    files.push(file);
  }
  say(json ? JSON.stringify({ files }) : files.map((file) => `written: ${file}`).join('\n'));
  return 0;
}

const shown = (closed: ClosedRegister) => {
  const { aoo, register, kind, day, year, progressive, closedAt, closedBy, first, last, counts, xml, pdf } = closed;
  return {
    ...{ id: closedRegisterName(closed), aoo, register, kind, day, year, progressive },
    ...{ closedAt: closedAt.toISOString(), closedBy, first, last, ...counts, xml, pdf },
  };
};

const listed = (all: readonly ClosedRegister[]): string =>
  table(
    ['day', 'office', 'register', 'no.', 'numbers', 'registered', 'annulled', 'changes'],
    all.map(({ aoo, kind, day, year, register, progressive, first, last, counts }) => [
      ...[kind === 'annual' ? String(year) : day, aoo, register, String(progressive)],
      first === null || last === null ? 'none' : `${protocolNumber(first)}-${protocolNumber(last)}`,
      ...[String(counts.registrations), String(counts.annulled), String(counts.changes)],
    ]),
    outputWidth(),
  );
