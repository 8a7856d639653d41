import { afterAll, describe, expect, it } from 'vitest';
import { loadGrammars, readGrammarFiles } from '../../../src/adapters/grammar-files.ts';
import { judgingThreads } from '../../../src/adapters/judging/judging-threads.ts';
import { COPIED_BYTES, Lane } from '../../../src/adapters/judging/lane.ts';
import { anchorsFrom } from '../../../src/formats/pec/trust.ts';
import { problem } from '../../../src/kernel/problems.ts';
import { issueProvider } from '../../../src/sandbox/authority.ts';
import { ordinaryMessage, receipt, transportEnvelope } from '../../../src/sandbox/craft.ts';
import { looksHere } from '../../../src/service/documents/mail-looks.ts';
import { judgeHere } from '../../../src/service/intake/mail-judge.ts';

/** Its name and type come twice in a judgement: as a file and as a document. */
const SMALL_PART = `--x\r\nContent-Type: application/${'x'.repeat(1_000)}; name="${'n'.repeat(240)}.pdf"\r\n\r\nx\r\n`;
const AT = new Date('2026-03-01T10:00:00Z');
const FROM = 'protocollo@pec.mittente.example.it';
const TO = { address: 'protocollo@pec.esempio.example.it', certified: true };

describe('mails judged in threads', async () => {
  const { validate } = await loadGrammars();
  const provider = await issueProvider({ domain: 'pec.mittente.example.it' });
  const { trust } = anchorsFrom([{ name: 'sandbox.pem', bytes: Buffer.from(provider.caPem) }]);
  const office = { administration: 'c_esempio', code: 'AESEMP1', addresses: [TO.address] };
  const under = { trust, at: AT, policy: new Map(), office };
  const threads = judgingThreads(await readGrammarFiles());
  afterAll(() => threads.stop());

  const about = { identifier: 'opec1@pec.mittente.example.it', date: AT, from: FROM, subject: 'Prova' };
  const original = ordinaryMessage({
    ...about,
    to: TO.address,
    messageId: '<m@pec.mittente.example.it>',
    parts: [
      { name: 'atto.pdf', mediaType: 'application/pdf', content: Buffer.alloc(2 * COPIED_BYTES, '%PDF-1.7 x') },
      { name: 'Segnatura.xml', mediaType: 'application/xml', content: Buffer.from('<Segnatura/>') },
    ],
  });
  const certified = { ...about, messageId: '<m@pec.mittente.example.it>', to: [TO] };
  const envelope = Buffer.from(transportEnvelope(provider, { ...certified, original }));
  const accepted = Buffer.from(receipt(provider, { ...certified, kind: 'accettazione' }));

  it.each([
    ['a large message', envelope, 'plain-pec'],
    ['a receipt', accepted, 'pec-receipt'],
    ['no mail at all', Buffer.from('nessuna posta'), 'unreadable'],
  ])('are found what they are found here: %s', async (_, mail, kind) => {
    const here = await judgeHere(validate)(mail, under);
    expect(here.inspection.kind).toBe(kind);
    expect(await threads.judge(Buffer.from(mail), under)).toEqual(here);
  });

  it('are given up where there is more to tell than everybody can wait for', async () => {
    const headers =
      'From: a@mittente.example.it\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n';
    const parts = (count: number) => Buffer.from(`${headers}${SMALL_PART.repeat(count)}--x--\r\n`);
    await expect(threads.judge(parts(1_900), under)).rejects.toMatchObject({
      name: 'JudgingError',
      problem: problem('judging-too-large', '', '4'),
    });
    expect((await threads.judge(parts(190), under)).files).toHaveLength(190);
  });

  it('are listed and searched as they are here', async () => {
    expect(await threads.looks.list(Buffer.from(envelope))).toEqual(await looksHere.list(envelope));
    const written = await threads.looks.written(Buffer.from(envelope));
    expect(written).toEqual(await looksHere.written(envelope));
    expect(written?.segnatura?.bytes.toString()).toBe('<Segnatura/>');
    expect(await threads.looks.inside(Buffer.from('nessuna firma'))).toBeNull();
  });

  it('are judged by the trust that is handed in, also after it has changed', async () => {
    const kindUnder = async (anchors: typeof trust) =>
      (await threads.judge(Buffer.from(accepted), { ...under, trust: anchors })).inspection.kind;
    expect(await kindUnder(trust)).toBe('pec-receipt');
    expect(await kindUnder({ anchors: [] })).toBe('ordinary-mail');
    expect(await kindUnder(trust)).toBe('pec-receipt');
  });

  it('leave this thread free, however hostile they are', async () => {
    const head = `From: ${FROM}\r\nMIME-Version: 1.0\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n`;
    const mail = Buffer.concat([Buffer.from(head), Buffer.alloc(100 * 1024 * 1024, '=A')]);
    const started = process.threadCpuUsage();
    const { inspection } = await threads.judge(mail, under);
    const { user, system } = process.threadCpuUsage(started);
    expect(inspection.problems.map(({ code }) => code)).toContain('mime-encoding-broken');
    expect((user + system) / 1000).toBeLessThan(50);
    // Handed over, not copied.
    expect(mail.length).toBe(0);
  });
});

