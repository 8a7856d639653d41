import { row } from './problem-row.ts';

/** What is said in an export of evidence of what does not hold any more; the export goes on. */
export const EVIDENCE_PROBLEMS = {
  'evidence-damaged': row(
    'note',
    "ALTERATO: {detail} non corrisponde più all'impronta registrata al momento della conservazione.",
    500,
  ),
  'evidence-missing': row('note', "MANCANTE: {detail} non è più nell'archivio dei documenti.", 500),
  'evidence-not-taken': row(
    'note',
    'MANCANTE: {detail} è rimasto nella casella di posta e non è mai stato conservato.',
    500,
  ),
  'evidence-interrupted': row('note', 'INCOMPLETO: la lettura di {detail} si è interrotta.', 500),
  'evidence-audit-broken': row(
    'note',
    "ALTERATO: nel registro di controllo l'annotazione {detail} non corrisponde alla sua impronta.",
    500,
  ),
  'evidence-left-out': row('note', 'INCOMPLETO: altri {detail} messaggi dello scambio non sono in questo file.', 500),
} as const;
