import { aooId, type MailAddress } from '../../src/kernel/ids.ts';
import type { Endpoint } from '../../src/sandbox/sandbox.ts';
import { type Office, STANDARD } from '../../src/service/register/office.ts';

export interface DeskPlace {
  readonly smtp: Endpoint;
  readonly imap: Endpoint;
}

export const ADDRESS = 'protocollo@pec.esempio.example.it';
export const PASSWORD = 'segreta';

export function deskOffice({ smtp, imap }: DeskPlace): Office {
  const address = ADDRESS as MailAddress;
  const account = { user: address, password: PASSWORD, secure: false, ca: null };
  return {
    ...{ administration: 'c_esempio', code: 'AESEMP1', aoo: aooId('c_esempio', 'AESEMP1') },
    ...{ register: 'PROT', name: 'Comune di Esempio', address },
    mailboxes: [{ address, account: { ...account, ...imap, folder: 'INBOX' } }],
    smtp: { ...account, ...smtp },
    ...STANDARD,
  };
}
