import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/kernel/digest.ts';
import { aooId } from '../../../src/kernel/ids.ts';
import type { EvidenceIndex, RegistrationIndex } from '../../../src/service/evidence/evidence-index.ts';
import { escapeHtml, exchangePage, registrationPage } from '../../../src/service/evidence/evidence-page.ts';
import type { EvidenceRegistration } from '../../../src/service/evidence/evidence-record.ts';

const office = {
  aoo: aooId('c_esempio', 'AESEMP1'),
  name: 'Comune di Esempio',
  address: 'protocollo@pec.esempio.example.it',
};
const registration = {
  register: 'PROT',
  year: 2026,
  number: 42,
  direction: 'outgoing',
  date: '2026-03-02',
  time: '10:11:12',
  subject: 'Convenzione',
  annulment: null,
} as EvidenceRegistration;
const digest = sha256('messaggio');
const index = {
  format: 'interpro-evidence/1',
  verifiedAt: '2026-05-04T07:00:00Z',
  office,
  exchange: {
    id: '01890000-0000-7000-8000-000000000000',
    direction: 'outgoing',
    state: 'confirmed',
    peerAddress: 'protocollo@pec.provaria.example.it',
    peer: { name: 'Comune di Provaria' },
    subject: 'Convenzione',
    peerIdentifier: { administration: 'c_provaria', aoo: 'APROVA1', number: '0000007', date: '2026-03-03' },
  },
  registration,
  events: [
    { version: 1, type: 'registered', at: '2026-03-02T09:11:12Z', mailId: null, data: {}, proof: [] },
    {
      version: 2,
      type: 'message-sent',
      at: '2026-03-02T09:12:00Z',
      mailId: null,
      data: {},
      proof: ['inviati/01-messaggio.eml', 'audit.json'],
    },
  ],
  files: [
    {
      name: 'inviati/01-messaggio.eml',
      about: 'messaggio protocollato',
      state: 'intact',
      sha256: digest,
      size: 900,
      expected: null,
    },
    {
      name: 'ricevuti/01-ricevuta.eml',
      about: 'ricevuta PEC',
      state: 'missing',
      sha256: null,
      size: 0,
      expected: digest,
    },
  ],
  audit: { file: 'audit.json', records: 3, brokenAt: [] },
  problems: [],
} as unknown as EvidenceIndex;

