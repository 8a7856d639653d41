/** What `/status` and `/health/ready` say of a node that does not work as it should. */

export const unreadMailbox = (mailbox: string): string => `La casella ${mailbox} non viene letta`;

export function unsentMessages(aoo: string | null, count: number, seconds: number): string {
  const what = count === 1 ? 'un messaggio attende' : `${count} messaggi attendono`;
  const sentence = `${what} l'invio da ${seconds} secondi`;
  return aoo === null ? `${sentence[0]?.toUpperCase()}${sentence.slice(1)}` : `Ufficio ${aoo}: ${sentence}`;
}

export const stoppedOffice = (aoo: string, because: string): string =>
  `Ufficio ${aoo}: il registro è fermo, perché la base di dati è più vecchia di quanto è già uscito (${because}). Eseguire interpro recover.`;

/** For callers who are not the administrator: how many, not which. */
export const unreadMailboxes = (count: number): string => `Caselle che non vengono lette: ${count}.`;
export const waitingOffices = (count: number): string => `Uffici con messaggi che attendono l'invio: ${count}.`;
export const stoppedOffices = (count: number): string => `Uffici con il registro fermo: ${count} (interpro recover).`;
export const startAnomalies = (count: number): string => `Anomalie della configurazione: ${count}.`;

export const wrongConfiguration = (count: number): string =>
  `La configurazione su disco non è stata letta di nuovo: resta in vigore quella di prima. Errori: ${count} (interpro reload).`;

export const failedMessages = (count: number): string =>
  `Messaggi conservati ma non elaborati, da controllare: ${count} (interpro retry --all).`;

export function clockApart(seconds: number): string {
  const how = `${Math.abs(seconds)} secondi ${seconds > 0 ? 'avanti' : 'indietro'}`;
  return `L'orologio di questa macchina è ${how} rispetto a quello della base di dati: sincronizzarli (NTP).`;
}
