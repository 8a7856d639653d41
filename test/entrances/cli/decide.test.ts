import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Council,
  type Councils,
  ESEMPIO,
  type Facts,
  MITTENTE,
  PROVARIA,
  startCouncils,
  until,
} from '../../exchange/councils.ts';
import {
  envelope,
  fresh,
  nextNumber,
  PDF,
  protocolMail,
  protocolMessage,
  received,
  written,
  xmlPart,
} from '../../exchange/mails.ts';
import { interpro } from '../../support/run.ts';

let councils: Councils;
/** An office that numbers here. */
let provaria: Council;
/** An office whose own protocol system numbers. */
let esempio: Council;
beforeAll(async () => {
  councils = await startCouncils({ office: async (office) => ({ ...office, numbering: 'external' }) });
  ({ provaria, esempio } = councils);
  for (const council of [provaria, esempio]) writeFileSync(offices(council), JSON.stringify(described(council)));
});
afterAll(() => councils.stop());

const offices = ({ folder }: Council) => join(folder, 'offices.json');

function described({ office, folder }: Council): object {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'segreta', { mode: 0o600 });
  const { administration, code, register, name, address, numbering, smtp, mailboxes } = office;
  const account = mailboxes[0]?.account;
  const mailbox = {
    address,
    host: account?.host,
    port: account?.port,
    secure: false,
    user: address,
    passwordFile,
  };
  const out = { host: smtp.host, port: smtp.port, secure: false, user: address, passwordFile };
  return { offices: [{ administration, code, register, name, address, numbering, mailboxes: [mailbox], smtp: out }] };
}

const cli = async (council: Council, ...args: string[]) => {
  const ran = await interpro(args, {
    DATABASE_URL: council.database.url,
    INTERPRO_OFFICES: offices(council),
    INTERPRO_DATA: council.folder,
    INTERPRO_TRUST: join(council.folder, '..', 'trust'),
  });
  return { ...ran, json: args.includes('--json') && ran.stdout !== '' ? JSON.parse(ran.stdout) : null };
};

/** Sends a certified message without segnatura, which waits for a person; returns the id of its exchange. */
async function petition(to: Council, facts: Facts): Promise<string> {
  const mail = envelope(councils.sandbox, { to: facts, subject: fresh('Istanza'), parts: [PDF] });
  return (await received(councils, to, mail)).exchange ?? '';
}

const reaches = (council: Council, id: string, state: string) =>
  until(`the state ${state}`, async () => {
    const exchange = await council.service.views.exchange(id);
    return exchange?.state === state && exchange;
  });

