/**
 * A document whose commands are run and whose answers are compared. Bash runs each ```sh block; a fenced block directly
 * after it is the expected answer. Comments in a command stand for what a reader does by hand:
 *
 *   # keep NAME = .path.in.the[0].answer     keeps a value for later commands as $NAME; `= Header` takes a header (curl -i),
 *                                            `= uuid` the first UUID in the text
 *   # until .path = value                    repeats until the answer says so; `# until says …` where it is not JSON
 */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Offsets of its text in the document. */
  readonly from: number;
  readonly to: number;
}

export interface Command extends Block {
  readonly answer: Block | null;
}

const FENCE = /^```([^\n]*)\n([\s\S]*?)^```$/gm;

export function blocksOf(document: string): readonly Block[] {
  return [...document.matchAll(FENCE)].map((match) => {
    const [, language = '', text = ''] = match;
    const from = match.index + 4 + language.length;
    return { language, text, from, to: from + text.length };
  });
}

export function commandsOf(document: string): readonly Command[] {
  const blocks = blocksOf(document);
  return blocks.flatMap((block, index) => {
    if (block.language !== 'sh') return [];
    const next = blocks[index + 1];
    const follows =
      next !== undefined &&
      document
        .slice(block.to, next.from)
        .replace(/```\w*/g, '')
        .trim() === '';
    return [{ ...block, answer: follows && next.language !== 'sh' ? next : null }];
  });
}

/** The reader's shell: its environment, its folder, and what replaces the places named in the document. */
export interface Shell {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly places: readonly (readonly [inDocument: string, here: string])[];
  /** Values set or kept so far. */
  readonly values: Map<string, string>;
}

/** Runs one command, keeps its values for later ones, and returns the answer as the document shows it. */
export async function runCommand({ text }: Pick<Command, 'text'>, shell: Shell): Promise<string> {
  const wanted = [...text.matchAll(/^# until (?:(\.\S+) = (\S+)|says (.+))$/gm)];
  const deadline = performance.now() + 30_000;
  for (;;) {
    let answer = await bash(text, shell);
    const missing = wanted.find(([, path = '', value = '', words]) =>
      words === undefined ? String(valueAt(answer, path)) !== value : !answer.includes(words),
    );
    if (missing !== undefined) {
      if (performance.now() > deadline) throw new Error(`not within 30 s: ${missing[0]}\n${answer}`);
      await sleep(100);
      continue;
    }
    // An answer made of several reads may have seen the change in only one of them.
    if (wanted.length > 0) answer = await bash(text, shell);
    for (const [, name = '', where = ''] of text.matchAll(/^# keep (\w+) = (\S+)$/gm)) {
      const value = where.startsWith('.')
        ? valueAt(answer, where)
        : where === 'uuid'
          ? UUID.exec(answer)?.[0]
          : headerOf(answer, where);
      if (value === undefined) throw new Error(`nothing to keep as ${name}:\n${text}\n${answer}`);
      shell.values.set(name, `'${String(value)}'`);
    }
    for (const [, name = '', value = ''] of text.matchAll(/^([A-Z]+)=(.*)$/gm)) shell.values.set(name, value);
    return present(shell.places.reduce((said, [there, here]) => said.replaceAll(here, there), answer));
  }
}

function bash(text: string, { cwd, env, places, values }: Shell): Promise<string> {
  const before = [...values].map(([name, value]) => `${name}=${value}`);
  const script = places.reduce((all, [there, here]) => all.replaceAll(there, here), [...before, text].join('\n'));
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 1e7 };
    execFile('bash', ['-euo', 'pipefail', '-c', script], options, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${text}\n${stdout}\n${stderr}`)),
    );
  });
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

const bodyOf = (answer: string): string =>
  answer.startsWith('HTTP/') ? answer.replace(/^[\s\S]*?\r?\n\r?\n/, '') : answer;

