/** What was decided about a message, and by whom: told to whoever comes second. */
import type { ExchangeDetail } from '../../../../service/queries/views.ts';
import { onDayAt } from '../components/when.ts';

/** By the type of the event. */
export const DECIDED: Readonly<Record<string, string>> = {
  'registered-by-hand': 'registrato',
  'refused-by-hand': 'rifiutato',
  'confirmed-by-hand': 'confermato',
  closed: 'messo da parte',
  'handed-to-a-person': 'affidato a una persona',
  resend: 'inviato di nuovo',
};

/** "Pio Modello, il 30/11/2026 alle 09:31: rifiutato.": the last thing that a person did to it; else the last that happened. */
export function lastChangeOf({ events, ourNumber }: Pick<ExchangeDetail, 'events' | 'ourNumber'>): string | null {
  const byOf = ({ data }: (typeof events)[number]): unknown => (data as { readonly by?: unknown } | null)?.by;
  const event = events.findLast((one) => typeof byOf(one) === 'string') ?? events.at(-1);
  if (event === undefined) return null;
  const by = byOf(event);
  const what = DECIDED[event.type];
  const number = event.type === 'registered-by-hand' && ourNumber !== null ? ` con il n.\u00a0${ourNumber}` : '';
  return `${typeof by === 'string' ? by : 'Il servizio'}, ${onDayAt(event.at)}${what === undefined ? '' : `: ${what}${number}`}.`;
}
