import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../exchange/councils.ts';
import { createDatabase } from '../support/postgres.ts';
import { interpro, run, type Started, start } from '../support/run.ts';

const AOO = 'c_provaria/APROVA1';

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly cursor?: string;
}

describe('the local region', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-region-'));
  chmodSync(folder, 0o711);
  const env = { INTERPRO_DATA: folder, INTERPRO_HTTP_PORT: '0', INTERPRO_SAMPLE: 'exchange' };
  let region: Started;
  let api: string;

  beforeAll(async () => {
    region = start('src/main.ts', [], env);
    const text = await region.says('Stop: Ctrl-C');
    api = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? '';
  });
  afterAll(async () => {
    await region.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const cli = async (...args: string[]) => {
    const ran = await interpro(args, env);
    return { ...ran, json: ran.code === 0 && args.includes('--json') ? JSON.parse(ran.stdout) : null };
  };
  const get = async (path: string) => {
    const authorization = `Bearer ${readFileSync(join(folder, 'admin-token'), 'utf8').trim()}`;
    const answer = await fetch(`${api}${path}`, { headers: { authorization } });
    return {
      status: answer.status,
      type: answer.headers.get('content-type'),
      body: (await answer.json()) as Page & { id: string },
    };
  };

  it('shows the sample exchange at the first start', () => {
    expect(region.output()).toMatch(/our 0000001\/\d{4} is 0000001\/\d{4} at Comune di Provaria/);
    expect(region.output()).toContain('confirmation received and correlated');
  });

  it('prints where people enter, with a link that works once', async () => {
    const line = /^Desk: (http:\/\/127\.0\.0\.1:\d+)\/ {2}first entry: (\1\/entra\/[\w-]{43})$/m.exec(region.output());
    expect(line?.[1]).toBe(api);
  });

  it('has a third council, whose own protocol system numbers', async () => {
    expect(region.output()).toContain("Comune di Esempio, Comune di Provaria and Comune di Sant'Angelo in Prova");
    const sends = await cli(
      'send',
      '--from',
      'c_santangelo/ASANTA1',
      '--to',
      'c_provaria',
      '--subject',
      'Prova',
      'LICENSE',
    );
    expect(sends).toMatchObject({ code: 1, stderr: expect.stringContaining('indicare il numero che ha assegnato') });
  });

  it('lists messages, registrations and exchanges, as a table and as JSON', async () => {
    const { json } = await cli('list', 'exchanges', '--json');
    expect(json.items.map((item: { direction: string; state: string }) => [item.direction, item.state]).sort()).toEqual(
      [
        ['incoming', 'confirmed'],
        ['outgoing', 'confirmed'],
      ],
    );
    const table = await cli('list', 'registrations');
    expect(table.stdout.split('\n').length).toBe(4);
    expect(table.stdout).toContain('c_provaria/APROVA1/PROT/');
    const messages = (await cli('list', 'messages', '--json')).json.items as { kind: string; action: string }[];
    const kinds = messages.map(({ kind, action }) => `${kind} ${action}`).sort();
    expect(kinds).toContain('protocol-message register');
    expect(kinds).toContain('confirmation correlate');
    expect(kinds.filter((kind) => kind === 'pec-receipt correlate').length).toBeGreaterThanOrEqual(2);
  });

  it('pages with cursors that repeat no item', async () => {
    const listed = (await cli('list', 'messages', '--json')).json.items as { id: string; aoo: string }[];
    const all = listed.filter((item) => item.aoo === AOO).map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await get(`/rest/interpro/v1/mails?aoo=${AOO}&limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(all);
  });

  it('shows one of each by the id from the list', async () => {
    for (const [what, door] of [
      ['messages', 'mails'],
      ['registrations', 'registrations'],
      ['exchanges', 'exchanges'],
    ] as const) {
      const [first] = (await cli('list', what, '--json')).json.items;
      const shown = await cli('show', first.id, '--json');
      expect(shown.json.id).toBe(first.id);
      // A registration is identified by office, register, year and number; in the API the office is a separate parameter.
      const id = first.id.replace(`${first.aoo}/`, '');
      expect((await get(`/rest/interpro/v1/${door}/${id}?aoo=${first.aoo}`)).status, what).toBe(200);
      expect((await get(`/rest/interpro/v1/${door}/${id}?aoo=c_santangelo/ASANTA1`)).status, what).toBe(404);
    }
    expect((await cli('show', 'nothing')).code).toBe(1);
  });

  it('answers wrong requests with problem+json', async () => {
    expect(await get('/rest/interpro/v1/mails?aoo=c_provaria/APROVA1&limit=0')).toMatchObject({
      status: 400,
      type: expect.stringContaining('application/problem+json'),
      body: { code: 'bad-request' },
    });
    expect(
      await get('/rest/interpro/v1/exchanges/00000000-0000-7000-8000-000000000000?aoo=c_provaria/APROVA1'),
    ).toMatchObject({
      status: 404,
      body: { code: 'not-found' },
    });
    expect(await get('/nowhere')).toMatchObject({ status: 404 });
    expect(await get('/status')).toMatchObject({ status: 200, body: { title: 'OK', faults: [] } });
  });

  it('sends to a council found despite a typing mistake, and by its code alone', async () => {
    const file = join(folder, 'delibera.pdf');
    writeFileSync(file, '%PDF-1.4 prova');
    const send = (to: string, ...more: string[]) =>
      cli('send', '--from', 'c_esempio/AESEMP1', '--to', to, '--subject', 'Delibera', ...more, file);
    const count = async () => (await cli('list', 'registrations', '--json')).json.items.length;
    const before = await count();
    const slipped = await send('comune di provria');
    expect(slipped).toMatchObject({ code: 1, stderr: expect.stringContaining('Non è stato registrato nulla') });
    expect(slipped.stderr).toMatch(/si intendeva:\n(.*\n)*.*Comune di Provaria.*--to c_provaria\n/);
    expect((await send('asl_prova', '--json')).stdout).toContain('index-recipient-ambiguous');
    expect((await send('c_provaria', '--generation', '1999')).code).toBe(2);
    expect(await count()).toBe(before);

    const sent = await send('c_provaria', '--classification', 'I.15', '--json');
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    const [exchange] = sent.json.exchanges;
    const confirmed = await until('the confirmation', async () => {
      const { json } = await cli('show', exchange.exchangeId, '--json');
      return json.state === 'confirmed' && json;
    });
    expect(confirmed.events[0]).toMatchObject({
      type: 'registered',
      data: {
        recipient: {
          administration: 'c_provaria',
          aoo: 'APROVA1',
          address: 'protocollo@pec.provaria.example.it',
          sources: { versions: [{ kind: 'aoo', key: 'APROVA1' }, { kind: 'body' }] },
        },
      },
    });
  });

  it('sends a sealed 3.0.0, with keys that only their owner can read and that are never shown', async () => {
    const file = join(folder, 'delibera.pdf');
    writeFileSync(file, '%PDF-1.4 prova');
    const to = [
      '--from',
      'c_esempio/AESEMP1',
      '--to',
      'c_provaria',
      '--generation',
      '3.0.0',
      '--classification',
      'I.15',
    ];
    const sent = await cli('send', ...to, '--subject', 'Sigillata', '--json', file);
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    const confirmed = await until('the confirmation', async () => {
      const { json } = await cli('show', sent.json.exchanges[0].exchangeId, '--json');
      return json.state === 'confirmed' && json;
    });
    expect(confirmed.generation).toBe('3.0.0');
    const { items } = (await cli('list', 'registrations', '--json')).json;
    const there = items.find((item: { subject: string; direction: string }) => item.subject === 'Sigillata');
    expect(items.filter(({ subject }: { subject: string }) => subject === 'Sigillata').length).toBe(2);
    expect(there.flags).toEqual([]);
    for (const { seal } of JSON.parse(readFileSync(join(folder, 'offices.json'), 'utf8')).offices)
      for (const path of [seal.certificateFile, seal.keyFile]) expect(statSync(path).mode & 0o777, path).toBe(0o600);
    expect(region.output()).not.toMatch(/PRIVATE KEY|seals/);
  });

  it('passes its own check-up, and its audit chains are intact', async () => {
    const doctor = await cli('doctor', '--json');
    expect(doctor.json.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
    expect(doctor.json.length).toBeGreaterThanOrEqual(8);
    const { ok, faults, offices } = (await cli('audit', '--json')).json;
    expect([ok, faults, offices.length]).toEqual([true, [], 3]);
    expect((await cli('migrate')).stdout).toContain('nothing to do');
  });

  it('refuses a second copy in the same folder, naming the first', async () => {
    const second = await run('src/main.ts', [], env);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/in use: another copy runs there \(PostgreSQL pid \d+\)/),
    });
  });

  it('stops cleanly on SIGTERM, keeps its data, and starts again without a second sample', async () => {
    expect(await region.end('SIGTERM')).toBe(0);
    region = start('src/main.ts', [], env);
    const text = await region.says('Stop: Ctrl-C');
    expect(text).not.toContain('sample exchange');
    expect((await cli('list', 'registrations', '--json')).json.items.length).toBe(6);
    expect(await region.end('SIGINT')).toBe(0);
  });
});

describe('the process', () => {
  it('refuses a wrong configuration and names all its faults', async () => {
    const ran = await run('src/main.ts', [], { DATABASE_URL: 'nonsense', INTERPRO_HTTP_PORT: 'x' });
    expect(ran.code).toBe(1);
    for (const name of ['DATABASE_URL', 'INTERPRO_OFFICES', 'INTERPRO_HTTP_PORT']) expect(ran.stderr).toContain(name);
  });

  it('ends as a region too, where its port was asked for: nobody would look for it elsewhere', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const folder = mkdtempSync(join(tmpdir(), 'interpro-region-'));
    chmodSync(folder, 0o711);
    try {
      const ran = await run('src/main.ts', [], { INTERPRO_DATA: folder, INTERPRO_HTTP_PORT: String(port) });
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining(`port ${port} on 127.0.0.1 is taken`) });
    } finally {
      taken.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('ends when its port is taken, even after everything else has started', async () => {
    const database = await createDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'interpro-port-'));
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      const passwordFile = join(folder, 'password');
      writeFileSync(passwordFile, 'x', { mode: 0o600 });
      const address = 'protocollo@pec.esempio.example.it';
      const office = { administration: 'c_esempio', code: 'AESEMP1', name: 'Comune di Esempio', address };
      const mailbox = { address, host: '127.0.0.1', port: 1, passwordFile };
      const offices = [{ ...office, mailboxes: [mailbox], smtp: { host: '127.0.0.1', port: 1 } }];
      writeFileSync(join(folder, 'offices.json'), JSON.stringify({ offices }));
      const ran = await run('src/main.ts', [], {
        DATABASE_URL: database.url,
        INTERPRO_OFFICES: join(folder, 'offices.json'),
        INTERPRO_DATA: folder,
        INTERPRO_HTTP_PORT: String(port),
      });
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining(`port ${port} on 127.0.0.1 is taken`) });
    } finally {
      taken.close();
      await database.drop();
      rmSync(folder, { recursive: true });
    }
  });

  it('runs the demo to its end', async () => {
    const ran = await run('src/main.ts', ['demo']);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(
      /\d+\.\d\d s {2}register of Comune di Esempio: our 0000001\/\d{4} is 0000001\/\d{4} at Comune di Provaria/,
    );
  });

  it('explains itself', async () => {
    expect(await run('src/entrances/cli/interpro.ts', ['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('inspect'),
    });
    expect(await run('src/entrances/cli/interpro.ts', ['nonsense'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no command "nonsense"'),
    });
    for (const command of ['migrate', 'doctor', 'inspect', 'send', 'list', 'show', 'audit', 'retry', 'sandbox']) {
      expect(await interpro([command, '--help']), command).toMatchObject({ code: 0, stderr: '' });
      expect((await interpro([command, '--nonsense'])).code, command).toBe(2);
    }
  });
});
