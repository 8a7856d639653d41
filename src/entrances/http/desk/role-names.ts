import type { Role } from '../../../service/people/rights.ts';

export const ROLE_NAMES = {
  protocol: 'Operatore di protocollo',
  head: 'Responsabile della gestione documentale',
  'unit-head': 'Responsabile di ufficio',
  'unit-member': 'Addetto di ufficio',
  auditor: 'Revisore',
  administrator: 'Amministratore di sistema',
} as const satisfies Record<Role, string>;
