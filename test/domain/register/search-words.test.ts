import { describe, expect, it } from 'vitest';
import { exactText, piecesOf, searchedWords, slipsOf } from '../../../src/domain/register/search-words.ts';

describe('slips of the keyboard', () => {
  it('are a letter too many, missing, another one, or two exchanged', () => {
    for (const [typed, meant] of [
      ['provria', 'provaria'],
      ['provaaria', 'provaria'],
      ['provatia', 'provaria'],
      ['porvaria', 'provaria'],
      ['rosi', 'rossi'],
      ['rosssi', 'rossi'],
    ] as const)
      expect(slipsOf(typed), typed).toContain(meant);
    expect(slipsOf('provaria')).not.toContain('provaria');
  });

  it('are not looked for in short words, numbers and what is no word', () => {
    for (const word of ['rom', '1234', 'a'.repeat(21), 'ab12', "x' | y", 'città'])
      expect(slipsOf(word), word).toEqual([]);
    expect(slipsOf('a'.repeat(20)).length).toBeLessThan(1_200);
  });
});

describe('what stands in a column of its own', () => {
  it('is a digest, an address, a tax code of a person or a body', () => {
    expect(exactText(` ${'AB'.repeat(32)} `)).toEqual({ kind: 'digest', text: 'ab'.repeat(32) });
    for (const code of ['Protocollo@PEC.example.it', 'BZZLIA80A01H501X', '00000000000', 'IT00000000000'])
      expect(exactText(code), code).toEqual({ kind: 'code', text: code.toLowerCase() });
    for (const other of ['convenzione', '0001234/2026', '@', 'a b@example.it', 'ab'.repeat(31)])
      expect(exactText(other), other).toBeNull();
  });
});

it('a hit is marked by the beginning of a word, of a longer one without its last vowel', () => {
  const marked = (text: string, typed: string): readonly string[] =>
    piecesOf(text, searchedWords(typed))
      .filter(({ isHit }) => isHit)
      .map((piece) => piece.text);
  expect(marked('Le deliberazioni e la Delibera', 'delibere')).toEqual(['deliberazioni', 'Delibera']);
  expect(marked('Casa e casella', 'casa')).toEqual(['Casa']);
  expect(marked('n. 0001234', '1234')).toEqual(['0001234']);
});
