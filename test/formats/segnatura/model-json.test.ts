import { describe, expect, test } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { parseModel } from '../../../src/formats/segnatura/model-json.ts';
import { readSegnatura } from '../../../src/formats/segnatura/read.ts';
import { rewriteMessage, writeMessage } from '../../../src/formats/segnatura/write.ts';
import type { SegnaturaMessage } from '../../../src/model/segnatura.ts';
import { type GrammarKind, generateValid, KINDS } from '../../support/grammar-generator.ts';
import { chosenSeed, seededRandom } from '../../support/random.ts';
import { protocolMessage, randomFrom, returnMessage } from './samples.ts';

const grammars = await loadGrammars();
const seed = chosenSeed();

const parsed = (json: unknown): SegnaturaMessage => {
  const result = parseModel(json);
  if (!result.ok) throw new Error(`${result.problem.message}\n${JSON.stringify(json)}`);
  return result.value;
};
const throughJson = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

describe.each(Object.keys(KINDS) as GrammarKind[])('%s', (kind) => {
  test.each(KINDS[kind].roots)(`%s: every message has a JSON form, SEED=${seed}`, (root) => {
    for (let index = 0; index < 60; index += 1) {
      const { bytes } = generateValid(kind, root, seededRandom(seed + index));
      const read = readSegnatura(bytes, (document, generation) => grammars.validate(document, generation));
      if (!read.ok || read.value.message === null) throw new Error(`SEED=${seed} #${index}`);
      const { message, generation } = read.value;
      expect(parsed(throughJson(message))).toEqual(message);
      const written = [message, parsed(throughJson(message))].map((each) => rewriteMessage(each, generation));
      expect(written[1]).toEqual(written[0]);
    }
  });
});

test('fields that are left out have their default', () => {
  const message = parsed({
    kind: 'protocol-message',
    identifier: { administration: 'c_x001', aoo: 'AX0001', register: 'PROT', number: '0000001', date: '2024-02-29' },
    subject: 'Trasmissione della relazione',
    sender: { kind: 'administration', name: 'Comune di Esempio', aooName: 'Protocollo', address: 'a@pec.example.it' },
    recipients: [{ kind: 'legal-person', name: 'Prova srl', address: 'b@pec.example.it' }],
    documents: [{ role: 'primary', name: 'a.pdf' }],
  });
  const written = writeMessage(message, '2013');
  if (!written.ok) throw new Error(written.problem.message);
  expect(grammars.validate(written.value, '2013')).toEqual({ valid: true, problems: [] });
  expect(message).toMatchObject({ notes: null, paperDocuments: false, recipients: [{ copy: false, taxCode: null }] });
});

const sample = () => throughJson(protocolMessage(randomFrom(3), '2013')) as Record<string, unknown>;

test.each<readonly [string, (json: Record<string, unknown>) => unknown, string, string]>([
  ['not an object', () => 'x', '', 'deve essere un oggetto'],
  ['nothing', () => null, '', 'deve essere un oggetto'],
  ['no kind', (json) => ({ ...json, kind: undefined }), 'kind', 'deve essere uno fra'],
  ['an unknown kind', (json) => ({ ...json, kind: 'x' }), 'kind', 'deve essere uno fra'],
  ['an unknown field', (json) => ({ ...json, oggetto: 'x' }), '', 'campo sconosciuto «oggetto»'],
  [
    'an unknown field inside',
    (json) => ({ ...json, sender: { ...(json['sender'] as object), fax: '1' } }),
    'sender',
    'campo sconosciuto «fax»',
  ],
  ['a missing field', (json) => ({ ...json, subject: undefined }), '', 'manca «subject»'],
  ['a wrong type', (json) => ({ ...json, subject: 1 }), 'subject', 'deve essere un testo'],
  [
    'a wrong value in a list',
    (json) => ({ ...json, documents: [{ role: 'principale' }] }),
    'documents[0].role',
    'deve essere uno fra primary, attachment',
  ],
  [
    'a date of another form',
    (json) => ({ ...json, identifier: { ...(json['identifier'] as object), date: '29/02/2024' } }),
    'identifier.date',
    'non ha la forma prevista',
  ],
  ['a prototype', () => JSON.parse('{"kind":"annulment","__proto__":{"x":1}}'), '', 'campo sconosciuto «__proto__»'],
])('%s is refused with its place', (_what, change, at, said) => {
  const result = parseModel(throughJson(change(sample())));
  expect(result).toMatchObject({ ok: false, problem: { code: 'model-invalid', at } });
  if (!result.ok) expect(result.problem.message).toContain(said);
});

test('many faults are summarised', () => {
  const result = parseModel({ ...sample(), documents: Array.from({ length: 1_000 }, (_, index) => ({ x: index })) });
  expect(!result.ok && result.problem.message.length).toBeLessThan(600);
});

test('the input is not changed', () => {
  const json = { ...(throughJson(returnMessage(randomFrom(1), '2013')) as object) };
  const before = JSON.stringify(json);
  parseModel(json);
  expect(JSON.stringify(json)).toBe(before);
});
