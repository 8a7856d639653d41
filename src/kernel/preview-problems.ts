import { row } from './problem-row.ts';

/** Part of the table in `problems.ts`: documents that cannot be shown here. They can always be saved. */
export const PREVIEW_PROBLEMS = {
  'preview-failed': row(
    'note',
    "L'anteprima non è pronta. Si può ricaricare la pagina per riprovare, o scaricare il documento e aprirlo con prudenza.",
    422,
  ),
  'preview-too-large': row('note', 'Il documento è troppo grande per essere mostrato qui. Si può scaricarlo.', 422),
} as const;
