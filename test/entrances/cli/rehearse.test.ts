import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toConfig } from '../../../src/config/config.ts';
import { type Region, startRegion } from '../../../src/region/region.ts';
import { LONG } from '../../support/long.ts';
import { interpro } from '../../support/run.ts';

describe('interpro rehearse in a region', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-rehearse-'));
  chmodSync(folder, 0o711);
  let region: Region;
  beforeAll(async () => {
    const env = { INTERPRO_DATA: folder, INTERPRO_HTTP_PORT: '0', INTERPRO_LOG_LEVEL: 'silent' };
    region = await startRegion(folder, toConfig({ env, unknown: [] }), () => undefined, { throwAway: true });
  }, 60_000);
  afterAll(async () => {
    await region?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const rehearse = (...args: string[]) => interpro(['rehearse', ...args], { INTERPRO_DATA: folder });
  const openTasks = async () => (await region.service.views.tasks({ aoo: null, cursor: null, limit: 100 })).items;

  it('passes twelve scenarios, leaves no open task, and says so', async () => {
    const ran = await rehearse('--aoo', 'c_esempio/AESEMP1');
    expect(ran.stdout.match(/^✗.*\n.*/gm)).toBeNull();
    expect(ran.stdout.match(/^✓ +\d+ +\d+\.\d\d s {2}\S/gm)?.length).toBe(12);
    expect(ran.stdout).toMatch(/all 12 passed in \d+(\.\d)? s: Comune di Esempio is ready\n$/);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(await openTasks()).toEqual([]);
    const chains = await region.service.views.verifyAudit();
    expect(chains.filter(({ brokenAt, found }) => brokenAt !== null || found > 0)).toEqual([]);
  }, 120_000);

  it('proves that a document with a wrong digest is refused, and why', async () => {
    const { items } = await region.service.views.exchanges({ aoo: null, cursor: null, limit: 200 });
    const [received] = items.filter(
      ({ subject, direction }) => subject.includes('impronta errata') && direction === 'incoming',
    );
    const exchange = await region.service.views.exchange(received?.id ?? '');
    expect(exchange).toMatchObject({ state: 'refused', generation: '3.0.0', ourNumber: null });
    expect(exchange?.events[0]?.data).toMatchObject({ codes: ['document-digest-differs'] });
  });

  it.runIf(LONG)(
    'acts as the protocol system of an office that numbers elsewhere, with numbers of no real register',
    async () => {
      const ran = await rehearse('--aoo', 'c_santangelo/ASANTA1');
      expect(ran.stdout.match(/^✗.*\n.*/gm)).toBeNull();
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      const aoo = region.offices[2].aoo;
      const { items } = await region.service.views.registrations({ aoo, cursor: null, limit: 200 });
      expect(items.length).toBeGreaterThan(10);
      expect([...new Set(items.map(({ register }) => register))]).toEqual(['PROVA']);
      expect(items.every(({ subject }) => subject.includes('PROVA 2'))).toBe(true);
      expect(await openTasks()).toEqual([]);
    },
    120_000,
  );

  it('names the failing scenario, why it fails and what to do; its task stays open', async () => {
    const stranger = 'persona.di.prova@posta.example.com';
    const lift = region.sandbox.misbehave({ action: { do: 'refuse', how: 'permanent' }, to: stranger });
    const ran = await rehearse('--aoo', 'c_provaria/APROVA1', '--json');
    lift();
    const { scenarios } = JSON.parse(ran.stdout) as {
      scenarios: { number: number; ok: boolean; reason: string; advice: string }[];
    };
    expect(scenarios.length).toBe(12);
    const [failed, ...others] = scenarios.filter(({ ok }) => !ok);
    expect(others).toEqual([]);
    expect(failed).toMatchObject({
      number: 11,
      reason: expect.stringMatching(
        /"unevidenced" was expected; it is "failed"; Il messaggio non è stato inviato.*: 554 /,
      ),
      part: 'smtp',
      advice: expect.stringContaining('allowed to send'),
    });
    expect(ran.code).toBe(1);
    expect((await openTasks()).map(({ code }) => code)).toEqual(['not-sent']);
  }, 120_000);

  it.runIf(LONG)(
    'waits no longer than the time limit',
    async () => {
      const address = region.offices[0].address;
      const lift = region.sandbox.misbehave({ action: { do: 'drop' }, kind: 'posta-certificata', to: address });
      const ran = await rehearse('--aoo', 'c_esempio/AESEMP1', '--loopback', '--timeout', '3');
      lift();
      expect(ran.stdout.match(/^✗ +\d+/gm)?.length).toBe(5);
      expect(ran.stdout).toMatch(
        / {5}Comune di Esempio: "confirmed" was expected; it is ".*\n {5}at fault: \S.*\n {5}what to do: \S/,
      );
      expect(ran.stdout).toMatch(
        /5 of 5 failed \(1, 2, 3, 4, 5\), \d+(\.\d)? s; at fault: \S.*\nwhat they left bears PROVA \S+ in its subject: /,
      );
      expect(ran.code).toBe(1);
    },
    60_000,
  );

  it('refuses wrong arguments', async () => {
    const wrong = [['--aoo', 'c_altro/A'], ['--aoo', 'c_esempio/AESEMP1', '--timeout', '0'], ['--nonsense'], []];
    for (const { code } of await Promise.all(wrong.map((args) => rehearse(...args)))) expect(code).toBe(2);
    expect(await rehearse('--help')).toMatchObject({ code: 0, stderr: '' });
  }, 60_000);
});