/** What a person reads in the cells of each row: text, and the targets of links. */
const text = (html: string) =>
  html
    .replace(/<br>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>');
const all = (html: string, pattern: RegExp) => [...html.matchAll(pattern)].map(([, found = '']) => found);
const tables = (page: string) =>
  all(page, /<table>(.*?)<\/table>/gs).map((table) =>
    all(table, /<tr>(.*?)<\/tr>/gs).map((row) => all(row, /<t[hd][^>]*>(.*?)<\/t[hd]>/gs).map(text)),
  );
const definitions = (page: string) => {
  const values = all(page, /<dd>(.*?)<\/dd>/gs).map(text);
  return all(page, /<dt>(.*?)<\/dt>/gs).map((name, at) => [text(name), values[at]]);
};
const headings = (page: string) => all(page, /<h[12]>(.*?)<\/h[12]>/gs).map(text);

describe('the page of an exchange', () => {
  it('says in words what the index says', () => {
    const page = exchangePage(index);
    expect(headings(page)).toEqual([
      'Prove dello scambio con protocollo@pec.provaria.example.it',
      'Che cosa è accaduto',
      'File',
      'Registro di controllo',
    ]);
    expect(definitions(page)).toEqual([
      ['Ufficio', `Comune di Esempio (${office.aoo})`],
      ['Direzione', 'in uscita'],
      ['Destinatario', 'Comune di Provaria <protocollo@pec.provaria.example.it>'],
      ['Oggetto', 'Convenzione'],
      ['Registrazione', '0000042 del 02/03/2026, ore 10:11:12, registro PROT'],
      ['Registrazione del destinatario', '0000007 del 03/03/2026, c_provaria/APROVA1'],
      ['Stato', 'consegnato, registrazione confermata'],
      ['Verifica eseguita', '04/05/2026, ore 09:00:00'],
      ['Identificativo dello scambio', '01890000-0000-7000-8000-000000000000'],
    ]);
    expect(tables(page)).toEqual([
      [
        ['', 'Quando', 'Evento', 'Prova'],
        ['1', '02/03/2026, ore 10:11:12', 'messaggio registrato in uscita', ''],
        [
          '2',
          '02/03/2026, ore 10:12:00',
          'messaggio protocollato: invio al gestore PEC riuscito',
          'inviati/01-messaggio.eml audit.json',
        ],
      ],
      [
        ['File', 'Contenuto', 'Esito', 'Byte', 'SHA-256'],
        ['inviati/01-messaggio.eml', 'messaggio protocollato', 'integro', '900', digest],
        ['ricevuti/01-ricevuta.eml', 'ricevuta PEC', 'MANCANTE', '0', '—'],
      ],
    ]);
    expect(all(page, /href="(.*?)"/g)).toEqual([
      'inviati/01-messaggio.eml',
      'audit.json',
      // Not the missing one: there is nothing behind it.
      'inviati/01-messaggio.eml',
      'audit.json',
    ]);
  });

  it('of a message that came in names its sender; what is not known has no line', () => {
    const exchange = { ...index.exchange, direction: 'incoming', state: 'operator', peer: null, peerIdentifier: null };
    const page = exchangePage({ ...index, exchange, registration: null } as EvidenceIndex);
    expect(definitions(page).slice(1, 5)).toEqual([
      ['Direzione', 'in entrata'],
      ['Mittente', 'protocollo@pec.provaria.example.it'],
      ['Oggetto', 'Convenzione'],
      ['Stato', 'in attesa di una decisione'],
    ]);
    const known = exchangePage({ ...index, exchange: { ...index.exchange, direction: 'incoming' } });
    expect(definitions(known)).toContainEqual([
      'Registrazione del mittente',
      '0000007 del 03/03/2026, c_provaria/APROVA1',
    ]);
  });

  it('shows an annulment', () => {
    const annulment = { at: '2026-03-05T08:00:00Z', reason: 'Errore', provision: 'Determina 1', by: 'Prova' };
    const page = exchangePage({ ...index, registration: { ...registration, annulment } });
    expect(definitions(page)).toContainEqual(['Annullamento', '05/03/2026, ore 09:00:00: Errore (Determina 1)']);
  });

  it('says that all is well, or raises the alarm with each problem', () => {
    const fine = 'Tutti i file corrispondono alle impronte registrate al momento della conservazione.';
    expect(exchangePage(index)).toContain(`<p class="fine">${fine}</p>`);
    const page = exchangePage({ ...index, problems: ['Manca <uno>.', 'Alterato due.'] });
    expect(page).not.toContain(fine);
    expect(headings(page)).toContain('Attenzione');
    expect(all(page, /<li>(.*?)<\/li>/g)).toEqual(['Manca &lt;uno&gt;.', 'Alterato due.']);
  });
});

describe('the page of a registration', () => {
  const of: RegistrationIndex = {
    format: 'interpro-evidence-registration/1',
    verifiedAt: '2026-05-04T07:00:00Z',
    office,
    registration,
    exchanges: ['uno', 'due'].map((name, at) => ({
      folder: name,
      exchange: name,
      peerAddress: `protocollo@pec.${name}.example.it`,
      state: at === 0 ? 'confirmed' : 'failed',
      problems: 0,
      index: digest,
    })),
    problems: [],
  };

  it('lists its correspondents, with the way to the evidence of each', () => {
    const page = registrationPage(of);
    expect(headings(page)).toEqual(['Prove di una registrazione', 'Corrispondenti']);
    expect(definitions(page)).toEqual([
      ['Ufficio', `Comune di Esempio (${office.aoo})`],
      ['Registrazione', '0000042 del 02/03/2026, ore 10:11:12, registro PROT'],
      ['Oggetto', 'Convenzione'],
      ['Verifica eseguita', '04/05/2026, ore 09:00:00'],
    ]);
    expect(tables(page)).toEqual([
      [
        ['Corrispondente', 'Stato', 'Prove'],
        ['protocollo@pec.uno.example.it', 'consegnato, registrazione confermata', 'uno/indice.html'],
        ['protocollo@pec.due.example.it', 'non consegnato', 'due/indice.html'],
      ],
    ]);
    expect(all(page, /href="(.*?)"/g)).toEqual(['uno/indice.html', 'due/indice.html']);
  });

  it('that is unknown has no lines about it', () => {
    expect(definitions(registrationPage({ ...of, registration: null })).map(([name]) => name)).toEqual([
      'Ufficio',
      'Verifica eseguita',
    ]);
  });
});

it.each([
  [`<a href="x" id='y'>&</a>`, '&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;&lt;/a&gt;'],
  ['a\u202eb\u200bc\ufeffd', 'a[U+202E]b[U+200B]c[U+FEFF]d'],
  ['a\u0000b\u007f', 'a[U+0000]b[U+007F]'],
  ['a\tb\nc', 'a\tb\nc'],
  ['a\ud800', 'a\ufffd'],
])('%j is shown as %s', (hostile, shown) => {
  expect(escapeHtml(hostile)).toBe(shown);
});
