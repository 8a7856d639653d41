import { XmlC14NMode, XmlDocument } from 'libxml2-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammars } from '../../src/adapters/grammar-files.ts';
import { anchorsFrom } from '../../src/formats/pec/trust.ts';
import { verifySeal } from '../../src/formats/seal/verify.ts';
import { readSegnatura } from '../../src/formats/segnatura/read.ts';
import { PROBLEMS, type Problem } from '../../src/kernel/problems.ts';
import { issueProvider, type Provider } from '../../src/sandbox/authority.ts';
import { ordinaryMessage, transportEnvelope } from '../../src/sandbox/craft.ts';
import { type JudgeOptions, judgeMail, judgeSegnatura } from '../../src/service/intake/judge-mail.ts';
import { LONG } from '../support/long.ts';
import { below, chance, chosenSeed, pick, seededRandom } from '../support/random.ts';
import { AT, type TestSeal, testSeal } from '../support/test-seal.ts';
import { alterPieces, mutateBytes, piecesOf } from './fuzz/mutations.ts';
import { sourcesFor } from './fuzz/sources.ts';
import { AWKWARD, AWKWARD_END, MESSAGE } from './seal/workbench.ts';

/**
 * Damaged documents through the whole judgement: each ends in a verdict, soon, with sentences fit for a person. SEED
 * repeats a run, COUNT makes it longer or shorter; a failure names the seed and the number of the input.
 */
const COUNT = Number(process.env['COUNT'] ?? (LONG ? 50_000 : 1_000));
/** A mail adds a signature and a MIME tree to the judgement of a segnatura, so fewer are enough; with less than these some kind is missing. */
const MAILS = Math.max(150, Math.ceil(COUNT / 20));
/** Milliseconds of processor time for one input; most take one or two. */
const MOST_MS = 1_000;
const TIMEOUT = { timeout: LONG || COUNT > 5_000 ? 1_800_000 : 240_000 };

const seed = chosenSeed();
let seal: TestSeal;
let provider: Provider;
let judges: JudgeOptions;

beforeAll(async () => {
  seal = await testSeal();
  provider = await issueProvider({ domain: 'pec.esempio.example.it' });
  const roots = [seal.rootPem, provider.caPem].map((pem, index) => ({ name: `${index}.pem`, bytes: Buffer.from(pem) }));
  judges = {
    trust: anchorsFrom(roots).trust,
    validate: (await loadGrammars()).validate,
    at: AT,
    policy: new Map(),
    office: { administration: 'c_prova', code: 'APROVA1', addresses: ['protocollo@pec.provaria.example.it'] },
  };
});

