import { describe, expect, it } from 'vitest';
import type { MailAddress } from '../../../src/kernel/ids.ts';
import type { PecReport } from '../../../src/model/pec.ts';
import { foreignReason } from '../../../src/service/intake/foreign-receipt.ts';
import type { Office } from '../../../src/service/register/office.ts';

const at = (name: string) => `${name}@pec.esempio.example.it` as MailAddress;
const [OWN, SECOND, ACCOUNT, FORMER] = [at('protocollo'), at('suap'), at('servizio'), at('vecchio')];
const THERE = 'protocollo@pec.provaria.example.it';
const OTHER = 'ufficio@pec.provaria.example.it';

const smtp = { host: '127.0.0.1', port: 465, secure: true, user: ACCOUNT, password: null, ca: null };
const account = { ...smtp, user: 'suap', password: '', folder: 'INBOX' };
const office = {
  address: OWN,
  mailboxes: [{ address: SECOND, account }],
  smtp,
} as Partial<Office> as Partial<Office> as Office;
const mail = { exchangeId: '', purpose: 'message', from: FORMER, recipient: THERE, transmissions: [] } as const;
const to = (...addresses: readonly string[]) => addresses.map((address) => ({ address, certified: true }));
const reasonOf = (pec: Partial<PecReport>) =>
  foreignReason(
    { type: 'accettazione', sender: OWN, recipients: to(THERE), deliveredTo: null, ...pec } as PecReport,
    mail,
    office,
  );

describe('a receipt is about a mail of the office', () => {
  it.each([OWN, SECOND, ACCOUNT, FORMER, OWN.toUpperCase()])('whose certified sender is %s', (sender) => {
    expect(reasonOf({ sender })).toBeNull();
  });

  it.each<[string, Partial<PecReport>]>([
    ['that names its recipient among others', { recipients: to(OTHER, THERE) }],
    ['that writes its recipient in another case', { recipients: to('Protocollo@PEC.Provaria.example.it') }],
    ['that tells of one recipient', { type: 'avvenuta-consegna', recipients: to(OTHER), deliveredTo: THERE }],
  ])('%s', (_, pec) => {
    expect(reasonOf(pec)).toBeNull();
  });

  it.each<[string, Partial<PecReport>, string]>([
    ['of another sender', { sender: OTHER }, OTHER],
    ['without sender', { sender: null }, 'assente'],
    ['for another recipient', { recipients: to(OTHER) }, THERE],
    ['of an error that names only another recipient', { type: 'errore-consegna', recipients: to(OTHER) }, THERE],
    ['for nobody', { recipients: [] }, THERE],
    ['of an acceptance that a `consegna` was put into', { recipients: to(OTHER), deliveredTo: THERE }, THERE],
  ])('and not where it is one %s', (_, pec, named) => {
    expect(reasonOf(pec)).toContain(named);
  });
});
