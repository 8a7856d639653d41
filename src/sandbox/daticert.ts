import { stamp } from './mail-text.ts';

export type ReceiptType = 'completa' | 'breve' | 'sintetica';

/** What every certified mail says about its message. */
export interface Certified {
  /** `identificativo`: the provider's id of the transaction, without angle brackets. */
  readonly identifier: string;
  readonly date: Date;
  /** The sender's address. */
  readonly from: string;
  readonly to: readonly DaticertRecipient[];
  /** Decoded. */
  readonly subject: string;
  /** The sender's own Message-ID with angle brackets; null when the message had none. */
  readonly messageId: string | null;
}

export interface DaticertRecipient {
  readonly address: string;
  /** False: an ordinary mailbox (`tipo="esterno"`). */
  readonly certified: boolean;
}

export interface DaticertFields {
  readonly type: string;
  readonly error?: string;
  readonly receiptType?: ReceiptType;
  /** `consegna`. */
  readonly deliveredTo?: string;
  /** `ricezione`: the recipients that a presa-in-carico answers for. */
  readonly received?: readonly string[];
  /** `errore-esteso`. */
  readonly errorDetail?: string;
}

const escapeXml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, ' ');

/** `daticert.xml` of RFC 6109; like that of real providers, it has no DOCTYPE. */
export function daticert(provider: string, mail: Certified, fields: DaticertFields): string {
  const { day, time, zone } = stamp(mail.date);
  const element = (name: string, text: string | undefined | null, attributes = '') =>
    text === undefined || text === null ? [] : [`<${name}${attributes}>${escapeXml(text)}</${name}>`];
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<postacert tipo="${escapeXml(fields.type)}" errore="${escapeXml(fields.error ?? 'nessuno')}">`,
    '<intestazione>',
    ...element('mittente', mail.from),
    ...mail.to.flatMap(({ address, certified }) =>
      element('destinatari', address, ` tipo="${certified ? 'certificato' : 'esterno'}"`),
    ),
    ...element('risposte', mail.from),
    ...element('oggetto', mail.subject),
    '</intestazione>',
    '<dati>',
    ...element('gestore-emittente', provider),
    `<data zona="${zone}">`,
    ...element('giorno', day),
    ...element('ora', time),
    '</data>',
    ...element('identificativo', mail.identifier),
    ...element('msgid', mail.messageId),
    ...(fields.receiptType ? [`<ricevuta tipo="${fields.receiptType}"/>`] : []),
    ...element('consegna', fields.deliveredTo),
    ...(fields.received ?? []).flatMap((address) => element('ricezione', address)),
    ...element('errore-esteso', fields.errorDetail),
    '</dati>',
    '</postacert>',
    '',
  ];
  return lines.join('\n');
}
