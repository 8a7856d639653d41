import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDaticert } from '../../../src/formats/pec/daticert.ts';
import { openMail } from '../../../src/formats/pec/open.ts';
import { anchorsFrom } from '../../../src/formats/pec/trust.ts';
import { sharedFolder } from '../../support/shared.ts';
import { daticert } from './provider.ts';

function reading(xml: string | Buffer) {
  const read = readDaticert(Buffer.from(xml));
  if (!read.ok) throw new Error(read.problem.message);
  return read.value;
}
const codes = (xml: string | Buffer) => reading(xml).problems.map(({ code }) => code);
const DELIVERY = daticert('avvenuta-consegna', '<ricevuta tipo="breve"/><consegna>a@example.it</consegna>');
const [PLAIN] = [reading(DELIVERY).daticert];

describe('daticert.xml as the norm has it', () => {
  it('is read without a problem', () => {
    expect(reading(DELIVERY).problems).toEqual([]);
    expect(PLAIN).toEqual({
      type: 'avvenuta-consegna',
      error: 'nessuno',
      errorDetail: null,
      sender: 'protocollo@pec.comune.esempio.example.it',
      recipients: [
        { address: 'protocollo@pec.comune.provaria.example.it', certified: true },
        { address: 'ufficio@example.it', certified: false },
      ],
      certifiedAt: '2025-06-01T10:20:30+02:00',
      identifier: 'id-1@pec.provider.example.it',
      messageId: '<nostro-1@comune.esempio.example.it>',
      receiptType: 'breve',
      deliveredTo: 'a@example.it',
      contradictions: [],
    });
  });

  it('may name an external grammar, which is never loaded, and is told of', () => {
    const named = daticert('accettazione', '', { head: '<!DOCTYPE postacert SYSTEM "http://127.0.0.1:1/x.dtd">' });
    expect(codes(named)).toEqual(['daticert-repaired']);
  });
});

describe('daticert.xml that is not quite XML', () => {
  const changed = (from: string, to: string) => {
    expect(DELIVERY).toContain(from);
    return DELIVERY.replace(from, to);
  };
  it.each([
    ['a bare ampersand', changed('Prova &amp; verifica', 'Prova & verifica')],
    ['a bare angle bracket', changed('Prova &amp; verifica', 'Prova < verifica')],
    [
      'a message id that nobody escaped',
      changed('&lt;nostro-1@comune.esempio.example.it&gt;', '<nostro-1@comune.esempio.example.it>'),
    ],
    ['a name of HTML', changed('Prova &amp; verifica', 'Citt&agrave;')],
    ['an undeclared prefix', changed('<risposte/>', '<pec:risposte/>')],
    ['a blank line before the declaration', `\n${DELIVERY}`],
    ['text after the root', `${DELIVERY}--fine--`],
    ['an angle bracket in an attribute', changed('tipo="breve"', 'tipo="breve" nota="<"')],
    ['the end of a CDATA section in text', changed('Prova &amp; verifica', 'Prova ]]>')],
    ['a control character', changed('Prova &amp; verifica', 'Prova \x02')],
    ['an encoding that is not the declared one', Buffer.from(changed('Prova &amp; verifica', 'Citt\xe0'), 'latin1')],
  ])('gives the same data with %s, and a note', (_, xml) => {
    const { daticert: data, problems } = reading(xml);
    expect(data).toEqual(PLAIN);
    expect(problems.map(({ code }) => code)).toEqual(['daticert-repaired']);
  });

  it('says why it had to be repaired', () => {
    expect(reading(DELIVERY.replace('Prova &amp;', 'Prova &')).problems[0]?.message).toBe(
      'I dati di certificazione (daticert.xml) contengono errori di XML, ma restano leggibili. Il file XML non è ben formato: carattere «&» isolato, riga 8, colonna 14.',
    );
  });

  it.each([
    ['<postacert tipo="accettazione"><dati>', 'non chiuso'],
    ['<altro tipo="accettazione"/>', 'la radice è «altro»'],
    ['<postacert/>', 'manca il tipo'],
    ['<postacert tipo="a" tipo="b"/>', 'ripetuto'],
    ['<postacert tipo="a"></postacert><postacert tipo="b"></postacert>', 'dopo l'],
    [`<postacert tipo="a">${' '.repeat(2 << 20)}</postacert>`, 'più di 2097152 byte'],
  ])('%.40s is refused by name', (xml, detail) => {
    const read = readDaticert(Buffer.from(xml));
    expect(read).toMatchObject({ ok: false, problem: { code: 'pec-daticert-invalid' } });
    expect(read.ok ? '' : read.problem.message).toContain(detail);
  });
});

