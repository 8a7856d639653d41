import { describe, expect, it } from 'vitest';
import { type Vocabulary, vocabularyOf } from '../../../src/domain/index/vocabulary.ts';

const SAINTS = ['s', 'san', 'sant', 'santa', 'santo', 'santi', 'ss'];

/** `words` with how many entries have them. */
function open(words: Readonly<Record<string, number>>): Vocabulary {
  const names = Object.keys(words);
  const filing = vocabularyOf(new Map(names.map((word, id) => [word, id])), Uint32Array.from(Object.values(words)));
  for (;;) {
    const { done, value } = filing.next();
    if (done) return value;
  }
}
const meant = (vocabulary: Vocabulary, typed: string, typing: boolean) =>
  vocabulary.matches(typed, typing).map(({ word }) => vocabulary.words[word]);

describe('what a typed word may mean', () => {
  const vocabulary = open({ comune: 50, comunello: 3, comuni: 2, amministrazione: 7, ammiraglio: 9, no: 4, asl: 5 });

  it.each<[string, boolean, readonly string[]]>([
    ['comune', false, ['comune', 'comuni']],
    // While typing it may go on. Of equally likely ones the most frequent is first.
    ['comun', true, ['comune', 'comuni', 'comunello']],
    ['comune', true, ['comune', 'comunello', 'comuni']],
    ['amm', false, ['ammiraglio', 'amministrazione']],
    // Two letters begin too many words, unless they are still being typed.
    ['am', false, []],
    ['am', true, ['ammiraglio', 'amministrazione']],
    ['no', false, ['no']],
    ['asl', true, ['asl']],
    // One mistake in three to five letters, two in more.
    ['als', false, ['asl']],
    ['comnue', false, ['comune', 'comuni']],
    ['comnu', false, []],
    ['comnnue', false, ['comune']],
    // A short form is a whole word.
    ['asp', false, []],
    ['zzz', true, []],
    ['', false, []],
  ])('"%s" (typing: %s): %j', (typed, typing, words) => {
    expect(meant(vocabulary, typed, typing)).toEqual(words);
  });

  it('a word with a digit has no mistakes', () => {
    const numbers = open({ '2024': 1, '2025': 1 });
    expect(meant(numbers, '2024', false)).toEqual(['2024']);
    expect(meant(numbers, '2023', false)).toEqual([]);
  });

  it.each(SAINTS)('"%s" stands for every form of saint', (typed) => {
    const saints = open(Object.fromEntries([...SAINTS, 'sanità'].map((word) => [word, 1])));
    const found = saints.matches(typed, false).filter(({ likeness }) => likeness >= 0.9);
    expect(found.map(({ word }) => saints.words[word]).sort()).toEqual(SAINTS.toSorted());
    expect(found[0]).toEqual({ word: SAINTS.indexOf(typed), likeness: 1 });
  });

  it('is at most 32 words, and 40 more while it is being typed', () => {
    const letters = [...'abcdefghijklmnopqrstuvwxyz'];
    const many = (beginning: string, count: number) =>
      letters.flatMap((one) => letters.map((two) => beginning + one + two)).slice(0, count);
    const frequency = (words: readonly string[]) => Object.fromEntries(words.map((word, index) => [word, index + 1]));
    // Of those that go on, the most frequent are kept.
    const longer = many('prova', 60);
    expect(meant(open(frequency(longer)), 'prova', false)).toHaveLength(32);
    expect(meant(open(frequency(longer)), 'provab', true).slice(0, 1)).toEqual(['provabz']);
    const completed = meant(open(frequency(many('protocollo', 60))), 'protoco', true);
    expect(completed.sort()).toEqual(many('protocollo', 60).slice(20));
    const both = open(frequency([...many('casa', 60), ...many('casabo', 60)]));
    expect(both.matches('casab', true).length).toBeGreaterThan(40);
    expect(both.matches('casab', true).length).toBeLessThanOrEqual(72);
    expect(both.matches('casab', false)).toHaveLength(32);
  });
});
