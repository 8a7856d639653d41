/** What the command line says of a message with `send` is what it shows at the recipient. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Council, type Councils, PROVARIA, startCouncils, until } from '../../exchange/councils.ts';
import { interpro } from '../../support/run.ts';

let councils: Councils;
beforeAll(async () => {
  councils = await startCouncils();
  for (const council of [councils.esempio, councils.provaria]) describeOffice(council);
});
afterAll(() => councils.stop());

const file = ({ folder }: Council, name: string) => join(folder, name);

function describeOffice(council: Council): void {
  const passwordFile = file(council, 'password');
  mkdirSync(council.folder, { recursive: true });
  writeFileSync(passwordFile, 'segreta', { mode: 0o600 });
  writeFileSync(file(council, 'parere.txt'), 'Parere.\n');
  const { administration, code, register, name, address, smtp, mailboxes } = council.office;
  const account = { secure: false, user: address, passwordFile };
  const { host, port } = mailboxes[0]?.account ?? smtp;
  const offices = [
    {
      ...{ administration, code, register, name, address },
      mailboxes: [{ address, host, port, ...account }],
      smtp: { host: smtp.host, port: smtp.port, ...account },
    },
  ];
  writeFileSync(file(council, 'offices.json'), JSON.stringify({ offices }));
}

const cli = (council: Council, ...args: string[]) =>
  interpro(args, {
    DATABASE_URL: council.database.url,
    INTERPRO_OFFICES: file(council, 'offices.json'),
    INTERPRO_DATA: council.folder,
    INTERPRO_TRUST: join(council.folder, '..', 'trust'),
  });
const send = (...more: string[]) => {
  const { esempio } = councils;
  const to = ['--to', PROVARIA.address, '--address-as-it-is', '--subject', 'Parere'];
  return cli(esempio, 'send', '--from', 'c_esempio', ...to, ...more, file(esempio, 'parere.txt'));
};

it('what is said of a message arrives with it, and what its form cannot say is told', async () => {
  const sent = await send(
    ...['--text', 'Si chiede riscontro.', '--office', 'Area tecnica', '--office', 'Ufficio Ambiente=UESE01'],
    ...['--person', 'Anna/Prova/Responsabile', '--title', 'Parere tecnico', '--reserved', '', '--notes', 'Urgente'],
    ...['--folder', '2026/4=Impianti', '--reference', 'c_provaria/APROVA1/PROT/7/2026-02-01'],
  );
  expect(sent, sent.stderr).toMatchObject({ code: 0 });
  expect(sent.stdout).toContain('\n    La segnatura di quella versione non prevede il fascicolo: «');
  const { provaria } = councils;
  const mail = await until('the message', async () => {
    const { items } = await provaria.service.views.messages({ aoo: null, cursor: null, limit: 10 });
    return items.find(({ kind, exchange }) => kind === 'protocol-message' && exchange !== null);
  });
  const says = {
    text: 'Si chiede riscontro.',
    sender: {
      offices: [{ name: 'Area tecnica' }, { name: 'Ufficio Ambiente', code: 'UESE01' }],
      persons: [{ firstName: 'Anna', familyName: 'Prova', role: 'Responsabile' }],
    },
    reserved: {},
    notes: 'Urgente',
    references: [{ identifier: { administration: 'c_provaria', number: '0000007', date: '2026-02-01' } }],
    documents: [{ name: 'parere.txt', title: 'Parere tecnico' }],
  };
  for (const id of [mail.id, mail.exchange ?? '']) {
    const shown = await cli(provaria, 'show', id, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ id, says });
  }
  const { registration } = (await provaria.service.views.exchange(mail.exchange ?? '')) ?? {};
  for (const id of [registration ?? '', mail.exchange ?? ''])
    expect((await cli(provaria, 'show', id)).stdout).toMatch(/^reserved: asked for by the sender, without a reason$/m);
  const { decision } = JSON.parse((await cli(provaria, 'show', mail.exchange ?? '', '--json')).stdout);
  expect(decision).toEqual((await provaria.service.views.message(mail.id))?.inspection?.decision);
  expect((await cli(provaria, 'show', mail.id)).stdout).toMatch(/\nsays:\n {2}text: Si chiede riscontro\.\n/);
});

it.each([
  ['a title too many', ['--title', 'a', '--title', 'b'], '--title: there are more titles than files'],
  ['a person of one name', ['--person', 'Prova'], '--person: NAME/FAMILY NAME'],
  ['an office without a name', ['--office', '=UESE01'], '--office: NAME'],
  ['half a reference', ['--reference', 'c_provaria/APROVA1/PROT/7'], '--reference: IPA/AOO/REGISTER/NUMBER'],
  ['an empty text', ['--text', ' '], '--text is empty'],
  ['long notes', ['--notes', 'x'.repeat(5_001)], '--notes is longer than 5000 characters'],
])('misused: %s', async (_, options, reason) => {
  expect(await send(...options)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`interpro send: ${reason}`),
  });
});

it('an address for answers that is not the office’s own registers nothing', async () => {
  const refused = await send('--reply-to', PROVARIA.address);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(`non è fra quelli certificati di questo ufficio: ${PROVARIA.address}`);
});
