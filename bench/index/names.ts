/** What the names of public bodies and their offices are made of. */

export interface Sort {
  /** Category of the index. */
  readonly category: string;
  readonly share: number;
  /** `{}` is a municipality, `{p}` its province, `{n}` a person, `{k}` a number. */
  readonly names: readonly string[];
  /** The most AOOs besides the first. */
  readonly more: number;
  readonly prefix: string;
}

/** Shares of the bodies that are not municipalities. */
export const SORTS: readonly Sort[] = [
  {
    category: 'L33',
    share: 0.53,
    names: [
      'Istituto Comprensivo {n}',
      'Istituto Comprensivo {}',
      'I.C. {n} - {}',
      'Istituto Comprensivo Statale {n} di {}',
      'Liceo Scientifico {n}',
      'Liceo Classico {n} {}',
      'Istituto Istruzione Superiore {n}',
      'I.I.S. {n} - {}',
      'Istituto Tecnico Economico {n}',
      'Direzione Didattica {k} Circolo {}',
      'Convitto Nazionale {n}',
    ],
    more: 0,
    prefix: 'istsc',
  },
  {
    category: 'L18',
    share: 0.09,
    names: [
      'Unione dei Comuni di {}',
      'Unione di Comuni {} e dintorni',
      'Comunità Montana di {}',
      'Consorzio dei Comuni di {}',
    ],
    more: 2,
    prefix: 'uc',
  },
  {
    category: 'C14',
    share: 0.12,
    names: [
      'Ordine dei Medici Chirurghi e degli Odontoiatri di {p}',
      'Ordine degli Avvocati di {}',
      'Ordine degli Ingegneri della Provincia di {p}',
      'Ordine degli Architetti di {p}',
      'Collegio dei Geometri di {p}',
      'Ordine dei Farmacisti della Provincia di {p}',
      'Consiglio Notarile di {}',
    ],
    more: 0,
    prefix: 'ord',
  },
  {
    category: 'L7',
    share: 0.02,
    names: [
      'Azienda Sanitaria Locale {}',
      "Azienda Unita' Sanitaria Locale di {}",
      'Azienda Socio Sanitaria Territoriale di {}',
      'Azienda Ospedaliera {n} di {}',
    ],
    more: 25,
    prefix: 'asl',
  },
  {
    category: 'L37',
    share: 0.14,
    names: [
      '{} Servizi S.p.A.',
      'Acquedotto di {} S.r.l.',
      '{} Ambiente S.p.A.',
      'Farmacia Comunale di {} S.r.l.',
      'Trasporti {} S.c.p.A.',
    ],
    more: 1,
    prefix: 'gps',
  },
  {
    category: 'L36',
    share: 0.06,
    names: [
      'Azienda Pubblica di Servizi alla Persona {n} - {}',
      'ASP {n}',
      'Istituzione Pubblica di Assistenza e Beneficenza {n} di {}',
      'Casa di Riposo {n} - {}',
    ],
    more: 0,
    prefix: 'asp',
  },
  {
    category: 'L42',
    share: 0.03,
    names: [
      'Consorzio di Bonifica di {}',
      "Autorita' di Ambito Territoriale Ottimale di {p}",
      'Ente Parco di {}',
      'Consorzio Stradale di {}',
    ],
    more: 1,
    prefix: 'cons',
  },
  {
    category: 'L4',
    share: 0.01,
    names: [
      'Provincia di {}',
      "Citta' Metropolitana di {}",
      'Prefettura - Ufficio Territoriale del Governo di {}',
      'Camera di Commercio di {}',
    ],
    more: 8,
    prefix: 'prov',
  },
];

export const PEOPLE = [
  'Giuseppe Garibaldi',
  'Dante Alighieri',
  'Giovanni Pascoli',
  'Alessandro Manzoni',
  "Gabriele D'Annunzio",
  'Leonardo da Vinci',
  'Galileo Galilei',
  'Maria Montessori',
  'Don Lorenzo Milani',
  'Aldo Moro',
  'Sandro Pertini',
  'Enrico Fermi',
  'Alessandro Volta',
  'Guglielmo Marconi',
  'Giosuè Carducci',
  'Grazia Deledda',
  'Italo Calvino',
  'Eugenio Montale',
  'Luigi Pirandello',
  'Ugo Foscolo',
  'Giacomo Leopardi',
  'Rita Levi Montalcini',
  'Gianni Rodari',
  'San Giovanni Bosco',
  "Santa Chiara d'Assisi",
  "Sant'Antonio Abate",
  'Vittorio Emanuele III',
  'Giuseppe Mazzini',
  'Camillo Cavour',
  'Peppino Impastato',
  'Falcone e Borsellino',
  'Niccolò Machiavelli',
] as const;

export const AREAS = [
  'Area Tecnica',
  'Area Amministrativa',
  'Polizia Locale',
  'Servizi Sociali',
  'Settore Urbanistica',
  'Settore Tributi',
  'Direzione Generale',
  'Dipartimento di Prevenzione',
  'Area Finanziaria',
  'Servizi Demografici',
  'Sportello Unico Attività Produttive',
  'Settore Lavori Pubblici',
  'Ufficio Gare e Contratti',
  'Avvocatura',
  'Protezione Civile',
] as const;

export const OFFICES = [
  'Ufficio Protocollo',
  'Uff_eFatturaPA',
  'Ufficio Transizione Digitale',
  'Ufficio Anagrafe',
  'Ufficio Stato Civile',
  'Ufficio Elettorale',
  'Ufficio Ragioneria',
  'Ufficio Personale',
  'Ufficio Tributi',
  'Ufficio Tecnico',
  'Ufficio Edilizia Privata',
  'Ufficio Cultura e Biblioteca',
  'Ufficio Scuola',
  'Ufficio Commercio',
  'Ufficio Patrimonio',
  'Segreteria Generale',
  'Ufficio Relazioni con il Pubblico',
  'Centro Elaborazione Dati',
] as const;

export const STREETS = [
  'Via Roma',
  'Piazza del Municipio',
  'Via Garibaldi',
  "Piazza della Liberta'",
  'Corso Italia',
  'Via Matteotti',
  'Via Dante Alighieri',
  'Viale della Repubblica',
  'Largo IV Novembre',
  'Via San Francesco',
] as const;
