import { expect, it } from 'vitest';
import { PROBLEMS, problem } from '../../src/kernel/problems.ts';
import { TASKS } from '../../src/kernel/tasks.ts';

it('puts what was found into the sentence', () => {
  expect(problem('mime-too-deep', '1.2', '24')).toEqual({
    code: 'mime-too-deep',
    at: '1.2',
    message: 'Il messaggio ha troppi livelli di annidamento (più di 24).',
  });
});

it('does not repeat the full stop of a server', () => {
  expect(problem('mailbox-protocol', '', 'Try again later.').message).toContain(': Try again later. I tentativi');
  expect(problem('mailbox-protocol', '', 'Try again later').message).toContain(': Try again later. I tentativi');
});

it('leaves no colon before a detail that is empty', () => {
  expect(problem('answer-unmatched').message).toBe('La risposta si riferisce a una registrazione che qui non risulta.');
  expect(problem('convert-notes').message).toBe('La segnatura di quella versione non prevede le note.');
});

it('takes a detail as it is, also where it looks like a replacement pattern', () => {
  expect(problem('document-missing', '', '$&.pdf').message).toContain('«$&.pdf»');
});

it.each([
  ...Object.entries(PROBLEMS).map(([code, { sentence }]) => [code, sentence]),
  ...Object.entries(TASKS).flatMap(([code, { sentence, advice }]) => [
    [code, sentence],
    [`${code}, advice`, advice],
  ]),
])('%s is a sentence', (_, sentence) => {
  expect(sentence).toMatch(/^[A-ZÈ«{].*(\.|\. \{detail\}|~ -)$/u);
  expect(sentence).not.toMatch(/ {2}|’|"/);
});
