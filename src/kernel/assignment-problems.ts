import { row } from './problem-row.ts';

/** Why an assignment stays as it is. */
export const ASSIGNMENT_PROBLEMS = {
  'assignment-changed': row('note', "L'assegnazione è cambiata nel frattempo: {detail}.", 412),
  'assignment-held': row('note', 'È già assegnata per competenza: {detail}.', 409),
  'assignment-state': row('note', "L'operazione non è ammessa: l'assegnazione è {detail}.", 409),
  'assignment-not-yours': row(
    'note',
    "L'assegnazione è di altri ({detail}): decide chi l'ha, il responsabile del suo ufficio o il protocollo.",
    403,
  ),
  'assignment-unit-inactive': row('note', "L'ufficio indicato non è attivo: {detail}.", 422),
  'assignment-person-elsewhere': row('note', "La persona indicata non fa parte dell'ufficio: {detail}.", 422),
  'assignment-target-missing': row('note', "Indicare l'ufficio o la persona a cui assegnare.", 422),
  'assignment-target-same': row('note', 'È già lì: {detail}.', 422),
  'assignment-target-outside': row(
    'note',
    'Si può delegare soltanto a una persona dello stesso ufficio; per passarla a un altro ufficio, restituirla o farla riassegnare.',
    422,
  ),
  'assignment-reason-missing': row('note', 'Indicare il motivo.', 422),
  'assignment-text-too-long': row('note', 'Il testo è troppo lungo: al massimo {detail} caratteri.', 422),
  'assignment-too-many': row('note', 'Le assegnazioni sono troppe per una volta sola: al massimo {detail}.', 422),
} as const;
