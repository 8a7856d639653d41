/**
 * Makes small changes to production code, one at a time, and reports those that no test notices. The nearest tests run
 * first; what they let pass is run against every test that can reach the changed file. A failure counts only if the same
 * tests pass without the change. Changes that do not compile are left out.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { API } from 'typescript/unstable/sync';
import { pick, seededRandom } from '../support/random.ts';
import { applied, type Candidate, candidatesIn } from './candidates.ts';
import { type RelatedTests, relatedTestsOf } from './related-tests.ts';
import { copyOfProject, type Verdict, type Workspace } from './workspace.ts';

const HELP = `npm run mutate -- [options]

  --in FOLDER   where changes are made; may be repeated (src/domain, src/service)
  --count N     how many changes (20)
  --seed N      picks the same changes as long as the code is the same (1)
  --near        stop after the nearest tests: quick, but what survives may be noticed farther away
  --json FILE   the outcomes, written after each change
`;

interface Outcome {
  readonly candidate: Candidate;
  readonly outcome: 'killed' | 'survived' | 'timeout';
  readonly by: string | null;
  readonly seconds: number;
}

/** Test files in the run of the nearest, and in each one after it. */
const NEAR = 6;
const CHUNK = 12;
/** A change may make a loop endless: a run that takes longer has noticed it. */
const LIMIT_SECONDS = 600;

/** Kept open: checking one changed file takes a tenth of a second. */
class Compiler {
  readonly #api: API;
  readonly #config: string;

  constructor(root: string) {
    this.#api = new API({ cwd: root });
    this.#config = join(root, 'tsconfig.json');
    this.#api.updateSnapshot({ openProjects: [this.#config] });
  }

  #project(changed: readonly string[]) {
    const snapshot = this.#api.updateSnapshot({ openProjects: [this.#config], fileChanges: { changed: [...changed] } });
    const project = snapshot.getProject(this.#config) ?? snapshot.getProjects()[0];
    if (project === undefined) throw new Error(`no TypeScript project at ${this.#config}`);
    return project;
  }

  candidates(root: string, folders: readonly string[]): readonly Candidate[] {
    const { rootFiles, program } = this.#project([]);
    return rootFiles.flatMap((file) => {
      const path = relative(root, file);
      const source = folders.some((folder) => path.startsWith(folder)) ? program.getSourceFile(file) : undefined;
      return source === undefined ? [] : candidatesIn(path, source);
    });
  }

  /** Whether the changed file still compiles. */
  accepts(file: string): boolean {
    const { program } = this.#project([file]);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].length === 0;
  }

  close(): void {
    this.#api.close();
  }
}

/** Runs of test files, the likeliest to notice first: the mirrored file and its folder, the nearest, then all others. */
function inRuns(path: string, related: RelatedTests): readonly (readonly string[])[] {
  const mirror = path.replace(/^src\//, 'test/').replace(/\.ts$/, '');
  const folder = dirname(mirror);
  const tests = related(path).map((one) => one.path);
  const same = tests.filter((test) => test.startsWith(mirror));
  const beside = tests.filter((test) => !same.includes(test) && dirname(test) === folder);
  const others = tests.filter((test) => !same.includes(test) && !beside.includes(test));
  const runs = [[...same, ...beside], others.slice(0, NEAR)];
  for (let from = NEAR; from < others.length; from += CHUNK) runs.push(others.slice(from, from + CHUNK));
  return runs.filter((run) => run.length > 0);
}

async function judge(
  place: Workspace,
  candidate: Candidate,
  runs: readonly (readonly string[])[],
): Promise<Omit<Outcome, 'seconds'>> {
  const text = place.read(candidate.path);
  const changed = applied(text, candidate);
  const run = (content: string, files: readonly string[]): Promise<Verdict> => {
    place.write(candidate.path, content);
    return place.run(files, LIMIT_SECONDS);
  };
  try {
    for (const chunk of runs) {
      const first = await run(changed, chunk);
      if (first.outcome === 'passed') continue;
      const failing = first.by === null ? chunk : [first.by.file];
      const asItIs = await run(text, failing);
      const name = first.by === null ? null : `${first.by.file}: ${first.by.title}`;
      if (asItIs.outcome === 'passed')
        return { candidate, outcome: first.outcome === 'timeout' ? 'timeout' : 'killed', by: name };
      process.stdout.write(`      not because of the change: ${name ?? 'a run that takes too long'}\n`);
    }
    return { candidate, outcome: 'survived', by: null };
  } finally {
    place.write(candidate.path, text);
  }
}

const short = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 60);

function line({ candidate, outcome, by, seconds }: Outcome): string {
  const { path, line: at, operator, before, after } = candidate;
  const change = `${operator}: ${short(before)} → ${short(after)}`;
  return `${outcome.padEnd(8)} ${String(Math.round(seconds)).padStart(4)} s  ${path}:${at}  ${change}${by ? `  [${by}]` : ''}`;
}

const optionsOf = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '20' },
      in: { type: 'string', multiple: true, default: ['src/domain', 'src/service'] },
      json: { type: 'string' },
      near: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;

async function main(values: ReturnType<typeof optionsOf>): Promise<void> {
  const place = copyOfProject();
  const compiler = new Compiler(place.root);
  const outcomes: Outcome[] = [];
  try {
    const left = [...compiler.candidates(place.root, values.in)];
    const related = relatedTestsOf(place.root);
    const random = seededRandom(Number(values.seed));
    process.stdout.write(`${left.length} changes can be made in ${values.in.join(', ')}; seed ${values.seed}\n`);
    while (outcomes.length < Number(values.count) && left.length > 0) {
      const candidate = pick(random, left);
      left.splice(left.indexOf(candidate), 1);
      const text = place.read(candidate.path);
      place.write(candidate.path, applied(text, candidate));
      const compiles = compiler.accepts(join(place.root, candidate.path));
      place.write(candidate.path, text);
      compiler.accepts(join(place.root, candidate.path));
      if (!compiles) continue;
      const runs = inRuns(candidate.path, related);
      const begin = performance.now();
      const judged = await judge(place, candidate, values.near ? runs.slice(0, 1) : runs);
      const outcome = { ...judged, seconds: (performance.now() - begin) / 1000 };
      outcomes.push(outcome);
      process.stdout.write(
        `${String(outcomes.length).padStart(4)}  ${line(outcome)}  (${runs.flat().length} test files reach it)\n`,
      );
      if (values.json !== undefined)
        writeFileSync(values.json, JSON.stringify({ seed: values.seed, outcomes }, null, 1));
    }
  } finally {
    compiler.close();
    place.remove();
  }
  const survived = outcomes.filter(({ outcome }) => outcome === 'survived');
  const killed = outcomes.length - survived.length;
  process.stdout.write(
    `\n${killed} of ${outcomes.length} noticed (${((100 * killed) / outcomes.length).toFixed(1)} %)\n`,
  );
  for (const one of survived) process.stdout.write(`  ${line(one)}\n`);
}

let options: ReturnType<typeof optionsOf> | undefined;
try {
  options = optionsOf(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  process.exitCode = 2;
}
if (options?.help) process.stdout.write(HELP);
else if (options !== undefined) await main(options);
