/**
 * The plan of classification (titolario) that councils have unless they bring their own: the model of 2005 by the Gruppo di
 * lavoro dei Comuni with the Direzione generale archivi, fourteen titles, the last one without classes.
 */

/** A title and its classes, counted from 1. */
type Title = readonly [code: string, title: string, classes: readonly string[]];

/** Particular data (GDPR art. 9): what is filed there is proposed as reserved. */
const RESERVED: ReadonlySet<string> = new Set(['III.9', 'III.13', 'VII.9', 'VII.11', 'VII.12', 'X.2']);

const TITLES: readonly Title[] = [
  [
    'I',
    'Amministrazione generale',
    [
      'Legislazione e circolari esplicative',
      'Denominazione, territorio e confini, circoscrizioni di decentramento, toponomastica',
      'Statuto',
      'Regolamenti',
      'Stemma, gonfalone, sigillo',
      'Archivio generale',
      'Sistema informativo',
      'Informazioni e relazioni con il pubblico',
      'Politica del personale; ordinamento degli uffici e dei servizi',
      'Relazioni con le organizzazioni sindacali e di rappresentanza del personale',
      'Controlli interni ed esterni',
      'Editoria e attività informativo-promozionale interna ed esterna',
      'Cerimoniale, attività di rappresentanza; onorificenze e riconoscimenti',
      'Interventi di carattere politico e umanitario; rapporti istituzionali',
      "Forme associative e partecipative per l'esercizio di funzioni e servizi e adesione del Comune ad associazioni",
      'Area e città metropolitana',
      'Associazionismo e partecipazione',
    ],
  ],
  [
    'II',
    'Organi di governo, gestione, controllo, consulenza e garanzia',
    [
      'Sindaco',
      'Vice-sindaco',
      'Consiglio',
      'Presidente del Consiglio',
      'Conferenza dei capigruppo e commissioni del Consiglio',
      'Gruppi consiliari',
      'Giunta',
      'Commissario prefettizio e straordinario',
      'Segretario e vice-segretario',
      'Direttore generale e dirigenza',
      'Revisori dei conti',
      'Difensore civico',
      'Commissario ad acta',
      'Organi di controllo interni',
      'Organi consultivi',
      'Consigli circoscrizionali',
      'Presidente dei Consigli circoscrizionali',
      'Organi esecutivi circoscrizionali',
      'Commissioni dei Consigli circoscrizionali',
      'Segretari delle circoscrizioni',
      'Commissario ad acta delle circoscrizioni',
      'Conferenza dei Presidenti di quartiere',
    ],
  ],
  [
    'III',
    'Risorse umane',
    [
      'Concorsi, selezioni, colloqui',
      'Assunzioni e cessazioni',
      'Comandi e distacchi; mobilità',
      'Attribuzione di funzioni, ordini di servizio e missioni',
      'Inquadramenti e applicazione contratti collettivi di lavoro',
      'Retribuzioni e compensi',
      'Trattamento fiscale, contributivo e assicurativo',
      'Tutela della salute e sicurezza sul luogo di lavoro',
      'Dichiarazioni di infermità ed equo indennizzo',
      'Indennità premio di servizio e trattamento di fine rapporto, quiescenza',
      'Servizi al personale su richiesta',
      'Orario di lavoro, presenze e assenze',
      'Giudizi, responsabilità e provvedimenti disciplinari',
      'Formazione e aggiornamento professionale',
      'Collaboratori esterni',
    ],
  ],
  [
    'IV',
    'Risorse finanziarie e patrimonio',
    [
      'Bilancio preventivo e PEG',
      'Gestione del bilancio e del PEG (con eventuali variazioni)',
      'Gestione delle entrate: accertamento, riscossione, versamento',
      'Gestione della spesa: impegno, liquidazione, ordinazione e pagamento',
      'Partecipazioni finanziarie',
      'Rendiconto della gestione; adempimenti e verifiche contabili',
      'Adempimenti fiscali, contributivi e assicurativi',
      'Beni immobili',
      'Beni mobili',
      'Economato',
      'Oggetti smarriti e recuperati',
      'Tesoreria',
      'Concessionari ed altri incaricati della riscossione delle entrate',
      'Pubblicità e pubbliche affissioni',
    ],
  ],
  [
    'V',
    'Affari legali',
    ['Contenzioso', 'Responsabilità civile e patrimoniale verso terzi; assicurazioni', 'Pareri e consulenze'],
  ],
  [
    'VI',
    'Pianificazione e gestione del territorio',
    [
      'Urbanistica: piano regolatore generale e varianti',
      'Urbanistica: strumenti di attuazione del piano regolatore generale',
      'Edilizia privata',
      'Edilizia pubblica',
      'Opere pubbliche',
      'Catasto',
      'Viabilità',
      'Servizio idrico integrato, luce, gas, trasporti pubblici, gestione dei rifiuti e altri servizi',
      'Ambiente: autorizzazioni, monitoraggio e controllo',
      'Protezione civile ed emergenze',
    ],
  ],
  [
    'VII',
    'Servizi alla persona',
    [
      'Diritto allo studio e servizi',
      'Asili nido e scuola materna',
      'Promozione e sostegno delle istituzioni di istruzione e della loro attività',
      'Orientamento professionale; educazione degli adulti; mediazione culturale',
      'Istituti culturali (musei, biblioteche, teatri, scuola comunale di musica, etc.)',
      'Attività ed eventi culturali',
      'Attività ed eventi sportivi',
      'Pianificazione e accordi strategici con enti pubblici e privati e con il volontariato sociale',
      'Prevenzione, recupero e reintegrazione dei soggetti a rischio',
      'Informazione, consulenza ed educazione civica',
      'Tutela e curatela di incapaci',
      'Assistenza diretta e indiretta, benefici economici',
      'Attività ricreativa e di socializzazione',
      'Politiche per la casa',
      'Politiche per il sociale',
    ],
  ],
  [
    'VIII',
    'Attività economiche',
    [
      'Agricoltura e pesca',
      'Artigianato',
      'Industria',
      'Commercio',
      'Fiere e mercati',
      'Esercizi turistici e strutture ricettive',
      'Promozione e servizi',
    ],
  ],
  [
    'IX',
    'Polizia locale e sicurezza pubblica',
    ['Prevenzione ed educazione stradale', 'Polizia stradale', 'Informative', 'Sicurezza e ordine pubblico'],
  ],
  [
    'X',
    'Tutela della salute',
    [
      'Salute e igiene pubblica',
      'Trattamento sanitario obbligatorio',
      'Farmacie',
      'Zooprofilassi veterinaria',
      'Randagismo animale e ricoveri',
    ],
  ],
  [
    'XI',
    'Servizi demografici',
    ['Stato civile', 'Anagrafe e certificazioni', 'Censimenti', 'Polizia mortuaria e cimiteri'],
  ],
  [
    'XII',
    'Elezioni e iniziative popolari',
    ['Albi elettorali', 'Liste elettorali', 'Elezioni', 'Referendum', 'Istanze, petizioni e iniziative popolari'],
  ],
  [
    'XIII',
    'Affari militari',
    [
      'Leva e servizio civile sostitutivo',
      'Ruoli matricolari',
      'Caserme, alloggi e servitù militari',
      'Requisizioni per utilità militari',
    ],
  ],
  ['XIV', 'Oggetti diversi', []],
];

export const COUNCIL_PLAN: readonly { readonly code: string; readonly title: string; readonly reserved: boolean }[] =
  TITLES.flatMap(([code, title, classes]) => [
    { code, title, reserved: false },
    ...classes.map((name, index) => {
      const entry = `${code}.${index + 1}`;
      return { code: entry, title: name, reserved: RESERVED.has(entry) };
    }),
  ]);
