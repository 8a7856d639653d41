import { describe, expect, it } from 'vitest';
import { readAll, refusalOf, tsv } from '../../support/ipa-files.ts';

describe('the older open data', () => {
  const OU_HEAD =
    'cod_ou cod_aoo des_ou comune Cap provincia Regione Indirizzo Tel nome_resp cogn_resp mail_resp tel_resp cod_amm cod_ou_padre Fax cod_uni_ou mail1 tipo_mail1 mail2 tipo_mail2 mail3 tipo_mail3'.split(
      ' ',
    );
  const PEC_HEAD = 'cod_amm descrizione tipo tipologia_amm regione provincia comune mail tipo_mail'.split(' ');

  it('ou.txt: offices by Codice_uni_uo; an empty cell is the text null', async () => {
    const row = [
      ...['serfin', 'aooac', 'Settore risorse finanziarie', 'Esempio', '00124', 'EX', 'Toscana', 'Piazza 1', '055'],
      ...['Ada', 'Prova', 'ada@comune.example.it', '', 'c_e001', 'null', '', 'E6QQA8'],
      ...['ragioneria@pec.example.it', 'pec', 'info@comune.example.it', 'altro', 'null', 'null'],
    ];
    const { layout, kind, entries, faults } = await readAll(tsv(OU_HEAD, [row]));
    expect([layout, kind, faults]).toEqual(['ou-txt', 'office', []]);
    expect(entries[0]?.entry).toMatchObject({
      key: 'E6QQA8',
      body: 'c_e001',
      code: 'E6QQA8',
      uniCode: null,
      parent: null,
      name: 'Settore risorse finanziarie',
      municipality: 'Esempio',
      mails: [
        { address: 'ragioneria@pec.example.it', kind: 'pec' },
        { address: 'info@comune.example.it', kind: 'other' },
      ],
    });
    expect(entries[0]?.entry.more).toMatchObject({ cod_ou: 'serfin', cod_aoo: 'aooac' });
    expect(entries[0]?.entry.more).not.toHaveProperty('cod_ou_padre');
  });

  it('pec.txt: one row for each address', async () => {
    const { layout, kind, entries, faults } = await readAll(
      tsv(PEC_HEAD, [
        [
          'c_e001',
          'Comune di Esempio',
          'Amministrazione',
          'null',
          'Toscana',
          'EX',
          'Esempio',
          'P@pec.example.it',
          'pec',
        ],
        ['c_e001', 'Comune di Esempio', 'UO', 'null', 'Toscana', 'EX', 'Esempio', 'ced@pec.example.it', 'null'],
      ]),
    );
    expect([layout, kind, faults]).toEqual(['pec-txt', 'pec', []]);
    expect(entries.map(({ entry }) => [entry.key, entry.bodyName, entry.mails])).toEqual([
      ['c_e001/p@pec.example.it', 'Comune di Esempio', [{ address: 'p@pec.example.it', kind: 'pec' }]],
      ['c_e001/ced@pec.example.it', 'Comune di Esempio', [{ address: 'ced@pec.example.it', kind: 'pec' }]],
    ]);
  });
});

describe('what ldapsearch prints', () => {
  const entry = (code: string): string =>
    `# ${code}, c_e001, it\ndn: aoo=${code},o=c_e001,c=it\nobjectClass: aoo\naoo: ${code}\ndescription: Ufficio ${code}\n\n`;
  const HEADER = `# extended LDIF\n#\n# LDAPv3\n# base <c=it> with scope subtree\n# filter: (objectClass=aoo)\n# requesting: ALL\n#\n\n`;
  const trailer = (result: string, entries: number): string =>
    `# search result\nsearch: 2\nresult: ${result}\n\n# numResponses: ${entries + 1}\n# numEntries: ${entries}\n`;
  const codes = async (text: string, size?: number): Promise<readonly string[]> => {
    const { entries, faults } = await readAll(text, size);
    expect(faults).toEqual([]);
    return entries.map((one) => one.entry.code);
  };

  it('its header and its trailer are no entries and no faults', async () => {
    const text = `${HEADER}${entry('A1')}${entry('A2')}${trailer('0 Success', 2)}`;
    for (const size of [1, 61, 100_000]) expect(await codes(text, size)).toEqual(['A1', 'A2']);
    expect(await codes(text.replaceAll('\n', '\r\n'))).toEqual(['A1', 'A2']);
  });

  it('pages and references to other servers lie between entries', async () => {
    const page = `# search result\nsearch: 2\nresult: 0 Success\ncontrol: 1.2.840.113556.1.4.319 false MAUCAQAEAA==\npagedresults: cookie=\n\n`;
    const reference = '# search reference\nref: ldap://altro.example.it/o=c_e002,c=it\n\n';
    const text = `${HEADER}${entry('A1')}${page}${reference}${entry('A2')}${trailer('0 Success', 2)}`;
    expect(await codes(text)).toEqual(['A1', 'A2']);
  });

  it.each([
    ['the server stopped', trailer('4 Size limit exceeded', 2), '4 Size limit exceeded'],
    ['the time was over', trailer('3 Time limit exceeded', 2), '3 Time limit exceeded'],
    [
      'as a comment (-LL)',
      '# search result\n\n# result: 11 Administrative limit exceeded\n',
      '11 Administrative limit',
    ],
    ['entries are missing', trailer('0 Success', 7), '7 voci, ma il file ne contiene 2'],
  ])('refuses data that are cut: %s', async (_, end, said) => {
    const [code, line, sentence] = await refusalOf(`${HEADER}${entry('A1')}${entry('A2')}${end}`);
    expect(code).toBe('index-truncated');
    expect(line).toBeGreaterThan(18);
    expect(sentence).toContain(said);
  });

  it('an attribute of an entry that is called result is only an attribute', async () => {
    expect(await codes(`${HEADER}${entry('A1').replace('aoo: A1', 'aoo: A1\nresult: 4 cose')}`)).toEqual(['A1']);
  });
});
