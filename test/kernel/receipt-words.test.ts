import { describe, expect, it } from 'vitest';
import { newsOf } from '../../src/domain/delivery/receipt.ts';
import { receiptReason } from '../../src/kernel/receipt-words.ts';
import { taskSentence } from '../../src/kernel/tasks.ts';
import type { PecReport } from '../../src/model/pec.ts';

describe('why a receipt says no', () => {
  it.each([
    ['errore-consegna: no-dest: 5.1.1 - x', "L'indirizzo non esiste. Il gestore ha scritto: «5.1.1 - x»."],
    ['errore-consegna: no-dominio', "Il dominio dell'indirizzo non esiste."],
    ['errore-consegna: altro: 5.2.2 - quota: 0', 'Il gestore ha scritto: «5.2.2 - quota: 0».'],
    ['errore-consegna: altro: 5.1.10 x', 'Il gestore ha scritto: «5.1.10 x».'],
    ['errore-consegna: altro', ''],
    ['errore-consegna', ''],
    ['rilevazione-virus: virus: Eicar', 'È stato trovato un virus. Il gestore ha scritto: «Eicar».'],
    ['rilevazione-virus', 'È stato trovato un virus.'],
    [
      'preavviso-errore-consegna: altro: 4.4.1 - 12 ore',
      'Il sistema del destinatario non risponde. Il gestore ha scritto: «4.4.1 - 12 ore».',
    ],
    ['non-accettazione: virus', 'È stato trovato un virus.'],
    ['errore-consegna: constructor', 'Il gestore ha scritto: «constructor».'],
    ['Il server ha rifiutato: 550', 'Il server ha rifiutato: 550'],
    ['', ''],
  ])('%j reads %j', (reason, words) => expect(receiptReason(reason)).toBe(words));

  it('is cut where the provider wrote a book', () => {
    const words = receiptReason(`errore-consegna: altro: ${'a'.repeat(5_000)}`);
    expect(words).toHaveLength('Il gestore ha scritto: «…».'.length + 300);
  });

  it.each(['non-accettazione', 'errore-consegna', 'preavviso-errore-consegna', 'rilevazione-virus'] as const)(
    'of %s shows no code of the receipt, whatever its error is',
    (type) => {
      for (const error of ['nessuno', 'no-dest', 'no-dominio', 'virus', 'altro']) {
        const news = newsOf({ type, error, errorDetail: 'testo del gestore' } as PecReport, 'ufficio@example.it');
        const sentence = taskSentence('not-delivered', 'reason' in news ? news.reason : 'no reason');
        expect(sentence).toContain('«testo del gestore»');
        expect(sentence).not.toMatch(/non-accettazione|consegna:|rilevazione-virus|no-d|nessuno|altro:/);
      }
    },
  );
});