/** What must be true of every verdict. */
function checkProblems(problems: readonly Problem[]): void {
  expect(problems.length).toBeLessThan(500);
  for (const { code, message, at } of problems) {
    if (!Object.hasOwn(PROBLEMS, code)) throw new Error(`no such problem: ${code}`);
    if (message.length > 1_000 || at.length > 20_000) throw new Error(`${code} says too much: ${at}, ${message}`);
    if (/\{detail\}|undefined|\[object|\bNaN\b/.test(message) || !message.isWellFormed())
      throw new Error(`${code} says nothing: ${message}`);
  }
}

interface Verdict {
  readonly outcome: 'refused' | 'unreadable' | 'read';
  readonly seal: string;
  readonly codes: readonly string[];
}

function judgeOne(bytes: Buffer): Verdict {
  const read = readSegnatura(bytes, judges.validate);
  const sealed = verifySeal(bytes, judges.trust, AT);
  const inspection = judgeSegnatura(bytes, judges);
  const problems = read.ok ? read.value.problems : [read.problem];
  checkProblems([...problems, ...(sealed.reason ? [sealed.reason] : [])]);
  checkProblems([...inspection.problems, ...(inspection.segnatura?.problems ?? [])]);
  const codes = problems.map(({ code }) => code);
  const all = [...new Set([...codes, ...(sealed.reason ? [sealed.reason.code] : [])])];
  expect(inspection.segnatura === null).toBe(!read.ok);
  expect(inspection.decision.action).not.toBe('ignore');
  if (!read.ok) return { outcome: 'refused', seal: sealed.verdict, codes: all };
  // An invalid or unreadable input always has a problem.
  if (!read.value.valid) expect(codes).toContain(read.value.repaired ? 'segnatura-repaired' : 'segnatura-invalid');
  if (read.value.repaired) expect(inspection.segnatura?.seal).not.toBe('valid');
  if (read.value.message === null) expect(codes).toContain('segnatura-no-identifier');
  return { outcome: read.value.message === null ? 'unreadable' : 'read', seal: sealed.verdict, codes: all };
}

/** Runs the judge on an input within a bounded time. A failure names the input. */
function judged<T>(index: number, bytes: Buffer, judge: () => T, most = MOST_MS): T {
  const start = process.threadCpuUsage();
  try {
    const verdict = judge();
    const { user, system } = process.threadCpuUsage(start);
    expect((user + system) / 1_000).toBeLessThan(most);
    return verdict;
  } catch (error) {
    throw new Error(
      `SEED=${seed} #${index}: ${error instanceof Error ? error.message : error}\n${bytes.toString('latin1').slice(0, 20_000)}`,
      {
        cause: error,
      },
    );
  }
}

describe(`fuzz, SEED=${seed} COUNT=${COUNT}`, () => {
  it('of segnature of every generation', TIMEOUT, () => {
    console.log(`fuzz: ${COUNT} inputs, SEED=${seed}`);
    const { input } = sourcesFor(seed);
    const outcomes = { refused: 0, unreadable: 0, read: 0 };
    const seen = new Map<string, number>();
    for (let index = 0; index < COUNT; index += 1) {
      const bytes = input(index);
      const { outcome, codes } = judged(index, bytes, () => judgeOne(bytes));
      outcomes[outcome] += 1;
      for (const code of codes) seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    console.log(`fuzz: ${JSON.stringify(outcomes)}, ${seen.size} different problems`);
    if (COUNT < 2_000) return;
    // Otherwise the mutations would try only the first gate, or none.
    expect(outcomes.refused).toBeGreaterThan(COUNT * 0.1);
    expect(outcomes.unreadable).toBeGreaterThan(COUNT * 0.02);
    expect(outcomes.read).toBeGreaterThan(COUNT * 0.3);
    for (const code of EXPECTED) expect([code, seen.get(code) ?? 0]).not.toEqual([code, 0]);
  });

  /** Sealed documents cut into markup and text. The seal may hold only where nothing it covers has changed. */
  it('of sealed documents', TIMEOUT, async () => {
    const sources = [MESSAGE, AWKWARD + AWKWARD_END];
    const sealed = await Promise.all(sources.map((source) => seal.seal(source)));
    const pieces = sealed.map((each) => piecesOf(each.toString()));
    const forms = sealed.map(sealedForm);
    const seen = new Set<string>();
    const rounds = Math.max(COUNT, 4_000);
    for (let index = 0; index < rounds; index += 1) {
      const random = seededRandom(seed + index * 7_919);
      const which = below(random, sealed.length);
      const torn = Buffer.from(alterPieces(random, pieces[which] ?? [], pieces.flat()).join(''));
      const bytes = chance(random, 0.1) ? mutateBytes(torn, random) : torn;
      const verdict = judged(index, bytes, () => judgeOne(bytes));
      for (const code of [verdict.seal, ...verdict.codes]) seen.add(code);
      if (verdict.seal === 'valid') expect(sealedForm(bytes), `SEED=${seed} #${index}`).toBe(forms[which]);
    }
    for (const code of ['valid', 'seal-absent', 'seal-modified', 'seal-position', 'seal-unreadable', 'xml-malformed'])
      expect(seen, `SEED=${seed}`).toContain(code);
  });

  it('of mails around them', TIMEOUT, () => {
    const { input } = sourcesFor(seed);
    const kinds = new Map<string, number>();
    for (let index = 0; index < MAILS; index += 1) {
      const random = seededRandom(seed + index * 104_729);
      const mail = mailWith(input(index), index);
      const bytes = chance(random, 0.5) ? mail : mutateBytes(mail, random);
      const { inspection } = judged(index, bytes, () => judgeMail(bytes, judges));
      checkProblems([...inspection.problems, ...(inspection.segnatura?.problems ?? [])]);
      kinds.set(inspection.kind, (kinds.get(inspection.kind) ?? 0) + 1);
    }
    console.log(`fuzz: ${MAILS} mails, ${JSON.stringify(Object.fromEntries(kinds))}`);
    for (const kind of ['protocol-message', 'ordinary-mail']) expect([...kinds.keys()]).toContain(kind);
  });
});

it('a fuzz that fails says for which input', () => {
  const broken = () => {
    throw new TypeError('no such thing');
  };
  expect(() => judged(7, Buffer.from('<a/>'), broken)).toThrow(`SEED=${seed} #7: no such thing\n<a/>`);
  const slow = () => {
    const start = process.threadCpuUsage().user;
    while (process.threadCpuUsage().user < start + 20_000);
  };
  expect(() => judged(8, Buffer.from('<a/>'), slow, 10)).toThrow(`SEED=${seed} #8`);
  const [code] = ['segnatura-invalid'] as const;
  expect(() => checkProblems([{ code, at: '', message: 'manca undefined' }])).toThrow('says nothing');
});

const EXPECTED = [
  'xml-malformed',
  'xml-doctype-internal',
  'xml-entity',
  'xml-encoding-unsupported',
  'xml-encoding',
  'xml-control-character',
  'xml-unknown-root',
  'xml-too-deep',
  'xml-too-many',
  'segnatura-invalid',
  'segnatura-no-identifier',
  'seal-absent',
  'seal-unreadable',
];

function mailWith(segnatura: Buffer, index: number): Buffer {
  const from = 'protocollo@pec.esempio.example.it';
  const to = 'protocollo@pec.provaria.example.it';
  const messageId = `<${index}@pec.esempio.example.it>`;
  const name = pick(seededRandom(seed + index), ['Segnatura.xml', 'segnatura.XML', 'Conferma.xml', 'altro.xml']);
  const parts = [
    { name, mediaType: 'application/xml', content: segnatura },
    { name: 'lettera.pdf', mediaType: 'application/pdf', content: '%PDF-1.4' },
  ];
  const common = { from, subject: 'Prova', date: AT, messageId };
  const original = ordinaryMessage({ ...common, to, parts });
  const identifier = `opec${index}@pec.esempio.example.it`;
  return transportEnvelope(provider, { ...common, to: [{ address: to, certified: true }], original, identifier });
}

/**
 * What the seal covers: the message in canonical form without the signature, and the signature's own parts. White space and
 * instructions between those parts are covered by nothing and read by nobody (XMLDSig allows them).
 */
function sealedForm(bytes: Uint8Array): string {
  using document = XmlDocument.fromBuffer(bytes);
  const form = document.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 });
  const [signature = ''] = /<ds:Signature [\s\S]*<\/ds:Signature>/.exec(form) ?? [];
  const parts = signature
    .replace(/<\?[\s\S]*?\?>/g, '')
    .replace(/>\s+</g, '><')
    .replace(/(?<=<ds:SignatureValue>)[^<]*/, (value) => value.replace(/\s/g, ''));
  return `${form.replace(signature, '')}\n${parts}`;
}
