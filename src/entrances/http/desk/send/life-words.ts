/** Where a message stands towards one recipient, in a person's words: never a code, and what to do where it stopped. */
import type { RecipientLife, Standing, Station } from '../../../../service/queries/recipient-lives.ts';
import type { BadgeKind } from '../components/badge.ts';
import { ended } from '../components/sentences.ts';
import { romeDay } from '../components/when.ts';

export const STATION_NAMES = {
  registered: 'Registrato',
  sent: 'Inviato',
  accepted: 'Accettato',
  delivered: 'Consegnato',
  confirmed: 'Confermato',
} as const satisfies Record<Station, string>;

export const STANDING_NAMES = {
  trouble: 'da vedere',
  waiting: 'in attesa',
  done: 'concluse',
} as const satisfies Record<Standing, string>;

const STOPPED = {
  ...STATION_NAMES,
  sent: 'non inviato',
  accepted: 'non accettato',
  delivered: 'respinto',
  confirmed: 'rifiutato',
};
export const stoppedAt = (station: Station): string => STOPPED[station];

/** "A che punto è". */
export function whereItIs(life: RecipientLife): { readonly kind: BadgeKind; readonly words: string } {
  const { state, standing, answerWanted, stop, peerNumber, movedTo } = life;
  const late = standing === 'trouble' ? 'bad' : 'wait';
  switch (state) {
    case 'queued':
      return { kind: late, words: 'Da inviare' };
    case 'sent':
      return { kind: late, words: standing === 'trouble' ? 'Manca l’accettazione' : 'Attesa accettazione' };
    case 'accepted':
      return { kind: late, words: standing === 'trouble' ? 'Manca la consegna' : 'Attesa consegna' };
    case 'unevidenced':
      return { kind: 'state', words: 'Accettato, posta ordinaria' };
    case 'delivered':
      if (!answerWanted) return { kind: 'ok', words: 'Consegnato' };
      return { kind: late, words: standing === 'trouble' ? 'Manca la conferma' : 'Attesa conferma' };
    case 'failed':
      return { kind: 'bad', words: FAILED[stop?.before ?? 'delivered'] };
    case 'replaced':
      return { kind: 'state', words: `Inviato a ${movedTo ?? 'un altro indirizzo'}` };
    case 'confirmed':
      return { kind: 'ok', words: peerNumber === null ? 'Confermato' : `Confermato, n.\u00a0${peerNumber}` };
    case 'excepted':
      return { kind: 'bad', words: 'Rifiutato dal destinatario' };
    case 'annulled':
      return { kind: 'bad', words: 'Annullato dal destinatario' };
    case 'withdrawn':
      return { kind: 'state', words: 'Annullato da noi' };
  }
}

const FAILED = {
  registered: 'Non consegnato',
  sent: 'Non inviato',
  accepted: 'Non accettato',
  delivered: 'Non consegnato',
  confirmed: 'Non consegnato',
} as const satisfies Record<Station, string>;

/** What happened and what to do, where a person must act; null: nothing is to be done. */
export function adviceFor({ state, standing, stop, dueAt }: RecipientLife, number: string): string | null {
  if (standing !== 'trouble') return null;
  const said = stop === null || stop.detail === '' ? '' : ` ${ended(stop.detail.slice(0, 500))}`;
  switch (state) {
    case 'failed':
      if (stop?.mailboxFull === true)
        return `La casella del destinatario è piena: non vale come consegna.${said} Avvisalo in altro modo e invia di nuovo, oppure scegli un altro indirizzo (il numero resta ${number}).`;
      return `Il messaggio non è arrivato.${said} Correggi l’indirizzo e invia di nuovo: il numero resta ${number}.`;
    case 'excepted':
      return `Il destinatario non lo ha registrato.${stop === null || stop.detail === '' ? '' : ` Motivo: «${stop.detail.slice(0, 300)}».`} Correggi e manda un nuovo messaggio, oppure annulla la registrazione.`;
    case 'annulled':
      return 'Il destinatario ha annullato la propria registrazione. Chiedi perché, prima di inviare di nuovo.';
    case 'delivered':
      return `La consegna è provata, ma la conferma non è arrivata${dueAt === null ? '' : ` entro il ${romeDay(dueAt)}`}. Chiedi all’ufficio se lo ha registrato.`;
    default:
      return 'La ricevuta non è arrivata in tempo. Verifica la casella, poi invia di nuovo: il numero non cambia.';
  }
}
