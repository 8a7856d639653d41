/** A register with all that may stand in it, and as many plain registrations as are asked for. */
import { sha256 } from '../../../src/kernel/digest.ts';
import type { RegisterFrame, RegisterLine } from '../../../src/model/daily-register.ts';

export const sampleFrame = (registrations: number): RegisterFrame => ({
  ...{ kind: 'daily', name: 'c_esempio-AESEMP1-PROT-20260301-060', administration: 'c_esempio', code: 'AESEMP1' },
  ...{ office: 'Comune di Esempio & <Prova>', register: 'PROT', day: '2026-03-01', year: 2026, progressive: 60 },
  ...{ closedAt: new Date('2026-03-01T23:05:00Z'), closedBy: 'SISTEMA', software: 'InterPro', first: 1 },
  ...{ last: registrations, counts: { registrations, annulled: 1, changes: 3 } },
});

export const LONG_SUBJECT = 'Oggetto che non finisce '.repeat(250);
export const FOREIGN = 'Παράδειγμα Пример דוגמה 中文 e x\u0301';

const subjectOf = (number: number): string =>
  ({ 5: LONG_SUBJECT, 7: FOREIGN })[number] ??
  `Richiesta n. ${number} per l’occupazione di suolo pubblico in via Prova ${number}`;

export async function* sampleLines(registrations: number): AsyncGenerator<RegisterLine> {
  const at = new Date('2026-03-01T12:00:00Z');
  const annulment = { at, by: 'Mario Prova', reason: 'registrata due volte', provision: 'Atto 12' };
  for (let number = 1; number <= registrations; number += 1)
    yield {
      ...{ type: 'entry', number, year: 2026, date: '2026-03-01', time: '10:11:12' },
      ...{ direction: number % 3 === 0 ? 'outgoing' : 'incoming', isAnnulled: number === 4 },
      content:
        number === 6
          ? null
          : {
              ...{
                subject: subjectOf(number),
                sender: 'Nora Esempi',
                received: { number: `00${number}`, date: '2026-02-27' },
              },
              recipients: number === 9 ? Array.from({ length: 120 }, (_, one) => `Ditta Prova ${one}`) : ['Lia Bozza'],
              documents: [
                { role: 'primary', name: `domanda-${number}.pdf.p7m`, sha256: sha256(`a${number}`) },
                { role: 'attachment', name: `pianta-${number}.pdf`, sha256: sha256(`b${number}`) },
              ],
              ...{ classification: 'VI.3', assignedTo: 'Anagrafe', annulment: number === 4 ? annulment : null },
            },
    };
  const mark = { type: 'mark', year: 2025, date: '2025-12-31', at, by: 'Mario Prova' } as const;
  yield { ...mark, number: 12, what: 'annulment', reason: 'errata', provision: 'Atto 1' };
  yield { ...mark, number: 13, what: 'classification', oldValue: 'VI.3', newValue: 'VI.4', isReserved: false };
  yield { ...mark, number: 14, what: 'assignment', oldValue: null, newValue: null, isReserved: true };
}
