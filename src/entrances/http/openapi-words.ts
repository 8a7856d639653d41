/** Sentences of the documentation that many operations share. */

export const REFUSALS: Readonly<Record<string, string>> = {
  400: 'La richiesta non è corretta.',
  401: 'Mancano le credenziali o non sono valide.',
  403: 'Le credenziali non autorizzano questa operazione.',
  404: 'La risorsa non esiste, o non riguarda chi la chiede.',
  408: 'La richiesta non è arrivata in tempo.',
  409: "Contraddice lo stato attuale o un'altra richiesta.",
  410: 'La risorsa non è più disponibile.',
  412: 'Lo stato è cambiato da quando è stato letto.',
  413: 'La richiesta è troppo grande.',
  414: "L'indirizzo è troppo lungo.",
  415: 'Il tipo di contenuto non è ammesso.',
  416: "L'intervallo chiesto non esiste.",
  422: 'La richiesta è leggibile, ma non si può eseguire.',
  428: "Serve l'intestazione If-Match.",
  429: 'Troppe richieste.',
  431: 'Le intestazioni sono troppo grandi.',
  500: 'Errore interno.',
  503: 'Il servizio non è disponibile.',
};
export const SUCCESSES: Readonly<Record<string, string>> = {
  200: 'Riuscito.',
  201: 'Creato.',
  202: 'Accolto: si vedrà il seguito nello stato.',
  204: 'Riuscito, senza contenuto.',
  206: "L'intervallo chiesto.",
  304: 'Non è cambiato nulla.',
};

/** What parameters mean that have the same name everywhere; a route may say it otherwise. */
export const PARAMETERS: Readonly<Record<string, string>> = {
  id: 'Identificativo.',
  messageId: "Identificativo dell'annuncio.",
  aoo: "Ufficio (AOO): codice dell'amministrazione, barra, codice della AOO.",
  administration: "Codice IPA dell'amministrazione.",
  body: "Codice IPA dell'amministrazione.",
  ipa: "Codice IPA dell'amministrazione.",
  code: 'Codice.',
  address: 'Indirizzo di posta elettronica certificata.',
  register: 'Codice del registro.',
  year: 'Anno.',
  number: 'Numero di registrazione.',
  name: 'Denominazione.',
  text: 'Parole da cercare, anche con errori di battitura.',
  kind: 'Tipi di voce.',
  'uni-code': 'Codice univoco (Codice_uni_aoo o Codice_uni_uo).',
  'tax-code': 'Codice fiscale.',
  municipality: 'Comune.',
  istat: 'Codice ISTAT del comune.',
  cadastral: 'Codice catastale del comune.',
  province: 'Sigla della provincia.',
  region: 'Regione.',
  category: 'Categoria di amministrazioni.',
  network: 'Rete o circuito cui la AOO partecipa.',
  ceased: 'Anche le voci cessate.',
  'as-of': 'Come stavano le cose in questo giorno.',
  limit: 'Quanti elementi al più.',
  cursor: 'Da dove proseguire: il cursore della pagina precedente.',
  after: "Il numero dell'ultimo elemento già letto.",
  wait: "Quanti secondi attendere se non c'è ancora nulla.",
  state: 'Stato.',
  direction: 'In arrivo o in uscita.',
  sha256: 'Impronta SHA-256 del documento.',
  layout: 'Tracciato del file; senza, è riconosciuto dal contenuto.',
  date: 'Giorno cui i dati si riferiscono.',
  source: 'Origine dei dati.',
  partial: 'Il file è solo una parte: ciò che non nomina resta.',
};

/** Of a scope, for who reads what credentials it takes. */
export const scopeSentence = (scope: string): string =>
  scope === 'public' ? 'Non servono credenziali.' : `Ambito richiesto alle credenziali: \`${scope}\`.`;