describe('a message that waits for a person', () => {
  it('is listed, registered with corrected data, changed and annulled', async () => {
    const id = await petition(provaria, PROVARIA);
    const tasks = (await cli(provaria, 'list', 'tasks', '--json')).json.items;
    const task = tasks.find(({ exchange }: { exchange: string }) => exchange === id);
    expect(task).toMatchObject({ code: 'decide', aoo: 'c_provaria/APROVA1' });
    const [shown, table] = await Promise.all([cli(provaria, 'show', task.id), cli(provaria, 'list', 'tasks')]);
    expect(shown.stdout).toContain(task.sentence);
    expect(table.stdout).toContain(task.advice);
    expect(task.subject).toMatch(/^Istanza/);
    for (const { stdout } of [shown, table]) expect(stdout).toContain(`subject: ${task.subject}\n`);

    const wishes = ['--subject', 'Istanza di accesso', '--office', 'Anagrafe', '--classification', 'II.4'];
    const done = await cli(provaria, 'register', id, ...wishes, '--by', 'Anna Prova');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toMatch(
      /^registered under number \d{7} of \d{4}-\d\d-\d\d; state: confirming \(interpro show /,
    );
    const { registration, tasks: left } = await reaches(provaria, id, 'confirmed');
    expect(left.filter(({ closedAt }) => closedAt === null)).toEqual([]);
    const known = await provaria.service.views.registration(registration ?? '');
    expect(known).toMatchObject({ subject: 'Istanza di accesso', office: 'Anagrafe', classification: 'II.4' });
    expect(known?.changes.map(({ by }) => by)).toEqual(['Anna Prova', 'Anna Prova']);

    const again = await cli(provaria, 'register', id);
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('(confirmed)') });
    await reaches(provaria, id, 'confirmed');
    expect(await cli(provaria, 'resend', id)).toMatchObject({ code: 0, stdout: expect.stringContaining('once more') });

    const change = await cli(provaria, 'change', registration ?? '', '--office', 'Ufficio tecnico');
    expect(change).toMatchObject({ code: 0, stdout: expect.stringContaining('office: Anagrafe -> Ufficio tecnico') });
    const annul = ['annul', registration ?? '', '--reason', 'Errore', '--provision', 'Determina 1', '--json'];
    const annulled = await cli(provaria, ...annul);
    expect(annulled).toMatchObject({ code: 0, json: { told: [{ exchangeId: id, recipient: MITTENTE.address }] } });
    expect(await cli(provaria, ...annul)).toMatchObject({
      code: 1,
      json: { problem: { code: 'registration-annulled' } },
    });
  }, 60_000);

  it('is refused with a reason its sender receives, or closed', async () => {
    const [refused, closed] = [await petition(provaria, PROVARIA), await petition(provaria, PROVARIA)];
    const reason = `Non è di competenza di questo ente (${refused})`;
    const ran = await Promise.all([
      cli(provaria, 'refuse', refused, '--reason', reason),
      cli(provaria, 'close', closed, '--why', 'Pubblicità', '--json'),
    ]);
    expect(ran).toMatchObject([
      { code: 0, stdout: expect.stringContaining('state: refusing') },
      { code: 0, json: { exchangeId: closed, state: 'closed' } },
    ]);
    await until('the exception', () =>
      councils.answers(MITTENTE.address).some((one) => one.kind === 'exception' && one.reason === reason),
    );
    await reaches(provaria, closed, 'closed');
  }, 60_000);

  it('is registered without a confirmation and confirmed later', async () => {
    const id = await petition(provaria, PROVARIA);
    expect((await cli(provaria, 'register', id, '--no-answer', '--json')).json).toMatchObject({ state: 'registered' });
    expect((await cli(provaria, 'confirm', id, '--json')).json).toMatchObject({ state: 'confirming' });
    await reaches(provaria, id, 'confirmed');
    const { items } = await provaria.service.views.tasks({ aoo: null, cursor: null, limit: 100 });
    expect(items.filter(({ exchange }) => exchange === id)).toEqual([]);
  }, 60_000);
});

describe('a task that only has to be seen', () => {
  it('is closed with a note of what was done', async () => {
    const number = nextNumber();
    const mail = protocolMail(councils.sandbox, { to: PROVARIA, number });
    const id = (await received(councils, provaria, mail)).exchange ?? '';
    const { identifier } = protocolMessage({ to: PROVARIA, number });
    const annulment = { kind: 'annulment', identifier, reason: 'Errore', provision: 'Determina 1' } as const;
    const parts = [xmlPart(written(annulment, '2013'), 'Annullamento.xml')];
    await received(councils, provaria, envelope(councils.sandbox, { to: PROVARIA, subject: 'Annullamento', parts }));
    const exchange = await provaria.service.views.exchange(id);
    const task = exchange?.tasks.find(({ code }) => code === 'annulled-by-sender')?.id ?? '';
    const done = await cli(provaria, 'close', task, '--why', 'Chiesto al mittente', '--by', 'Bruno Prova');
    expect(done).toMatchObject({ code: 0, stdout: `task ${task} is closed\n` });
    const closed = { closedBy: 'Bruno Prova', outcome: 'Chiesto al mittente' };
    expect(await provaria.service.views.task(task)).toMatchObject(closed);
    expect((await cli(provaria, 'close', task, '--why', 'x')).code).toBe(1);
  }, 60_000);
});