describe('a single element that is repeated', () => {
  const twice = (name: string, second: string) =>
    DELIVERY.replace(new RegExp(`(<${name}[ >][^]*?</${name}>)`), `$1${second}`);

  it.each([
    ['mittente', '<mittente>altro@example.it</mittente>', { sender: null }],
    ['msgid', '<msgid>&lt;altro@example.it&gt;</msgid>', { messageId: null }],
    ['identificativo', '<identificativo>altro</identificativo>', { identifier: null }],
    ['consegna', '<consegna>b@example.it</consegna>', { deliveredTo: null }],
    [
      'intestazione',
      '<intestazione><mittente>altro@example.it</mittente></intestazione>',
      { sender: null, recipients: [] },
    ],
    [
      'dati',
      '<dati><msgid>altro</msgid></dati>',
      { messageId: null, identifier: null, deliveredTo: null, certifiedAt: null },
    ],
  ])('%s is ignored where the two differ, and is a contradiction', (name, second, expected) => {
    const { daticert: data, problems } = reading(twice(name, second));
    expect(data).toMatchObject({ ...expected, contradictions: [name] });
    expect(problems.map(({ code }) => code)).toEqual(['daticert-repeated']);
    expect(problems[0]?.message).toContain(`«${name}», con valori diversi`);
  });

  it.each([
    ['data', '<data zona="+0200"><giorno>02/06/2025</giorno><ora>10:20:30</ora></data>', { certifiedAt: null }],
    ['giorno', '<giorno>02/06/2025</giorno>', { certifiedAt: null }],
    ['ora', '<ora>10:20:31</ora>', { certifiedAt: null }],
  ])('%s is ignored where the two differ', (name, second, expected) => {
    const { daticert: data, problems } = reading(twice(name, second));
    expect(data).toMatchObject({ ...expected, contradictions: [] });
    expect(problems.map(({ code }) => code)).toEqual(['daticert-repeated']);
  });

  it('ricevuta and errore-esteso are ignored where the two differ', () => {
    const more =
      '<ricevuta tipo="breve"/><ricevuta tipo="completa"/><errore-esteso>5.4.1</errore-esteso><errore-esteso>x</errore-esteso>';
    const { daticert: data, problems } = reading(daticert('errore-consegna', more));
    expect(data).toMatchObject({ receiptType: null, errorDetail: null, contradictions: [] });
    expect(problems.map(({ code }) => code)).toEqual(['daticert-repeated', 'daticert-repeated']);
  });

  it('differs where the second one has an attribute more', () => {
    const { daticert: data } = reading(daticert('avvenuta-consegna', '<ricevuta/><ricevuta tipo="breve"/>'));
    expect(data.receiptType).toBeNull();
    const same = reading(daticert('avvenuta-consegna', '<ricevuta tipo="breve"/><ricevuta tipo="breve"/>'));
    expect(same.daticert.receiptType).toBe('breve');
    expect(reading(daticert('a', '<ricevuta/><ricevuta tipo="breve"/>')).problems[0]?.message).toContain('diversi');
  });

  it('counts once where both are the same, and is reported', () => {
    const { daticert: data, problems } = reading(
      twice('msgid', '<msgid> &lt;nostro-1@comune.esempio.example.it&gt; </msgid>'),
    );
    expect(data).toEqual(PLAIN);
    expect(problems.map(({ code }) => code)).toEqual(['daticert-repeated']);
    expect(problems[0]?.message).not.toContain('diversi');
  });

  it.each(['intestazione', 'dati', 'data'])('counts once where %s is repeated with the same content', (name) => {
    const element = new RegExp(`<${name}[ >][^]*?</${name}>`).exec(DELIVERY)?.[0] ?? '';
    const { daticert: data, problems } = reading(twice(name, element));
    expect(data).toEqual(PLAIN);
    expect(problems.map(({ code }) => code)).toEqual(['daticert-repeated']);
  });

  it('does not concern recipients, of whom there may be many', () => {
    const more = twice('destinatari', '<destinatari>c@example.it</destinatari>');
    expect(reading(more).daticert.recipients).toHaveLength(3);
    expect(codes(more)).toEqual([]);
  });
});

const folder = sharedFolder();
describe.skipIf(folder === null)('receipts of a kind that people report', () => {
  const read = (name: string) => readFileSync(join(folder ?? '', 'cases', name));
  const opened = (name: string) => {
    const { trust } = anchorsFrom([{ name: 'ca.pem', bytes: read('trust/ca.pem') }]);
    return openMail(read(name), trust, new Date('2026-10-01T00:00:00Z'));
  };

  it('stay receipts with a bare ampersand, and our message is known', () => {
    const { kind, pec, problems } = opened('daticert-bare-ampersand.eml');
    expect([kind, pec?.agrees]).toEqual(['receipt', true]);
    expect(pec?.messageId).toMatch(/^<.+>$/);
    expect(problems.map(({ code }) => code)).toContain('daticert-repaired');
  });

  it('without msgid name our mail by the field of the envelope, as one that nobody signed', () => {
    const { kind, pec, problems, headers } = opened('receipt-without-msgid.eml');
    expect(headers.reference).toMatch(/^<.+>$/);
    expect(pec).toMatchObject({ messageId: headers.reference, unsignedReference: true });
    expect(kind).toBe('receipt');
    expect(problems.map(({ code }) => code)).not.toContain('daticert-repaired');
  });
});
