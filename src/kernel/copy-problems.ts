import { row } from './problem-row.ts';

/** Part of the table in `problems.ts`: documents of which no copy with the segnatura is made. The original stays as it is. */
export const COPY_PROBLEMS = {
  'copy-no-pdf': row('note', 'Il documento non è un PDF: la segnatura si sovrappone solo alla copia di un PDF.', 422),
  'copy-signed': row(
    'note',
    'Il documento è firmato: scriverci sopra la segnatura renderebbe la firma non valida, anche su una copia.',
    422,
  ),
  'copy-encrypted': row(
    'note',
    'Il documento è protetto con una password o da limitazioni: non se ne può fare una copia con la segnatura.',
    422,
  ),
  'copy-dynamic-form': row(
    'note',
    'Il documento è un modulo dinamico (XFA): non ha pagine su cui scrivere, e una copia non si aprirebbe.',
    422,
  ),
  'copy-unreadable': row(
    'note',
    'Il documento è danneggiato, o scritto in un modo che qui non si legge: non se ne può fare una copia con la segnatura.',
    422,
  ),
  'copy-too-large': row(
    'note',
    'Il documento è troppo grande perché se ne faccia una copia con la segnatura: sono accettati al massimo {detail} MB.',
    422,
  ),
  'copy-too-long': row(
    'note',
    'Fare la copia con la segnatura ha richiesto troppo tempo o troppa memoria: il lavoro è stato interrotto.',
    422,
  ),
  'copy-busy': row('note', 'Si stanno facendo già molte copie con la segnatura. Riprova tra un minuto.', 503),
} as const;

export type CopyProblem = keyof typeof COPY_PROBLEMS;
