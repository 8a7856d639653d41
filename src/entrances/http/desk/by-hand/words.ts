/** How carriers are called where one registers. */
import type { RegistrationDirection } from '../../../../domain/register/registration.ts';
import { carriersOf } from '../../../../service/by-hand/hand-request.ts';
import type { ArrivalCarrier } from '../../../../service/register/by-hand-writes.ts';
import type { Choice } from '../components/fields.ts';

export const WAY_NAMES: Readonly<Record<ArrivalCarrier, string>> = {
  counter: 'Carta, allo sportello',
  post: 'Carta, per posta',
  'registered-post': 'Raccomandata',
  courier: 'Corriere',
  notifier: 'Messo notificatore',
  email: 'Posta elettronica ordinaria',
  fax: 'Fax',
  internal: 'Documento interno',
  pec: 'PEC',
  other: 'Altro mezzo',
};

export const carrierChoices = (direction: RegistrationDirection): readonly Choice[] =>
  carriersOf(direction).map((value) => ({
    value,
    label: value === 'counter' && direction === 'outgoing' ? 'Carta, a mano' : WAY_NAMES[value],
  }));
