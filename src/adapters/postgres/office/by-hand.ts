import type { AooId } from '../../../kernel/ids.ts';
import type {
  CorrespondentEntry,
  Deferral,
  NewFile,
  PlanEntry,
  TemplateWrite,
} from '../../../service/register/by-hand-writes.ts';
import type { OfficeByHand, PresentReserve } from '../../../service/register/office-transaction.ts';
import type { Asking } from '../database/prepared.ts';
import { FORM } from '../queries/list-page.ts';
import { officeEmergencies } from './emergencies.ts';

/** The columns of an entry of the address book, as the service names them. */
export const CORRESPONDENT_COLUMNS = `c.correspondent_id as "correspondentId", c.kind, c.name, c.tax_code as "taxCode",
  c.administration, c.office, c.address, c.postal_address as "postalAddress", c.phone, c.note`;
export const TEMPLATE_COLUMNS = `t.template_id as "templateId", t.name, t.subject, t.direction, t.classification,
  t.unit_id as "unitId", t.reserved, t.retention, t.version`;
export const DEFERRAL_COLUMNS = `deferral_id as "deferralId", provision, reason, received_from::text as "receivedFrom",
  received_to::text as "receivedTo", register_until::text as "registerUntil", by`;

/** The plan of an office, in its order. */
export const PLAN =
  'select code, title, reserved from classification where aoo = $1 and retired_at is null order by position';

/** Ids come from forms: PostgreSQL is asked only with what it can read. */
export const officeByHand = (ask: Asking, aoo: AooId): OfficeByHand => ({
  async correspondent(id) {
    if (!FORM.uuid.test(id)) return null;
    const { rows } = await ask<CorrespondentEntry & { version: number; mergedInto: string | null; isRetired: boolean }>(
      `select ${CORRESPONDENT_COLUMNS}, c.version, c.merged_into as "mergedInto", c.retired_at is not null as "isRetired"
         from correspondent c
        where c.aoo = $1 and c.correspondent_id = $2`,
      [aoo, id],
    );
    const [found] = rows;
    if (found === undefined) return null;
    const { version, mergedInto, isRetired, ...entry } = found;
    return { entry, version, mergedInto, isRetired };
  },
  async deferral(id) {
    if (!FORM.uuid.test(id)) return null;
    const { rows } = await ask<Deferral & Record<string, unknown>>(
      `select ${DEFERRAL_COLUMNS} from deferral where aoo = $1 and deferral_id = $2`,
      [aoo, id],
    );
    return rows[0] ?? null;
  },
  async openFile(id) {
    if (!FORM.uuid.test(id)) return null;
    const { rows } = await ask<Pick<NewFile, 'fileId' | 'year' | 'classification' | 'number'>>(
      `select file_id as "fileId", year, classification, number from file
        where aoo = $1 and file_id = $2 and closed_at is null`,
      [aoo, id],
    );
    return rows[0] ?? null;
  },
  async lastFileNumber(year, classification) {
    const { rows } = await ask<{ last: number | null }>(
      'select max(number) as last from file where aoo = $1 and year = $2 and classification = $3',
      [aoo, year, classification],
    );
    return rows[0]?.last ?? 0;
  },
  async filing({ register, year, number }) {
    const { rows } = await ask<{ fileId: string; version: number }>(
      `select file_id as "fileId", version from registration_file
        where aoo = $1 and register = $2 and year = $3 and number = $4`,
      [aoo, register, year, number],
    );
    return rows[0] ?? null;
  },
  reserve: presentReserve(ask, aoo),
  async template(id) {
    if (!FORM.uuid.test(id)) return null;
    const { rows } = await ask<TemplateWrite & Record<string, unknown>>(
      `select ${TEMPLATE_COLUMNS}, t.retired_at is not null as retired from subject_template t
        where t.aoo = $1 and t.template_id = $2`,
      [aoo, id],
    );
    return rows[0] ?? null;
  },
  async plan() {
    const { rows } = await ask<PlanEntry & Record<string, unknown>>(PLAN, [aoo]);
    return rows.length === 0 ? null : rows;
  },
  ...officeEmergencies(ask, aoo),
  async isUnit(id) {
    if (!FORM.uuid.test(id)) return false;
    const { rows } = await ask('select 1 from unit where aoo = $1 and unit_id = $2', [aoo, id]);
    return rows.length > 0;
  },
  async isTemplateNamed(name, exceptId) {
    const { rows } = await ask(
      `select 1 from subject_template where aoo = $1 and lower(name) = lower($2) and retired_at is null
          and template_id is distinct from $3::uuid`,
      [aoo, name, exceptId],
    );
    return rows.length > 0;
  },
});

const presentReserve =
  (ask: Asking, aoo: AooId): OfficeByHand['reserve'] =>
  async ({ register, year, number }) => {
    const { rows } = await ask<PresentReserve & Record<string, unknown>>(
      `select exists (select from registration_reserved s where s.aoo = $1 and s.register = $2 and s.year = $3
                and s.number = $4 and s.lifted_at is null) as "isReserved",
         (select count(*)::int from registration_reserve_history h where h.aoo = $1 and h.register = $2 and h.year = $3
           and h.number = $4) as version,
         (select w.registered_by from registration_arrival w where w.aoo = $1 and w.register = $2 and w.year = $3
           and w.number = $4) as "registeredBy"`,
      [aoo, register, year, number],
    );
    return rows[0] ?? { isReserved: false, version: 0, registeredBy: null };
  };
