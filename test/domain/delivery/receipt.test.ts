import { describe, expect, it } from 'vitest';
import { newsOf } from '../../../src/domain/delivery/receipt.ts';
import type { PecReport } from '../../../src/model/pec.ts';

const report = (
  type: string | null,
  error: string | null = 'nessuno',
  errorDetail: string | null = null,
): PecReport => ({
  type,
  integrity: 'intact',
  chain: 'trusted',
  today: 'valid',
  signerMatchesFrom: true,
  agrees: true,
  certifiedAt: '2026-03-02T10:00:00+01:00',
  identifier: 'opec1',
  messageId: '<a@b.example.it>',
  sender: 'a@pec.example.it',
  recipients: [],
  receiptType: null,
  error,
  errorDetail,
  deliveredTo: null,
});

const TO = 'b@pec.example.it';

describe('what a receipt says', () => {
  it.each([
    ['accettazione', 'acceptance'],
    ['presa-in-carico', 'taken-in-charge'],
    ['avvenuta-consegna', 'delivery'],
  ])('%s is %s, without a reason', (type, news) => {
    expect(newsOf(report(type), TO)).toMatchObject({ type: news });
    expect(newsOf(report(type), TO)).not.toHaveProperty('reason');
  });

  it('an acceptance distinguishes ordinary from certified recipients', () => {
    const to = (certified: boolean) => ({
      ...report('accettazione'),
      recipients: [{ address: TO.toUpperCase(), certified }],
    });
    expect(newsOf(to(true), TO)).toEqual({ type: 'acceptance', certified: true });
    expect(newsOf(to(false), TO)).toEqual({ type: 'acceptance', certified: false });
    expect(newsOf(report('accettazione'), TO)).toEqual({ type: 'acceptance', certified: true });
  });

  it.each([
    ['non-accettazione', 'virus', '5.5.1', 'refusal', 'non-accettazione: virus: 5.5.1'],
    ['errore-consegna', 'no-dest', '5.1.1 - x', 'non-delivery', 'errore-consegna: no-dest: 5.1.1 - x'],
    ['rilevazione-virus', 'virus', null, 'non-delivery', 'rilevazione-virus: virus'],
    [
      'preavviso-errore-consegna',
      'altro',
      '4.4.1 - 12 ore',
      'notice',
      'preavviso-errore-consegna: altro: 4.4.1 - 12 ore',
    ],
    [
      'preavviso-errore-consegna',
      'altro',
      ' 5.4.1 - 24 ore',
      'non-delivery',
      'preavviso-errore-consegna: altro:  5.4.1 - 24 ore',
    ],
    ['preavviso-errore-consegna', 'nessuno', null, 'notice', 'preavviso-errore-consegna'],
    ['di-domani', 'nessuno', null, 'unknown', 'di-domani'],
    [null, null, null, 'unknown', ''],
  ])('%s (%s, %s) is %s', (type, error, detail, news, reason) => {
    expect(newsOf(report(type, error, detail), TO)).toEqual({ type: news, reason });
  });

  it.each([
    ['5.2.2 - Esempio Provider S.p.A. - casella piena', true],
    ['5.2.2', true],
    ['4.2.2 (mailbox full)', true],
    ['La casella del destinatario è piena', true],
    ['552 Quota exceeded', true],
    ['spazio su disco esaurito', true],
    ['5.2.20 - x', false],
    ['15.2.2', false],
    ['5.2.1 - casella disabilitata', false],
    ['5.1.1 - indirizzo inesistente', false],
  ])('%s: a full mailbox, %s', (detail, mailboxFull) => {
    const news = newsOf(report('errore-consegna', 'altro', detail), TO);
    expect(news).toMatchObject({ type: 'non-delivery' });
    expect('mailboxFull' in news).toBe(mailboxFull);
  });
});
