/** Mistakes at the command line: each refusal says in words what is wrong and exits as documented. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { toConfig } from '../../../src/config/config.ts';
import { type Region, startRegion } from '../../../src/region/region.ts';
import { interpro, start } from '../../support/run.ts';

const SEND = ['send', '--from', 'c_esempio', '--to', 'c_provaria'];

describe('the command line, used clumsily', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-clumsy-'));
  chmodSync(folder, 0o711);
  const [full, empty] = [join(folder, 'delibera.pdf'), join(folder, 'vuota.pdf')];
  let region: Region;
  beforeAll(async () => {
    const env = { INTERPRO_DATA: folder, INTERPRO_HTTP_PORT: '0', INTERPRO_LOG_LEVEL: 'silent' };
    region = await startRegion(folder, toConfig({ env, unknown: [] }), () => undefined, { throwAway: true });
    writeFileSync(full, '%PDF-1.4\n');
    writeFileSync(empty, '');
  }, 60_000);
  afterAll(async () => {
    await region?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const cli = (...args: string[]) => interpro(args, { INTERPRO_DATA: folder });
  const send = (...more: string[]) => cli('send', '--from', 'c_esempio/AESEMP1', '--to', 'c_provaria', ...more);
  const external = (...more: string[]) =>
    cli('send', '--from', 'c_santangelo/ASANTA1', '--to', 'c_provaria', '--subject', 'Prova', ...more, full);

  it.each([
    [['list', 'exchanges', '--aoo', 'c_altro/A'], /^interpro list: --aoo: offices here are c_esempio\/AESEMP1, /],
    [['list', 'exchanges', 'tasks'], /^interpro list: name one of: messages, /],
    [['list', 'toString'], /^interpro list: name one of: messages, /],
    [['list', 'exchanges', '--limit', '0'], /^interpro list: --limit: a number from 1 to 1000/],
    [['list', 'exchanges', '--cursor', 'xyz'], /^interpro list: --cursor: not a cursor of this list/],
    [['index', 'find'], /^interpro index find: say what to look for/],
    [['index', 'show', 'c_esempio', '--on', '2026-02-31'], /^interpro index show: --on: a day is written yyyy-mm-dd/],
    [['index', 'import', '--date', '2026-99-99', 'x.csv'], /^interpro index import: --date: a day is written/],
    [['index', 'history', 'a', 'b'], /^interpro index history: name one code/],
    [['show', 'one', 'two'], /^interpro show: name one ID/],
    [['list', 'exchanges', '--aoo', ''], /^interpro list: --aoo: offices here are /],
    [['inspect', tmpdir()], /^interpro inspect: \S+ is a folder, not a file\n/],
    [SEND, /^interpro send: --from, --to and --subject are needed\n/],
    [[...SEND, '--subject', ''], /^interpro send: --subject is empty\n/],
    [[...SEND, '--subject', 'Prova', '--text', '', 'package.json'], /^interpro send: --text is empty\n/],
    [[...SEND, '--subject', 'Prova', tmpdir()], /^interpro send: \S+ is a folder, not a file\n/],
  ])(
    '%j: says what is wrong',
    async (args, said) => {
      const ran = await cli(...args);
      expect(ran.stderr).toMatch(said);
      // The help would push what is wrong out of sight: it is only named.
      expect(ran.stderr).toMatch(/^.+\nhow it is used: interpro (index )?\w+ --help\n$/);
      expect(ran).toMatchObject({ code: 2, stdout: '' });
    },
    60_000,
  );

  it('an empty document, an impossible number or day, and a subject of several lines', async () => {
    const [hollow, zero, february, hour] = await Promise.all([
      send('--subject', 'Prova', empty),
      external('--number', '0', '--date', '2026-03-02', '--time', '10:00:00'),
      external('--number', '7', '--date', '2026-02-31', '--time', '10:00:00'),
      external('--number', '7', '--date', '2026-03-02', '--time', '25:00:00'),
    ]);
    expect(hollow.stderr).toMatch(/^interpro send: vuota\.pdf is empty\n/);
    for (const { stderr } of [zero, february, hour]) expect(stderr).toMatch(/^interpro send: --number, --date /);
    expect([hollow, zero, february, hour].map(({ code }) => code)).toEqual([2, 2, 2, 2]);

    const sent = await send('--json', '--subject', 'Città però:\n  «è» — €', full);
    const { exchanges } = JSON.parse(sent.stdout) as { exchanges: { exchangeId: string }[] };
    const id = exchanges[0]?.exchangeId ?? '';
    expect((await cli('show', id)).stdout).toContain('\nsubject: Città però: «è» — €\n');
    for (const command of [['register'], ['confirm'], ['refuse', '--reason', 'Prova']]) {
      const ran = await cli(...command, id);
      expect(ran.stderr).toContain(`${id} is a message of ours`);
      expect(ran.code).toBe(1);
    }
    const nowhere = await cli('evidence', id, '-o', join(folder, 'nowhere', 'x.zip'));
    expect(nowhere.stderr).toMatch(/^interpro evidence: \S+x\.zip cannot be written: ENOENT/);
    expect(nowhere.code).toBe(2);
  }, 120_000);

  it('a list of words is shown as words, and empty fields are left out', async () => {
    const aoo = region.offices[1].aoo;
    const arrived = async () => {
      const { items } = await region.service.views.exchanges({ aoo, cursor: null, limit: 10 });
      expect(items).not.toEqual([]);
      return items[0]?.id ?? '';
    };
    const flagged = await cli('show', await vi.waitFor(arrived, { timeout: 30_000 }));
    expect(flagged.stdout).toMatch(/^ {6}action: register/m);
    expect(flagged.stdout).not.toMatch(/^ *(0: |tasks:$)/m);
  }, 60_000);

  it('every command says when the database cannot be reached', async () => {
    const env = {
      DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/nothing',
      INTERPRO_OFFICES: join(folder, 'offices.json'),
      INTERPRO_DATA: folder,
      INTERPRO_TRUST: join(folder, 'trust'),
    };
    for (const args of [['list', 'tasks'], ['audit'], ['index', 'find', 'prova'], ['confirm', 'x']]) {
      const { code, stderr } = await interpro(args, env);
      expect(stderr).toMatch(/^interpro \w+: the database is away \(.*ECONNREFUSED.*\): is the service running/);
      expect(stderr.split('\n').length).toBe(2);
      expect(code).toBe(1);
    }
    // The check-up names the database, and no clock that it could not read.
    const checks = JSON.parse((await interpro(['doctor', '--json'], env)).stdout) as { what: string; ok: boolean }[];
    const failed = checks.filter(({ ok }) => !ok).map(({ what }) => what);
    expect(failed).toContain('database');
    expect(checks.map(({ what }) => what)).not.toContain('clock');
  }, 120_000);

  it('Ctrl-C in the middle of a rehearsal ends it with its report', async () => {
    const lift = region.sandbox.misbehave({ action: { do: 'drop' }, kind: 'posta-certificata' });
    const rehearsal = start('src/entrances/cli/interpro.ts', ['rehearse', '--aoo', 'c_esempio/AESEMP1'], {
      INTERPRO_DATA: folder,
    });
    await rehearsal.says('12 scenarios');
    const sent = async () =>
      (await region.service.views.exchanges({ aoo: null, cursor: null, limit: 50 })).items.some(({ subject }) =>
        subject.startsWith('PROVA'),
      );
    while (!(await sent())) await new Promise((resolve) => setTimeout(resolve, 50));
    const code = await rehearsal.end('SIGINT');
    lift();
    expect(rehearsal.output()).toMatch(/✗ {2}1 .*\n {5}stopped by hand; .*expected/);
    expect(rehearsal.output()).toMatch(/\n1 of 12 failed \(1\), 11 not played, .*\nwhat they left bears PROVA /);
    expect(code).toBe(130);
  }, 120_000);
});
