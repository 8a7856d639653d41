import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Test files that start whole systems take longest. They begin first, so that no worker is left alone with one at the end. */
const LONG = [
  /\/test\/entrances\/cli\/rehearse/,
  /\/test\/exchange\/(?:crash|outages|mailboxes)\./,
  /\/test\/desk\/(?:first-day|killed|worklist)\./,
  /\/test\/(?:docs|region)\//,
  /\/test\/exchange\//,
  /\/test\/(?:formats\/fuzz|formats\/xml\/judges|formats\/hostile)/,
];

const rank = ({ moduleId }: TestSpecification): number => {
  const found = LONG.findIndex((pattern) => pattern.test(moduleId));
  return found === -1 ? LONG.length : found;
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((one, other) => rank(one) - rank(other) || one.moduleId.localeCompare(other.moduleId));
  }
}
