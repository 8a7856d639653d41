import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AOO_HEAD, aooRow, csv, ENTI_HEAD, entiRow, readAll, refusalOf } from '../../support/ipa-files.ts';
import { xlsx, zip } from '../../support/xlsx-writer.ts';

const rows = Array.from({ length: 5 }, (_, index) =>
  entiRow(`c_${index}`, `Comune ${index}`, `p${index}@pec.example.it`),
);
const whole = csv(ENTI_HEAD, rows);
const objects = rows.map((row) => Object.fromEntries(ENTI_HEAD.map((name, column) => [name, row[column]])));

describe('a file is refused whole, with its line', () => {
  it.each([
    ['cut inside a line', whole.slice(0, -60), 'index-truncated', 6],
    ['cut inside quotes', whole.slice(0, whole.lastIndexOf('di Prova')), 'index-truncated', 6],
    ['a quote never closed', whole.replace('Comune 2', '"Comune 2'), 'index-unreadable', 4],
    [
      'cut inside a letter',
      Buffer.from(whole.replace('Comune 4', 'Comunè')).subarray(0, -(whole.length - whole.indexOf('Comune 4') - 7)),
      'index-truncated',
      6,
    ],
    ['Latin-1', Buffer.from(whole.replace('Comune 3', 'Città 3'), 'latin1'), 'index-encoding', 5],
    ['compressed', gzipSync(whole), 'index-encoding', 0],
    ['UTF-16', Buffer.from(`\uFEFF${whole}`, 'utf16le'), 'index-encoding', 1],
    ['a null byte', whole.replace('Comune 1', 'Comune\0'), 'index-encoding', 3],
    ['an unknown header', 'a,b,c\n1,2,3\n', 'index-header', 1],
    ['a header that lacks a column', whole.replace('Mail1', 'Posta'), 'index-header', 1],
    ['a column twice', whole.replace('Mail2', 'mail1'), 'index-header', 1],
    ['a column whose name cannot be read', JSON.stringify([{ ...objects[0], 'x\0': '' }]), 'index-header', 1],
    ['nothing', '', 'index-empty', 1],
    ['JSON cut', JSON.stringify(objects, null, 1).slice(0, -200), 'index-truncated', 88],
    ['JSON cut between records', `${JSON.stringify(objects).slice(0, -1)},`, 'index-truncated', 1],
    ['JSON with a broken record', `[{"Codice_IPA":"a"},{"b" 1}]`, 'index-unreadable', 1],
    ['JSON without records', '{"success":true}', 'index-header', 1],
    ['LDIF cut', 'dn: aoo=A,o=c_x,c=it\nobjectClass: aoo\ndescri', 'index-truncated', 3],
    ['LDIF that is none', 'dn: aoo=A,o=c_x,c=it\nobjectClass\n\n', 'index-truncated', 2],
  ])('%s', async (_, content, code, line) => {
    const [found, at] = await refusalOf(content);
    expect([found, at]).toEqual([code, line]);
  });

  it('names the columns that are missing', async () => {
    expect((await refusalOf(whole.replace('Mail1', 'Posta')))[2]).toContain('«enti» mancano le colonne mail1');
  });
});

/** Changes every entry of the directory of a ZIP. */
function spoilt(whole: Buffer, change: (bytes: Buffer, entry: number) => void): Buffer {
  const bytes = Buffer.from(whole);
  const entries: number[] = [];
  for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4)) entries.push(at);
  for (const entry of entries) change(bytes, entry);
  return bytes;
}

