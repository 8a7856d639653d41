import type { AooId } from '../../../../kernel/ids.ts';
import { uuidOrNil } from '../../../../kernel/uuid.ts';
import type { People } from '../../../../service/people/people.ts';
import { ACCESS_KINDS } from '../../../../service/people/person.ts';
import type { Office } from '../../../../service/register/office.ts';
import type { Desk } from '../desk.ts';
import { accessPage } from './access-page.ts';
import { administratorOf } from './admin-frame.ts';

export interface AccessAdminDeps {
  readonly people: People;
  readonly offices: ReadonlyMap<AooId, Office>;
}

const PAGE = 50;

export function accessAdminRoutes(desk: Desk, { people, offices }: AccessAdminDeps): void {
  desk.page({ path: '/amministrazione/accessi', right: 'administration' }, async (visit) => {
    const { query } = visit;
    const what = ACCESS_KINDS.find((one) => one === query.text('che')) ?? null;
    const personId = query.text('persona') === '' ? null : uuidOrNil(query.text('persona'));
    const before = cursorOf(query.text('da'));
    const found = await people.manage.readAccessLog(administratorOf(visit), {
      limit: PAGE + 1,
      ...(what !== null && { what }),
      ...(personId !== null && { personId }),
      ...(before !== null && { before }),
    });
    const entries = found.slice(0, PAGE);
    const last = entries.at(-1);
    const next = found.length > PAGE && last !== undefined ? `${last.at.toISOString()}~${last.entryId}` : null;
    return {
      title: 'Accessi',
      at: 'amministrazione',
      body: accessPage({ entries, offices: [...offices.values()], what, personId, next }),
    };
  });
}

/** `<time>~<id>` of the last one shown. */
function cursorOf(text: string): { readonly at: Date; readonly entryId: string } | null {
  const [time = '', id = ''] = text.split('~');
  const at = new Date(time);
  return id === '' || Number.isNaN(at.getTime()) ? null : { at, entryId: uuidOrNil(id) };
}
