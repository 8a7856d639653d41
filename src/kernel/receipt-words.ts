/** What a receipt of the certified mail says of a failure, in a person's words; what the provider wrote follows as a quotation. */

const VIRUS = 'È stato trovato un virus.';

/** `errore` of daticert (DM 2 novembre 2005, technical rules § 7.4). `altro` says nothing: the provider's own text does. */
const ERRORS: ReadonlyMap<string, string> = new Map([
  ['no-dest', "L'indirizzo non esiste."],
  ['no-dominio', "Il dominio dell'indirizzo non esiste."],
  ['virus', VIRUS],
]);

/**
 * Enhanced status codes (RFC 3463), by subject and detail: what providers write before their own text. A full mailbox is told
 * apart before (`mailboxFull`).
 */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ['1.1', "L'indirizzo non esiste."],
  ['1.2', "Il dominio dell'indirizzo non esiste."],
  ['1.3', "L'indirizzo non è scritto bene."],
  ['1.6', "La casella non è più a quell'indirizzo."],
  ['2.1', 'La casella è disattivata.'],
  ['2.3', 'Il messaggio è troppo grande per la casella.'],
  ['3.4', 'Il messaggio è troppo grande.'],
  ['4.1', 'Il sistema del destinatario non risponde.'],
  ['7.1', 'Il sistema del destinatario non lo accetta.'],
]);

const KINDS: readonly string[] = [
  ...['non-accettazione', 'errore-consegna', 'preavviso-errore-consegna', 'rilevazione-virus'],
];

/** Of the provider's text: longer ones are whole in the receipt. */
const MOST = 300;

/** `reason`: type, error and detail as the receipt has them, `errore-consegna: no-dest: 5.1.1 - …`; any other text stays as it is. */
export function receiptReason(reason: string): string {
  const [kind = '', ...others] = reason.split(': ');
  if (!KINDS.includes(kind.trim())) return reason;
  const [error = '', ...rest] = others;
  const isError = error === 'altro' || ERRORS.has(error);
  const said = (isError ? rest : others).join(': ').trim();
  const status = /^[45]\.(\d{1,3}\.\d{1,3})(?![\d.])/.exec(said)?.[1] ?? '';
  const words = [ERRORS.get(error), kind === 'rilevazione-virus' ? VIRUS : undefined, STATUSES.get(status)];
  const quoted = said.length > MOST ? `${said.slice(0, MOST)}…` : said;
  return [words.find((one) => one !== undefined), said === '' ? undefined : `Il gestore ha scritto: «${quoted}».`]
    .filter((one) => one !== undefined)
    .join(' ');
}
