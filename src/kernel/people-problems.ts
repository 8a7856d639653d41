import { row } from './problem-row.ts';

/** Why a person is not let in, or may not be changed. The first says nothing about which of the three was wrong. */
export const PEOPLE_PROBLEMS = {
  'sign-in-refused': row('note', "Nome, password o codice dell'applicazione non corretti.", 401),
  'sign-in-slowed': row('note', 'Troppi tentativi da qui: riprovare fra {detail}.', 429),
  'sign-in-busy': row('note', 'In questo momento gli accessi sono troppi: riprovare fra qualche secondo.', 503),
  'entry-unknown': row('note', 'Questo collegamento è già stato usato o è scaduto: chiederne uno nuovo.', 410),
  'login-taken': row('note', 'Questo nome per entrare è già di una persona: sceglierne un altro.', 409),
  'login-invalid': row('note', 'Il nome per entrare ha da 2 a 100 lettere minuscole, cifre e segni . _ @ + -.', 422),
  'name-missing': row('note', 'Indicare nome e cognome, al massimo 120 caratteri.', 422),
  'password-short': row('note', 'La password ha almeno 12 caratteri: vanno bene anche più parole con gli spazi.', 422),
  'password-long': row('note', 'La password ha al massimo 256 caratteri.', 422),
  'password-easy': row('note', 'Questa password si indovina facilmente: sceglierne una diversa dal nome.', 422),
  'password-wrong': row('note', 'La password di adesso non è corretta.', 422),
  'password-absent': row('note', "Questa persona entra solo con l'account dell'ente: qui non ha una password.", 409),
  'code-wrong': row('note', "Il codice dell'applicazione non è corretto: scrivere quello che si vede ora.", 422),
  'person-changed': row('note', 'I dati della persona sono cambiati nel frattempo: guardarli e ripetere.', 409),
  'person-not-yours': row(
    'note',
    'Questa persona lavora anche in altri uffici: la modifica chi amministra il nodo.',
    403,
  ),
  'last-administrator': row('note', "È rimasta la sola persona che amministra il nodo: prima indicarne un'altra.", 409),
  'role-unknown': row('note', 'Questo ruolo non si può dare qui.', 422),
  'unit-changed': row('note', "L'ufficio è cambiato nel frattempo: guardarlo e ripetere.", 409),
  'unit-code-taken': row('note', 'Questo codice è già di un altro ufficio.', 409),
  'unit-invalid': row('note', "I dati dell'ufficio non sono corretti: {detail}.", 422),
  'days-invalid': row('note', "Il periodo non è corretto: l'ultimo giorno viene dopo il primo e dopo ieri.", 422),
  'delegate-invalid': row('note', 'Si può delegare solo una persona attiva dello stesso ente, diversa da sé.', 422),
  'account-refused': row('note', "L'accesso con l'account dell'ente non è riuscito: ripetere da capo.", 401),
  'account-unmapped': row(
    'note',
    "Questo account dell'ente non è abilitato al protocollo: chiedere a chi amministra il sistema.",
    403,
  ),
  'account-missing': row(
    'note',
    "Indicare l'identificativo dell'account, come si legge nel registro degli accessi.",
    422,
  ),
  'account-taken': row('note', "Questo account dell'ente è già di una persona: prima si toglie da quella.", 409),
  'account-unavailable': row('note', "Il servizio degli account dell'ente non risponde: riprovare fra poco.", 503),
} as const;
