import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeMessage } from '../../../src/formats/segnatura/write.ts';
import { generationOf } from '../../support/grammar-corpus.ts';
import {
  type Generator,
  type GrammarKind,
  generateValid,
  generatorFor,
  KINDS,
} from '../../support/grammar-generator.ts';
import { pick, type Random, seededRandom } from '../../support/random.ts';
import type { XmlTree } from '../../support/xml-writer.ts';
import { anyMessage, randomFrom } from '../segnatura/samples.ts';
import { mutateBytes, mutateTree } from './mutations.ts';

/** What the mutations start from: valid documents of every grammar, messages as we write them, and all vectors. */
export interface Sources {
  /** The input with that number, always the same for the same seed. */
  input(index: number): Buffer;
}

const PER_ROOT = 12;
const KIND_NAMES = Object.keys(KINDS) as GrammarKind[];

interface Tree {
  readonly tree: XmlTree;
  readonly generator: Generator;
}

export function sourcesFor(seed: number): Sources {
  const random = seededRandom(seed);
  const trees = KIND_NAMES.flatMap((kind) =>
    KINDS[kind].roots.flatMap((root) =>
      Array.from({ length: PER_ROOT }, (): Tree => {
        const { tree } = generateValid(kind, root, random, { elements: 60 });
        return { tree, generator: generatorFor(kind) };
      }),
    ),
  );
  const files = [...written(seed), ...vectors()];
  return { input: (index) => make(seededRandom(seed + index * 7_919), trees, files) };
}

function make(random: Random, trees: readonly Tree[], files: readonly Buffer[]): Buffer {
  const fromTree = (): Buffer => {
    const { tree, generator } = pick(random, trees);
    return mutateTree(tree, generator, random);
  };
  return pick(random, [
    fromTree,
    fromTree,
    () => mutateBytes(fromTree(), random),
    () => mutateBytes(pick(random, files), random),
  ])();
}

function written(seed: number): readonly Buffer[] {
  return KIND_NAMES.flatMap((kind) => {
    const generation = generationOf(kind);
    return Array.from({ length: 20 }, (_, index) => {
      const bytes = writeMessage(anyMessage(randomFrom(seed + index), generation), generation);
      if (!bytes.ok) throw new Error(bytes.problem.message);
      return bytes.value;
    });
  });
}

function vectors(): readonly Buffer[] {
  const folder = join(import.meta.dirname, '../../vectors/segnatura');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.xml'));
  return names.sort().map((name) => readFileSync(join(folder, name)));
}
