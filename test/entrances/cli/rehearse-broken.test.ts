/** A set-up broken on purpose: the rehearsal names the broken part and uses no more numbers than needed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Councils, startCouncils } from '../../exchange/councils.ts';
import { LONG } from '../../support/long.ts';
import { run, type Started, start } from '../../support/run.ts';

interface Report {
  readonly ok: boolean;
  readonly setUp: readonly { part: string; ok: boolean; detail: string; advice: string | null }[];
  readonly scenarios: readonly { ok: boolean; played: boolean; part: string | null; reason: string; advice: string }[];
}

describe('interpro rehearse with a broken set-up', () => {
  let councils: Councils;
  let running: Started | null = null;
  let files = 0;
  beforeAll(async () => {
    councils = await startCouncils();
    await councils.esempio.stopService(councils.esempio.service);
  }, 180_000);
  afterAll(async () => {
    await running?.end();
    await councils?.stop();
  });

  const trusted = () => join(councils.esempio.folder, '..', 'trust');
  /** Writes a configuration of the office and returns the environment for a service or command that uses it. */
  function configured(change: (office: Record<string, unknown>) => object = (office) => office, trust = trusted()) {
    const { folder, office, database } = councils.esempio;
    const secret = join(folder, 'password');
    writeFileSync(secret, 'segreta', { mode: 0o600 });
    writeFileSync(`${secret}-wrong`, 'sbagliata', { mode: 0o600 });
    const { administration, code, register, name, address } = office;
    const account = { secure: false, user: address, passwordFile: secret };
    const { imap, smtp } = councils.sandbox;
    const mailboxes = [{ address, ...imap, ...account }];
    const described = change({
      administration,
      code,
      register,
      name,
      address,
      mailboxes,
      smtp: { ...smtp, ...account },
    });
    files += 1;
    const file = join(folder, `offices-${files}.json`);
    writeFileSync(file, JSON.stringify({ offices: [described] }));
    return {
      DATABASE_URL: database.url,
      INTERPRO_OFFICES: file,
      INTERPRO_DATA: folder,
      INTERPRO_TRUST: trust,
      INTERPRO_HTTP_PORT: '0',
      INTERPRO_LOG_LEVEL: 'silent',
    };
  }
  async function serve(env: Record<string, string>) {
    await running?.end();
    running = start('src/main.ts', [], env);
    await running.says('works for 1 office');
  }
  async function rehearse(env: Record<string, string>, ...more: string[]) {
    const args = ['rehearse', '--aoo', 'c_esempio/AESEMP1', '--yes', '--json', '--timeout', '6', ...more];
    const ran = await run('src/entrances/cli/interpro.ts', args, env);
    return { ...ran, report: JSON.parse(ran.stdout) as Report };
  }
  const registered = async () => (await councils.esempio.rows('select 1 from registration')).length;
  const atFault = ({ setUp }: Report) => setUp.filter(({ ok }) => !ok).map(({ part }) => part);

  it.runIf(LONG)(
    'passes when nothing is broken, and says what the index does not know',
    async () => {
      const env = configured();
      await serve(env);
      const { code, report, stderr } = await rehearse(env, '--timeout', '60');
      expect(report.scenarios.filter(({ ok }) => !ok)).toEqual([]);
      expect(code).toBe(0);
      expect(stderr).toContain('! the index: Comune di Esempio: not in the index (c_esempio/AESEMP1)');
      expect(stderr.match(/^✓/gm)?.length).toBe(5);
    },
    180_000,
  );

  it.each([
    ['smtp', 'a wrong SMTP password', /535/],
    ['smtp', 'an SMTP server that is not there', /ECONNREFUSED/],
    ['mailbox', 'a wrong password of the mailbox', /Authentication failed/],
    ['mailbox', 'a mailbox server that is not there', /ECONNREFUSED/],
    ['trust', 'a certificate that nobody can read', /spoilt\.pem/],
    ['database', 'a database that is not there', /ECONNREFUSED/],
  ] as const)(
    '%s: %s is named before anything is registered',
    async (part, what, said) => {
      const account = what.includes('password')
        ? { passwordFile: join(councils.esempio.folder, 'password-wrong') }
        : { port: 1 };
      const env = configured((office) => {
        if (part === 'smtp') return { ...office, smtp: { ...(office['smtp'] as object), ...account } };
        if (part !== 'mailbox') return office;
        return { ...office, mailboxes: [{ ...(office['mailboxes'] as object[])[0], ...account }] };
      });
      if (part === 'trust') {
        env.INTERPRO_TRUST = join(councils.esempio.folder, 'spoilt');
        mkdirSync(env.INTERPRO_TRUST, { recursive: true });
        writeFileSync(join(env.INTERPRO_TRUST, 'spoilt.pem'), 'no certificate');
      }
      if (part === 'database') env.DATABASE_URL = 'postgres://nobody:secret@127.0.0.1:1/nothing';
      const before = await registered();
      const { code, report } = await rehearse(env);
      expect(atFault(report)).toEqual([part]);
      const fault = report.setUp.find(({ ok }) => !ok);
      expect(fault?.detail).toMatch(said);
      expect(fault?.advice).toMatch(/\w/);
      expect(report).toMatchObject({ ok: false, scenarios: [] });
      expect(code).toBe(1);
      expect(await registered()).toBe(before);
    },
    60_000,
  );

  it.runIf(LONG)(
    'trust: the first message shows that the service does not trust the provider; no other is sent',
    async () => {
      const folder = join(councils.esempio.folder, 'no-trust');
      mkdirSync(folder, { recursive: true });
      await serve(configured(undefined, folder));
      const before = await registered();
      const { code, report } = await rehearse(configured(), '--timeout', '60');
      const [first, ...others] = report.scenarios;
      expect(first).toMatchObject({ ok: false, played: true, part: 'trust' });
      expect(first?.reason).toContain('non risale a un gestore PEC riconosciuto');
      expect(first?.advice).toContain('INTERPRO_TRUST');
      expect(others.map(({ played }) => played)).toEqual([false, false, false, false]);
      expect(code).toBe(1);
      expect(await registered()).toBe(before + 1);
    },
    180_000,
  );

  it.runIf(LONG)(
    'deadlines: one that is too short is named as the fault',
    async () => {
      const env = configured();
      await serve(env);
      const lift = councils.sandbox.misbehave({ action: { do: 'delay', milliseconds: 500 } });
      const { later } = councils.esempio;
      const clock = setInterval(() => later(25), 200);
      const { report } = await rehearse(env, '--timeout', '60').finally(() => clearInterval(clock));
      lift();
      expect(report.scenarios[0]).toMatchObject({ ok: false, played: true, part: 'deadlines' });
      expect(report.scenarios[0]?.reason).toMatch(/^it passed, but a deadline ran out before: /);
      expect(report.scenarios.at(-1)?.played).toBe(true);
    },
    180_000,
  );

  it.runIf(LONG)(
    'distinguishes a mailbox that gets no mail from a provider that does not deliver',
    async () => {
      const env = configured();
      await serve(env);
      const lost = councils.sandbox.misbehave({ action: { do: 'drop' }, kind: 'posta-certificata' });
      const { code, report } = await rehearse(env, '--timeout', '3');
      expect(report.scenarios.map(({ part, played }) => [part, played])).toEqual(Array(5).fill(['mailbox', true]));
      expect(report.scenarios[0]?.reason).toMatch(/says that it was delivered, but it is not in protocollo@pec/);
      expect(code).toBe(1);
      const unsaid = councils.sandbox.misbehave({ action: { do: 'drop' }, kind: 'avvenuta-consegna' });
      const { report: later } = await rehearse(env, '--timeout', '3');
      unsaid();
      lost();
      expect(later.scenarios.map(({ part }) => part)).toEqual(Array(5).fill('provider'));
    },
    180_000,
  );

  it.runIf(LONG)(
    'service: not running',
    async () => {
      const env = configured();
      await running?.end();
      running = null;
      const { code, report, stderr } = await rehearse(env, '--timeout', '3');
      expect(report.scenarios.map(({ part, played }) => [part, played])).toEqual([
        ['service', true],
        ...Array(4).fill(['service', false]),
      ]);
      expect(report.scenarios[0]?.advice).toContain('npm start');
      expect(stderr).toMatch(/^✗ {2}1 /m);
      expect(code).toBe(1);
      await councils.esempio.rows("update mailbox set last_success = now() - interval '1 hour'");
      const later = await rehearse(env);
      expect(atFault(later.report)).toEqual(['service']);
    },
    180_000,
  );
});