describe('a message that waits for a protocol system', () => {
  it('is handed to a person and registered with the given number', async () => {
    const mail = protocolMail(councils.sandbox, { to: ESEMPIO, number: nextNumber() });
    const id = (await received(councils, esempio, mail)).exchange ?? '';
    await reaches(esempio, id, 'held');
    expect(await cli(esempio, 'hand-over', id, '--why', 'Sistema fermo')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('handed to a person; state: operator'),
    });
    const [task] = (await cli(esempio, 'list', 'tasks', '--json')).json.items;
    expect(task).toMatchObject({ code: 'decide', exchange: id });
    const undecided = await cli(esempio, 'close', task.id, '--why', 'Visto', '--json');
    expect(undecided).toMatchObject({ code: 1, json: { problem: { code: 'task-undecided' } } });

    const number = ['--number', '815', '--date', '2026-03-02', '--time', '10:00:00'];
    const [silent, half] = await Promise.all([
      cli(esempio, 'register', id, '--json'),
      cli(esempio, 'register', id, '--number', '815'),
    ]);
    expect(silent).toMatchObject({ code: 1, json: { problem: { code: 'number-missing' } } });
    expect(half).toMatchObject({ code: 2, stderr: expect.stringContaining('belong together') });
    const done = await cli(esempio, 'register', id, ...number);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('number 0000815 of 2026-03-02') });
    expect((await reaches(esempio, id, 'confirmed')).ourNumber).toBe('0000815/2026');
    const rehearsed = await cli(esempio, 'rehearse', '--aoo', esempio.office.aoo, '--yes');
    expect(rehearsed).toMatchObject({ code: 0, stdout: expect.stringContaining('all 5 passed') });
  }, 60_000);
});

describe('an impossible command', () => {
  const NOBODY = '00000000-0000-7000-8000-000000000000';
  const CASES: readonly (readonly [string[], number, string])[] = [
    [['refuse', NOBODY], 2, '--reason is required'],
    [['refuse', NOBODY, '--reason', ' '], 2, '--reason is empty'],
    [['close', NOBODY, 'another', '--why', 'x'], 2, 'name one EXCHANGE|TASK'],
    [['change', 'c_provaria/APROVA1/PROT/2026/1'], 2, 'say what changes'],
    [['annul', 'PROT/2026/1', '--reason', 'x', '--provision', 'x'], 2, 'is not a registration such as'],
    [['confirm', NOBODY], 1, `no exchange has the id ${NOBODY}`],
    [['close', NOBODY, '--why', 'x'], 1, 'no exchange or task has the id'],
    [['change', 'c_provaria/APROVA1/PROT/2026/99999', '--office', 'x'], 1, 'no registration has the id'],
    [['annul', 'c_altro/AALTRO1/PROT/2026/1', '--reason', 'x', '--provision', 'x'], 1, 'is not configured here'],
  ];
  it('is refused in one line, and the help is named when it was misused', async () => {
    const all = CASES.map(async ([args, code, text]) => ({ args, code, text, ran: await cli(provaria, ...args) }));
    for (const { args, code, text, ran } of await Promise.all(all)) {
      expect(ran, args.join(' ')).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(text) });
      expect(ran.stderr.includes(`\nhow it is used: interpro ${args[0]} --help\n`), args.join(' ')).toBe(code === 2);
    }
  }, 60_000);
});

describe('a command of a person', () => {
  it('explains itself, with its arguments in the first line', async () => {
    const [annul, register] = await Promise.all([
      cli(provaria, 'annul', '--help'),
      cli(provaria, 'register', '--help'),
    ]);
    expect(annul).toMatchObject({ code: 0, stderr: '' });
    expect(annul.stdout).toMatch(/^Usage: interpro annul REGISTRATION --reason TEXT --provision TEXT \[options\]\n/);
    for (const option of ['--no-answer', '--classification CODE', '--by NAME', '--json'])
      expect(register.stdout).toContain(`\n  ${option} `);
  }, 60_000);
});

describe('an office of a configured service', () => {
  it('rehearses with itself alone, and only with permission to use numbers', async () => {
    const rehearse = ['rehearse', '--aoo', provaria.office.aoo, '--json'];
    expect(await cli(provaria, ...rehearse)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    const before = councils.sandbox.mails(ESEMPIO.address).length;
    const { code, json } = await cli(provaria, ...rehearse, '--yes');
    expect(json.scenarios.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
    expect({ code, count: json.scenarios.length, with: json.with }).toEqual({
      code: 0,
      count: 5,
      with: 'c_provaria/APROVA1',
    });
    expect(councils.sandbox.mails(ESEMPIO.address).length).toBe(before);
    const own = await provaria.rows<{ subject: string }>(
      "select subject from registration where subject like 'PROVA %'",
    );
    expect(own.length).toBe(10);
  }, 60_000);
});
