/**
 * Who may import from whom. Rooms are folders of src. Imports go down, and sideways only where a table allows it.
 * The tables are the map: an import that they do not allow fails, and so does an entry that no import needs.
 */
import { at, type Rule } from './rules.ts';
import type { ImportFact, SourceFacts } from './source-facts.ts';

/** What the service and everything above it may import. */
const BELOW_SERVICE = ['domain/', 'formats/', 'model/', 'kernel/'];

/** Path prefixes that each room may import from, besides its own. Longer prefixes come first. */
const MAY_IMPORT: readonly (readonly [room: string, allowed: readonly string[]])[] = [
  ['kernel/', []],
  ['model/', ['kernel/']],
  ['formats/', ['model/', 'kernel/']],
  ['domain/', ['model/', 'kernel/']],
  ['service/', BELOW_SERVICE],
  ['adapters/', ['service/', ...BELOW_SERVICE]],
  ['entrances/cli/', ['wiring/cli', 'config/', 'sandbox/', 'service/', ...BELOW_SERVICE]],
  ['entrances/', ['service/', ...BELOW_SERVICE]],
  ['sandbox/', ['formats/', 'model/', 'kernel/']],
  [
    'config/',
    [
      'adapters/secrets/sealed.ts',
      'domain/exchange/problem-policy.ts',
      'formats/seal/',
      'service/register/office.ts',
      'service/access/secrets.ts',
      'service/people/sessions.ts',
      'model/',
      'kernel/',
    ],
  ],
  ['wiring/cli', ['wiring/daily-register.ts', 'adapters/', 'service/', ...BELOW_SERVICE]],
  ['wiring/', ['config/', 'adapters/', 'entrances/', 'service/', ...BELOW_SERVICE]],
  ['region/', ['wiring/service.ts', 'config/', 'adapters/postgres/', 'sandbox/', 'service/', ...BELOW_SERVICE]],
  ['main.ts', ['wiring/service.ts', 'config/', 'region/', 'kernel/']],
];

const folder = (path: string, depth: number) => path.split('/').slice(0, depth).join('/');

function allowed(from: string, fact: ImportFact): boolean {
  const rule = MAY_IMPORT.find(([room]) => from.startsWith(room));
  if (rule === undefined) return false;
  const [room, others] = rule;
  // An adapter may not import another adapter, so its own room is its folder.
  const own = room === 'adapters/' ? `${folder(from, 2)}/` : room;
  if (fact.target.startsWith(own) || others.some((prefix) => fact.target.startsWith(prefix))) return true;
  // Configuration may use the types of what it configures.
  return room === 'config/' && fact.typeOnly;
}

export const importsGoDown: Rule = (sources) =>
  sources.flatMap((source) =>
    source.imports
      .filter((fact) => fact.relative && !fact.target.startsWith('..') && !allowed(source.path, fact))
      .map((fact) => `${at(source, fact.line)} may not import ${fact.target}${fact.typeOnly ? ' (type)' : ''}`),
  );

/** The rooms of a floor, each with the rooms of that floor that it may import from. */
export type Rooms = Readonly<Record<string, readonly string[]>>;

export const DOMAIN_ROOMS: Rooms = {
  assignments: [],
  delivery: [],
  index: [],
  register: [],
  exchange: ['index', 'delivery'],
};

export const FORMAT_ROOMS: Rooms = {
  charset: [],
  'document-text': ['charset', 'html', 'xml'],
  html: [],
  xml: ['charset'],
  mime: ['charset'],
  cms: [],
  'daily-register': ['xml'],
  ipa: [],
  modi: [],
  pec: ['cms', 'mime', 'xml'],
  'revocation-list': ['cms'],
  seal: ['cms', 'xml'],
  segnatura: ['xml'],
  'signed-document': ['cms', 'mime', 'seal'],
};

