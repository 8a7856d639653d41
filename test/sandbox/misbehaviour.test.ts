import { ImapFlow } from 'imapflow';
import nodemailer from 'nodemailer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRules } from '../../src/sandbox/rules.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { daticert, ESEMPIO, haveOpenssl, header, kinds, last, opensslVerifies, PROVARIA, submit } from './support.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ mailboxes: [ESEMPIO, PROVARIA] });
});
afterEach(() => sandbox.stop());

const send = () => submit(sandbox, ESEMPIO, { to: PROVARIA.address });

describe('mail on its way', () => {
  it('is dropped as often and of the kind the rule says', async () => {
    sandbox.misbehave({ action: { do: 'drop' }, kind: 'avvenuta-consegna', times: 1 });
    await send();
    expect(kinds(sandbox, ESEMPIO.address)).toEqual(['accettazione']);
    expect(kinds(sandbox, PROVARIA.address)).toEqual(['posta-certificata']);
    await send();
    expect(kinds(sandbox, ESEMPIO.address)).toEqual(['accettazione', 'accettazione', 'avvenuta-consegna']);
  });

  it('arrives twice, the same bytes under two UIDs', async () => {
    sandbox.misbehave({ action: { do: 'duplicate' }, kind: ['posta-certificata'], to: PROVARIA.address });
    await send();
    const [first, second] = sandbox.mails(PROVARIA.address);
    expect([first?.uid, second?.uid]).toEqual([1, 2]);
    expect(first?.bytes.equals(second?.bytes ?? Buffer.alloc(0))).toBe(true);
    expect(kinds(sandbox, ESEMPIO.address)).toEqual(['accettazione', 'avvenuta-consegna']);
  });

  it('arrives late, after mail it should precede', async () => {
    sandbox.misbehave({ action: { do: 'delay', milliseconds: 1_500 }, kind: 'accettazione' });
    await send();
    await sandbox.arrived(ESEMPIO.address, 2);
    expect(kinds(sandbox, ESEMPIO.address)).toEqual(['avvenuta-consegna', 'accettazione']);
  });

  it('arrives when the rule is taken back: the acceptance after the delivery', async () => {
    const takeBack = sandbox.misbehave({ action: { do: 'delay' }, kind: 'accettazione', times: 1 });
    await send();
    expect(kinds(sandbox, ESEMPIO.address)).toEqual(['avvenuta-consegna']);
    takeBack();
    await sandbox.arrived(ESEMPIO.address, 2);
    expect(kinds(sandbox, ESEMPIO.address)).toEqual(['avvenuta-consegna', 'accettazione']);
  });

  it.each([
    [false, (messageId: string | null) => messageId],
    [true, () => null],
  ])('says nothing of the Message-ID of the sender (everywhere: %s)', async (everywhere, expected) => {
    sandbox.misbehave({
      action: { do: 'omit-msgid', everywhere },
      kind: ['accettazione', 'avvenuta-consegna'],
      times: 2,
    });
    const messageId = '<senza@esempio.example.it>';
    await submit(sandbox, ESEMPIO, { to: PROVARIA.address, messageId });
    for (const kind of ['accettazione', 'avvenuta-consegna']) {
      const receipt = last(sandbox, ESEMPIO.address, kind);
      expect(daticert(receipt).xml).not.toContain('msgid');
      expect(daticert(receipt).value('identificativo')).toMatch(/^sandbox\./);
      expect(header(receipt, 'X-Riferimento-Message-ID')).toBe(expected(messageId));
      if (haveOpenssl) expect(opensslVerifies(receipt, sandbox.caPem)).toBe(true);
    }
    expect(daticert(last(sandbox, PROVARIA.address, 'posta-certificata')).xml).toContain('msgid');
    await submit(sandbox, ESEMPIO, { to: PROVARIA.address, messageId });
    expect(daticert(last(sandbox, ESEMPIO.address, 'accettazione')).xml).toContain('msgid');
  });

  it('stops misbehaving when the rule is taken back', async () => {
    const takeBack = sandbox.misbehave({ action: { do: 'drop' } });
    await send();
    expect(kinds(sandbox, ESEMPIO.address)).toEqual([]);
    takeBack();
    await send();
    expect(kinds(sandbox, ESEMPIO.address)).toEqual(['accettazione', 'avvenuta-consegna']);
  });

  it.skipIf(!haveOpenssl).each([
    ['corrupt', /failure/],
    ['expired', /expired/],
    ['foreign', /unable to get|self.signed/],
    ['san-mismatch', true],
    ['sha1', true],
  ] as const)('carries the signature fault %s', async (fault, verdict) => {
    sandbox.misbehave({
      action: fault === 'corrupt' ? { do: 'corrupt' } : { do: 'sign', as: fault },
      kind: 'posta-certificata',
    });
    await send();
    const envelope = last(sandbox, PROVARIA.address, 'posta-certificata');
    const found = opensslVerifies(envelope, sandbox.caPem);
    if (verdict === true) expect(found).toBe(true);
    else expect(found).toMatch(verdict);
    expect(header(envelope, 'Content-Type')).toContain(fault === 'sha1' ? 'micalg="sha1"' : 'micalg="sha-256"');
    expect(opensslVerifies(last(sandbox, ESEMPIO.address, 'accettazione'), sandbox.caPem)).toBe(true);
  });

  it('comes unsigned', async () => {
    sandbox.misbehave({ action: { do: 'sign', as: 'unsigned' }, kind: 'accettazione' });
    await send();
    expect(header(last(sandbox, ESEMPIO.address, 'accettazione'), 'Content-Type')).toMatch(/^multipart\/mixed/);
  });
});