function valueAt(answer: string, path: string): unknown {
  const steps = path.match(/\w+/g) ?? [];
  return steps.reduce<unknown>(
    (found, step) => (found as Record<string, unknown> | undefined)?.[step],
    JSON.parse(bodyOf(answer)),
  );
}

const headerOf = (answer: string, name: string): string | undefined =>
  new RegExp(`^${name}: *(.*)\\r$`, 'im').exec(answer)?.[1];

/** The status, the headers a client needs, and JSON with line breaks. */
function present(answer: string): string {
  const body = bodyOf(answer);
  const head = answer.slice(0, answer.length - body.length).split('\r\n');
  const shown = head.filter((line) =>
    /^(HTTP\/|etag|location|retry-after|content-range|upload-offset|idempot)/i.test(line),
  );
  return [...shown, ...(shown.length > 0 && body.trim() !== '' ? [''] : []), pretty(body)].join('\n').trim();
}

function pretty(body: string): string {
  try {
    return write(JSON.parse(body), '');
  } catch {
    return body;
  }
}

/** Like JSON.stringify, but values that fit on one line are put on one. */
function write(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((one) => inner + write(one, inner))
    : Object.entries(value).map(([name, one]) => `${inner}${JSON.stringify(name)}: ${write(one, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const flat = members.map((member) => member.slice(inner.length)).join(', ');
  const space = Array.isArray(value) || flat === '' ? '' : ' ';
  if (!flat.includes('\n') && flat.length + indent.length <= 90) return `${open}${space}${flat}${space}${close}`;
  return `${open}\n${members.join(',\n')}\n${indent}${close}`;
}

/** Drops what differs in every run: ids, times, keys, positions, and the order in which receipts arrive. */
export function plain(text: string): string {
  const body = bodyOf(text);
  try {
    const sorted = JSON.stringify(JSON.parse(body), (_name, value: unknown) =>
      isEvents(value) ? inOrder(value) : value,
    );
    return plainText(text.slice(0, text.length - body.length) + sorted);
  } catch {
    return plainText(text.replace(/(?:^ {4}type: .*\n?)+/gm, (lines) => lines.split('\n').sort().join('\n')));
  }
}

type Event = { readonly type: string };
const isEvents = (value: unknown): value is Event[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one?.type === 'string');
const inOrder = (events: readonly Event[]): readonly Event[] => events.toSorted((a, b) => (a.type < b.type ? -1 : 1));

function plainText(text: string): string {
  return text
    .replace(/cli:\w+/g, 'cli:<user>')
    .replace(/\(confirm(?:ing|ed)\)/g, '(<confirm>)')
    .replace(/sandbox\.\w+\.\w+\.\w+@/g, 'sandbox.<id>@')
    .replace(/"(id|client)": ?"[0-9a-f]{16}"/g, '"$1":"<id>"')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
    .replace(/\bipk_\w+|whsec_[\w-]+|\b[0-9a-f]{64}\b/g, '<secret>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)/g, '<time>')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '<time>')
    .replace(/\d{4}-\d\d-\d\d/g, '<day>')
    .replace(/\d\d:\d\d:\d\d/g, '<clock>')
    .replace(/"(year)": ?\d{4}/g, '"$1":<year>')
    .replace(/(\d{7})\/\d{4}/g, '$1/<year>')
    .replace(/(\/PROT\/)\d{4}\//g, '$1<year>/')
    .replace(/"(seq|position|version|milliseconds)": ?\d+/g, '"$1":<n>')
    .replace(/(etag: )"\d+"/gi, '$1"<n>"')
    .replace(/("mailbox|SMTP|IMAP|port|UIDVALIDITY) ?\d+/g, '$1 <n>')
    .replace(/(127\.0\.0\.1:)\d+/g, '$1<port>')
    .replace(/(--cursor )\S+/g, '$1<cursor>')
    .replace(/\s+/g, ' ')
    .trim();
}