export const SERVICE_ROOMS: Rooms = {
  register: [],
  documents: [],
  events: [],
  access: ['register'],
  index: ['register'],
  outbox: ['register', 'documents'],
  queries: ['people', 'register'],
  reload: ['register'],
  uploads: ['register'],
  revocation: [],
  webhooks: ['access', 'events', 'register'],
  deadlines: ['index', 'register'],
  'daily-register': ['documents', 'register'],
  people: ['access'],
  'by-hand': ['outgoing', 'people', 'register', 'uploads'],
  intake: ['documents', 'index', 'register'],
  outgoing: ['documents', 'index', 'register'],
  evidence: ['documents', 'register'],
  previews: ['documents'],
  texts: ['documents'],
  commands: ['assignments', 'by-hand', 'intake', 'outgoing', 'register'],
  administration: ['documents', 'intake', 'queries', 'register'],
  assignments: ['people', 'register'],
};

const inside = (floor: string, path: string): readonly string[] | null =>
  path.startsWith(`${floor}/`) ? path.slice(floor.length + 1).split('/') : null;

/** The room of a floor that a file belongs to, if any. */
function roomOf(floor: string, path: string): string | null {
  const parts = inside(floor, path);
  return parts !== null && parts.length > 1 ? (parts[0] ?? null) : null;
}

const arrowsOf = (floor: string, source: SourceFacts) => {
  const from = roomOf(floor, source.path);
  return source.imports.flatMap((fact) => {
    const to = fact.relative ? roomOf(floor, fact.target) : null;
    return from === null || to === null || from === to ? [] : [{ from, to, line: fact.line }];
  });
};

/** Checks the imports between the rooms of one floor. */
export const wallsOf =
  (floor: string, rooms: Rooms): Rule =>
  (sources) => {
    const here = sources.filter(({ path }) => inside(floor, path) !== null);
    const complaints: string[] = [];
    const used = new Set<string>();
    for (const source of here) {
      const room = roomOf(floor, source.path);
      if (room === null || !(room in rooms)) complaints.push(`src/${source.path} stands in no room of ${floor}`);
      for (const { from, to, line } of arrowsOf(floor, source)) {
        used.add(`${from} -> ${to}`);
        if (from in rooms && !rooms[from]?.includes(to))
          complaints.push(`${at(source, line)}: ${from} may not import from ${to}`);
      }
    }
    const drawn = Object.entries(rooms).flatMap(([from, others]) => others.map((to) => `${from} -> ${to}`));
    const unused = drawn.filter((arrow) => !used.has(arrow)).map((arrow) => `${floor}: nothing needs ${arrow}`);
    return [...complaints, ...unused, ...circlesAmong(floor, rooms)];
  };

/** A table has no circle if every room can be placed above all rooms that it imports from. */
function circlesAmong(floor: string, rooms: Rooms): readonly string[] {
  const placed = new Set<string>();
  for (let before = -1; before < placed.size; ) {
    before = placed.size;
    for (const [room, others] of Object.entries(rooms))
      if (others.every((other) => placed.has(other))) placed.add(room);
  }
  const left = Object.keys(rooms).filter((room) => !placed.has(room));
  return left.length === 0 ? [] : [`${floor}: a circle among ${left.join(', ')}`];
}

/** Depth-first: a file that is met again on the way down closes a circle. */
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

const DEVELOPMENT_ROOM = /^(?:sandbox|region)\//;

/** Follows what main.ts loads when it starts for production: its static imports. */
export const productionLoadsNoDevelopmentRoom: Rule = (sources) => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set<string>();
  const found: string[] = [];
  const walk = (path: string): void => {
    const source = byPath.get(path);
    if (source === undefined || seen.has(path)) return;
    seen.add(path);
    for (const fact of source.imports) {
      if (!fact.relative || fact.typeOnly || fact.dynamic) continue;
      if (DEVELOPMENT_ROOM.test(fact.target)) found.push(`${at(source, fact.line)} loads ${fact.target} in production`);
      else walk(fact.target);
    }
  };
  walk('main.ts');
  return found;
};