describe('a thread', () => {
  const THREAD = new URL('./obedient-thread.ts', import.meta.url);
  const lanes: Lane[] = [];
  afterAll(() => Promise.all(lanes.map((lane) => lane.stop())));
  const opened = (limitMs: number): ((text: string) => Promise<string>) => {
    const lane = new Lane(limitMs, new Map(), THREAD);
    lanes.push(lane);
    return async (text) => {
      const found = await lane.ask({ about: 'inside' }, Buffer.from(text));
      return Buffer.from(found ?? []).toString();
    };
  };

  it('that takes too long is given up for one mail, and the next ones are judged', async () => {
    const ask = opened(2_000);
    const answers = await Promise.allSettled(['one', 'for ever', 'two', 'three'].map(ask));
    expect(answers).toMatchObject([
      { value: 'one' },
      { reason: { name: 'JudgingError', problem: { code: 'judging-too-long' } } },
      { value: 'two' },
      { value: 'three' },
    ]);
  });

  it('that ends is replaced, and one mail is left', async () => {
    const ask = opened(60_000);
    const answers = await Promise.allSettled(['one', 'the end!', 'two', 'the end!', 'three'].map(ask));
    const interrupted = { reason: { problem: { code: 'judging-interrupted' } } };
    expect(answers).toMatchObject([{ value: 'one' }, interrupted, { value: 'two' }, interrupted, { value: 'three' }]);
  });

  it('that fails at one mail goes on with the next', async () => {
    const ask = opened(60_000);
    const answers = await Promise.allSettled(['a fault!', 'two'].map(ask));
    expect(answers).toMatchObject([{ reason: { message: 'as told' } }, { value: 'two' }]);
  });

  it('has large bytes to itself, so that no other mail is lost with it', async () => {
    const lane = new Lane(60_000, new Map(), THREAD);
    lanes.push(lane);
    const end = Buffer.alloc(COPIED_BYTES + 1, 'the end!');
    const asked = [Buffer.from('one'), end, Buffer.alloc(COPIED_BYTES + 1, 'large'), Buffer.from('two')];
    const answers = await Promise.allSettled(asked.map((bytes) => lane.ask({ about: 'inside' }, bytes)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });

  it('answers nobody once it was stopped', async () => {
    const lane = new Lane(60_000, new Map(), THREAD);
    const asked = lane.ask({ about: 'inside' }, Buffer.from('for ever'));
    const refused = expect(asked).rejects.toThrow();
    await lane.stop();
    await refused;
    await expect(lane.ask({ about: 'inside' }, Buffer.from('one'))).rejects.toThrow();
  });
});