describe('XLSX', () => {
  const sheet = 'xl/worksheets/sheet1.xml';
  it.each([
    ['cut', xlsx([ENTI_HEAD, ...rows]).subarray(0, 900), 'index-truncated'],
    [
      'a sheet cut',
      xlsx([ENTI_HEAD, ...rows], {
        parts: {
          [sheet]: Buffer.from('<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>x</t></is></c></row>'),
        },
      }),
      'index-header',
    ],
    ['a bomb', xlsx([ENTI_HEAD], { parts: { [sheet]: Buffer.alloc(64 * 1024 * 1024, '<a/>') } }), 'index-too-large'],
    [
      'a DOCTYPE',
      xlsx([ENTI_HEAD], { parts: { [sheet]: Buffer.from('<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>') } }),
      'index-unreadable',
    ],
    [
      'an unknown entity',
      xlsx([ENTI_HEAD], { parts: { 'xl/sharedStrings.xml': Buffer.from('<sst><si><t>&boom;</t></si></sst>') } }),
      'index-unreadable',
    ],
    [
      'a cell far to the right',
      xlsx([ENTI_HEAD], {
        parts: { [sheet]: Buffer.from('<sheetData><row><c r="ZZZZ1"><v>1</v></c></row></sheetData>') },
      }),
      'index-unreadable',
    ],
    [
      'an encrypted part',
      spoilt(xlsx([ENTI_HEAD, ...rows]), (bytes, entry) => bytes.writeUInt16LE(1, entry + 8)),
      'index-unreadable',
    ],
    [
      'an unknown compression',
      spoilt(xlsx([ENTI_HEAD, ...rows]), (bytes, entry) => bytes.writeUInt16LE(12, entry + 10)),
      'index-unreadable',
    ],
    [
      'a part that is not where the directory says',
      spoilt(xlsx([ENTI_HEAD, ...rows]), (bytes, entry) => bytes.writeUInt32LE(7, entry + 42)),
      'index-unreadable',
    ],
    [
      'a directory that is none',
      spoilt(xlsx([ENTI_HEAD, ...rows]), (bytes, entry) => bytes.writeUInt32LE(7, entry)),
      'index-unreadable',
    ],
    [
      'a part that is damaged',
      spoilt(xlsx([ENTI_HEAD, ...rows]), (bytes, entry) =>
        bytes.fill(0xff, bytes.readUInt32LE(entry + 42) + 60, bytes.readUInt32LE(entry + 42) + 90),
      ),
      'index-unreadable',
    ],
    ['no sheet', zip({ 'a.txt': Buffer.from('a') }), 'index-unreadable'],
  ])('%s is refused', async (_, content, code) => {
    expect((await refusalOf(content))[0]).toBe(code);
  });

  it('a sheet that ends in the middle of its rows is refused', async () => {
    const part =
      '<worksheet><sheetData>' +
      `<row r="1">${ENTI_HEAD.map((name) => `<c t="inlineStr"><is><t>${name}</t></is></c>`).join('')}</row>`;
    expect((await refusalOf(xlsx([], { parts: { [sheet]: Buffer.from(part) } })))[0]).toBe('index-truncated');
  });
});

describe('a bad row is listed and the others are read', () => {
  const bad = (change: (row: string[]) => string[]) =>
    csv(
      ENTI_HEAD,
      rows.map((row, index) => (index === 1 ? change([...row]) : row)),
    );
  it.each([
    ['too few fields', bad((row) => row.slice(0, -2)), /15 invece di 17/, 'c_1'],
    ['too many fields', bad((row) => [...row, 'x']), /18 invece di 17/, 'c_1'],
    ['no code', bad((row) => row.with(1, '')), /un codice manca/, null],
    ['a code with a space', bad((row) => row.with(1, 'c 1')), /c 1/, null],
    ['no name', bad((row) => row.with(2, ' ')), /denominazione/, 'c_1'],
    ['a control character', bad((row) => row.with(2, 'Comune\u0007')), /denominazione_ente/, 'c_1'],
    ['a cell without end', bad((row) => row.with(10, 'x'.repeat(5000))), /indirizzo/, 'c_1'],
  ])('%s', async (_, content, reason, key) => {
    const { entries, faults } = await readAll(content);
    expect(entries).toHaveLength(4);
    expect(faults).toEqual([{ line: 3, reason: expect.stringMatching(reason), key }]);
  });

  it.each(['\0', '\ud800'])('a character that JSON allows and the database does not: %j', async (sign) => {
    const { entries, faults } = await readAll(
      JSON.stringify(objects).replace('Comune 1', `Comune${JSON.stringify(sign).slice(1, -1)}`),
    );
    expect(entries).toHaveLength(4);
    expect(faults).toMatchObject([{ key: 'c_1' }]);
  });

  it('a bad address or day is listed, and the row is kept without it', async () => {
    const row = aooRow({ body: 'c_x', uni: 'AAAAAA1', code: '1', pec: 'non è un indirizzo', updated: 'ieri' });
    const { entries, faults } = await readAll(csv(AOO_HEAD, [row]));
    expect(entries[0]?.entry).toMatchObject({ key: 'AAAAAA1', mails: [], updated: null });
    expect(faults.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('ieri'),
      expect.stringContaining('non è un indirizzo'),
    ]);
  });
});

describe('time', () => {
  it('is linear in the size, whatever the quotes', async () => {
    const hostile = `${ENTI_HEAD.join(',')}\n${'"'.repeat(200_001)}`;
    expect((await refusalOf(hostile))[0]).toBe('index-truncated');
    const many = `${ENTI_HEAD.join(',')}\n${'"a""b",'.repeat(20_000)}\n`;
    expect((await readAll(many, 100_000)).faults).toHaveLength(1);
  });
});
