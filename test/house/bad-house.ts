/** Sources that break every rule, each next to something similar that is allowed. */
export const BAD_HOUSE: Readonly<Record<string, string>> = {
  'kernel/ids.ts': `import { a } from '../formats/cms/read.ts';\nexport const id = a;`,
  'kernel/ok.ts': `import { createHash } from 'node:crypto';\nexport { createHash };`,
  'model/mail.ts': `
import type { Cms } from '../formats/cms/types.ts';
export class MailError extends Error {}
export class Gone extends MailError {}
export class Box {}
export type Row = Cms;`.trimStart(),
  'formats/cms/read.ts': `
    import { readFileSync } from 'node:fs';
    import { id } from '../../kernel/ids.ts';
    import tls from 'node:tls';
    import type { Stats } from 'node:fs';
    export const a = [readFileSync, id, tls.rootCertificates] as unknown as Stats;`,
  'formats/cms/types.ts': `export interface Cms { readonly now: Date }\nexport const now = (at: Date) => new Date(at);`,
  'formats/barrel.ts': `export { now } from './cms/types.ts';\nexport * from './factory.ts';\nexport default 1;`,
  'formats/clock.ts': `
    export const one = () => Date.now();
    export const two = () => new Date();
    export const three = () => process.cwd();
    export const four = () => fetch('x');
    export const five = (clock: { Date: { now(): number } }) => clock.Date.now();`,
  'domain/decide.ts': `
    import { a } from '../formats/cms/read.ts';
    import type { Cms } from '../formats/cms/types.ts';
    import type { Row } from '../model/mail.ts';
    export const x = (cms: Cms, row: Row) => [a, cms, row];`,
  'service/intake/accept.ts': `export const f = async () => import('../../adapters/postgres/store.ts');\nimport { b } from '../index/circle-a.ts';\nexport const g = b;`,
  'service/stray.ts': `export const stray = 1;`,
  'service/letters/sql.ts': `
    export const query = 'select number from registration where aoo = $1';
    export const more = (table: string) => \`insert into \${table} values ($1)\`;
    export const prose = ['Update the list', 'begin', 'Select one'];`,
  'service/index/circle-a.ts': `import { b1 } from '../outbox/circle-b.ts';\nexport const b = b1;\nexport const a1 = 1;`,
  'service/outbox/circle-b.ts': `import { a1 } from '../index/circle-a.ts';\nexport const b1 = a1;`,
  'adapters/postgres/store.ts': `import { send } from '../smtp/send.ts';\nexport const sql = ['select 1 from x', send];`,
  'adapters/smtp/send.ts': `
    import { provide } from '../../sandbox/provider.ts';
    import { row } from './row.ts';
    export const send = [row, provide, process.env['SMTP_HOST'], 'process.env'];`,
  'adapters/smtp/row.ts': `export const row = (x: any) => x;\nexport interface Row {}`,
  'entrances/http/server.ts': `import { x } from '../../wiring/service.ts';\nimport pg from 'pg';\nexport const y = [x, pg];`,
  'entrances/cli/run.ts': `import { x } from '../../wiring/service.ts';\nexport const run = x;`,
  'sandbox/provider.ts': `import { f } from '../service/intake/accept.ts';\nexport const provide = f;`,
  'region/region.ts': `export const region = 1;`,
  'config/config.ts': `
    import type { Cms } from '../formats/cms/types.ts';
    import { f } from '../service/intake/accept.ts';
    export const config = (cms: Cms) => [f, cms, process.env['X']];`,
  'wiring/cli.ts': `import { run } from '../entrances/cli/run.ts';\nexport const commands = run;`,
  'wiring/service.ts': `import { sql } from '../adapters/postgres/store.ts';\nexport const x = sql;`,
  'main.ts': `import { sql } from './adapters/postgres/store.ts';\nimport { x } from './wiring/service.ts';\nimport { region } from './region/region.ts';\nexport const z = [x, sql, region];\nexport const demo = () => import('./sandbox/provider.ts');`,
  'formats/long.ts': `${'// a line\n'.repeat(400)}export const long = 1;\n`,
  'formats/factory.ts': `export function factory() {\n  return [\n${`    () => {\n${'      // a line\n'.repeat(49)}    },\n`.repeat(2)}  ];\n}\n`,
  'formats/long-function.ts': `export function tooLong(): number {\n${'  // a line\n'.repeat(80)}  return 1;\n}\n`,
};
