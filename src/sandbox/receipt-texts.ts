import { encode, wrap } from 'nodemailer/lib/qp';
import type { Certified } from './daticert.ts';
import { latin1, stamp } from './mail-text.ts';

export type ReceiptKind =
  | 'accettazione'
  | 'non-accettazione'
  | 'presa-in-carico'
  | 'avvenuta-consegna'
  | 'errore-consegna'
  | 'preavviso-errore-consegna'
  | 'rilevazione-virus';

interface SubjectPrefix {
  readonly plain: string;
  readonly virus: string;
}
const both = (plain: string): SubjectPrefix => ({ plain, virus: plain });

export const SUBJECTS = {
  accettazione: both('ACCETTAZIONE'),
  'non-accettazione': {
    plain: 'AVVISO DI NON ACCETTAZIONE',
    virus: 'AVVISO DI NON ACCETTAZIONE PER VIRUS',
  },
  'presa-in-carico': both('PRESA IN CARICO'),
  'avvenuta-consegna': both('CONSEGNA'),
  'errore-consegna': { plain: 'AVVISO DI MANCATA CONSEGNA', virus: 'AVVISO DI MANCATA CONSEGNA PER VIRUS' },
  'preavviso-errore-consegna': both('AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO'),
  'rilevazione-virus': both('PROBLEMA DI SICUREZZA'),
} as const satisfies Record<ReceiptKind, SubjectPrefix>;

interface Outcome {
  readonly kind: ReceiptKind | 'posta-certificata' | 'anomalia';
  readonly deliveredTo?: string;
  readonly errorDetail?: string;
}

const TITLES = {
  'posta-certificata': 'Messaggio di posta certificata',
  anomalia: 'Anomalia nel messaggio',
  accettazione: 'Ricevuta di accettazione',
  'non-accettazione': 'Avviso di non accettazione',
  'presa-in-carico': 'Ricevuta di presa in carico',
  'avvenuta-consegna': 'Ricevuta di avvenuta consegna',
  'errore-consegna': 'Avviso di mancata consegna',
  'preavviso-errore-consegna': 'Avviso di mancata consegna per superamento del tempo massimo',
  'rilevazione-virus': 'Problema di sicurezza',
} as const satisfies Record<Outcome['kind'], string>;

/** The text for people in ISO-8859-1 and quoted-printable, as providers write it. */
export function textForPeople(provider: string, mail: Certified, outcome: Outcome): string {
  const { day, time, zone } = stamp(mail.date);
  const lines = [
    `-- ${TITLES[outcome.kind]} --`,
    '',
    `Il giorno ${day} alle ore ${time} (${zone}) il messaggio con Oggetto`,
    `"${mail.subject}" inviato da "${mail.from}"`,
    'ed indirizzato a:',
    ...mail.to.map(({ address, certified }) => `${address} ("posta ${certified ? 'certificata' : 'ordinaria'}")`),
    ...sentence(outcome),
    `Identificativo del messaggio: ${mail.identifier}`,
    `Gestore emittente: ${provider} (ambiente di prova, senza valore legale)`,
    '',
  ];
  // latin1 would turn a character outside ISO-8859-1 into a wrong one.
  return wrap(encode(latin1(lines.join('\r\n').replace(/[^\t\r\n\x20-\x7e\xa0-\xff]/gu, '?'))), 76);
}

function sentence({ kind, deliveredTo, errorDetail }: Outcome): readonly string[] {
  const cause = errorDetail === undefined ? [] : [`è stato rilevato il seguente errore: ${errorDetail}`];
  switch (kind) {
    case 'posta-certificata':
      return ['è stato inviato. Il messaggio originale è incluso in allegato (postacert.eml).'];
    case 'anomalia':
      return ['non è un messaggio di posta certificata. Il messaggio originale è incluso in allegato.'];
    case 'accettazione':
      return ['è stato accettato dal sistema ed inoltrato.'];
    case 'non-accettazione':
      return ['non è stato accettato:', ...cause];
    case 'presa-in-carico':
      return ['è stato preso in carico dal gestore di destinazione.'];
    case 'avvenuta-consegna':
      return [`è stato consegnato nella casella di destinazione "${deliveredTo}".`];
    case 'errore-consegna':
      return [`non è stato consegnato a "${deliveredTo}":`, ...cause, 'Il messaggio è stato rifiutato dal sistema.'];
    case 'preavviso-errore-consegna':
      return [`non risulta ancora consegnato a "${deliveredTo}":`, ...cause];
    case 'rilevazione-virus':
      return ['è stato bloccato perché ne è stato rilevato un virus informatico.', ...cause];
  }
}
