/** Of a change that came too late: who was faster, when, and what they did. Undefined: nobody that is known. */
import type { RegistrationSheet } from '../../../../service/queries/register-views.ts';
import { onDayAt } from '../components/when.ts';

export function classifiedBy({ changes }: RegistrationSheet): string | undefined {
  const last = changes.findLast(({ field }) => field === 'classification');
  if (last === undefined) return undefined;
  const what = last.newValue === null ? 'ha tolto la classe' : `l’ha classificata ${last.newValue}`;
  return `${last.by} ${what}, ${onDayAt(last.at)}.`;
}

export function reservedBy({ reserves }: RegistrationSheet): string | undefined {
  const last = reserves.at(-1);
  if (last === undefined) return undefined;
  const what = last.act === 'set' ? 'l’ha resa riservata' : 'ha tolto la riserva';
  return `${last.by} ${what}, ${onDayAt(last.at)}${last.reason === null ? '' : `: «${last.reason}»`}.`;
}

/** Who asked for the annulment, refused it or annulled, whichever came last. */
export function annulmentActBy({ annulment, requests }: RegistrationSheet): string | undefined {
  if (annulment !== null)
    return `L’ha annullata ${annulment.by}, ${onDayAt(annulment.at)}: «${annulment.reason}» (${annulment.provision}).`;
  const last = requests.at(-1);
  if (last === undefined) return undefined;
  const { decision } = last;
  return decision === null
    ? `${last.by} ha chiesto l’annullamento, ${onDayAt(last.at)}: «${last.reason}».`
    : `${decision.by} ha rifiutato la richiesta, ${onDayAt(decision.at)}: «${decision.answer}».`;
}
