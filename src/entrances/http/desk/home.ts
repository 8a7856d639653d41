import { mayDo } from '../../../service/people/rights.ts';
import type { Desk } from './desk.ts';
import { seeOther } from './view.ts';

/** Where each person begins. */
export function homeRoutes(desk: Desk): void {
  desk.page({ path: '/', right: 'own' }, async ({ caller, office }) =>
    seeOther(
      office !== null && mayDo(caller, 'desk:read')
        ? '/scrivania'
        : mayDo(caller, 'administration')
          ? '/amministrazione'
          : '/io',
    ),
  );
}