describe('the SMTP server', () => {
  it.each([
    ['temporary', { responseCode: 451 }],
    ['permanent', { responseCode: 554 }],
    ['authentication', { code: 'EAUTH' }],
  ] as const)('refuses: %s', async (how, error) => {
    sandbox.misbehave({ action: { do: 'refuse', how }, from: ESEMPIO.address, times: 1 });
    await expect(send()).rejects.toMatchObject(error);
    expect(kinds(sandbox, ESEMPIO.address)).toEqual([]);
    await send();
    expect(kinds(sandbox, ESEMPIO.address)).toEqual(['accettazione', 'avvenuta-consegna']);
  });

  it.each([
    ['disconnect', []],
    ['accept-and-disconnect', ['accettazione', 'avvenuta-consegna']],
  ] as const)('hangs up after the data: %s', async (how, stored) => {
    sandbox.misbehave({ action: { do: 'refuse', how }, to: PROVARIA.address, times: 1 });
    await expect(send()).rejects.toThrow();
    expect(kinds(sandbox, ESEMPIO.address)).toEqual(stored);
  });

  it('answers after the receipts, when the rule is taken back', async () => {
    const takeBack = sandbox.misbehave({ action: { do: 'receipts-first' }, from: ESEMPIO.address, times: 1 });
    let answered = false;
    const sending = send().then(() => {
      answered = true;
    });
    await sandbox.arrived(ESEMPIO.address, 2);
    // Meanwhile another mail goes all the way through.
    await submit(sandbox, PROVARIA, { to: ESEMPIO.address });
    await send();
    expect(answered).toBe(false);
    takeBack();
    await sending;
    expect(answered).toBe(true);
  });

  it('answers after the given delay', async () => {
    sandbox.misbehave({ action: { do: 'receipts-first', milliseconds: 300 } });
    const start = performance.now();
    await send();
    expect(performance.now() - start).toBeGreaterThan(250);
  });

  it('serves others meanwhile', async () => {
    sandbox.misbehave({ action: { do: 'refuse', how: 'temporary' }, from: ESEMPIO.address });
    await submit(sandbox, PROVARIA, { to: ESEMPIO.address });
    expect(kinds(sandbox, ESEMPIO.address)).toEqual(['posta-certificata']);
  });
});

it.each(['authentication', 'disconnect'] as const)('the IMAP server refuses once: %s', async (how) => {
  sandbox.misbehave({ action: { do: 'refuse', how, service: 'imap' }, times: 1 });
  const connect = async () => {
    const auth = { user: ESEMPIO.address, pass: ESEMPIO.password };
    const client = new ImapFlow({ ...sandbox.imap, secure: false, auth, logger: false });
    client.on('error', () => undefined);
    await client.connect();
    await client.logout();
  };
  await send();
  await expect(connect()).rejects.toThrow();
  await connect();
});

it('stop() forgets what is delayed and closes every connection', async () => {
  sandbox.misbehave({ action: { do: 'delay', milliseconds: 3_600_000 } });
  await send();
  const pool = nodemailer.createTransport({
    ...{ ...sandbox.smtp, secure: false, pool: true },
    auth: { user: ESEMPIO.address, pass: ESEMPIO.password },
  });
  await pool.verify();
  await sandbox.stop();
  await expect(send()).rejects.toThrow('ECONNREFUSED');
  pool.close();
});

it('a rule counts only the occasions it applies to', () => {
  const rules = createRules();
  rules.add({ action: { do: 'drop' }, kind: 'accettazione', from: 'A@x.it', to: 'b@x.it', times: 2 });
  const take = (kind: 'accettazione' | 'anomalia', from: string, to: string) =>
    rules.take(['drop'], { kind, from, to }).length;
  expect(take('anomalia', 'a@x.it', 'b@x.it')).toBe(0);
  expect(take('accettazione', 'c@x.it', 'b@x.it')).toBe(0);
  expect(take('accettazione', 'a@x.it', 'c@x.it')).toBe(0);
  expect(rules.take(['delay'], { kind: 'accettazione', from: 'a@x.it', to: 'b@x.it' })).toEqual([]);
  expect([1, 2, 3].map(() => take('accettazione', 'a@x.it', 'B@x.it'))).toEqual([1, 1, 0]);
});
