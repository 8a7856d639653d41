/** Registrations of before: the same document, the same correspondent, what was chosen then. */
import type pg from 'pg';
import type { Duplicates, Likely, PastChoice, PastDecisions, PastFile } from '../../../service/by-hand/ports.ts';
import type { Reader } from '../../../service/people/rights.ts';
import { cleanText } from '../database/json.ts';
import { FORM } from '../queries/list-page.ts';
import { readableOne } from '../queries/reader.ts';

const WITH = (alias: string): string =>
  `case ${alias}.direction when 'incoming' then ${alias}.sender ->> 'name' else ${alias}.recipients -> 0 ->> 'name' end`;
/** As the index `registration_by_correspondent` has it. */
const IS_WITH = (alias: string, value: string): string => `md5(lower(${WITH(alias)})) = md5(lower(${value}))`;

/** What is shown of a registration that may be meant. */
export const LIKELY = `r.register, r.year, r.number, r.date::text as date, r.direction, left(r.subject, 500) as subject,
  left(${WITH('r')}, 200) as correspondent,
  exists (select from registration_annulment n where n.aoo = r.aoo and n.register = r.register and n.year = r.year
    and n.number = r.number) as "isAnnulled"`;

const FOUND = 10;

export function postgresDuplicates(pool: pg.Pool): Duplicates {
  const ask = async (from: string, values: readonly unknown[], reader: Reader): Promise<readonly Likely[]> => {
    const all = [...values];
    const may = readableOne('r', reader, (given) => `$${all.push(given)}`);
    const { rows } = await pool.query<Likely>(
      `select ${LIKELY} from ${from} and ${may} order by r.registered_at desc limit ${FOUND}`,
      all,
    );
    return rows;
  };
  return {
    byDocuments: (aoo, digests, reader) =>
      ask(
        `registration r where (r.aoo, r.register, r.year, r.number) in (
           select d.aoo, d.register, d.year, d.number from registration_document d
            where d.aoo = $1 and d.sha256 = any($2))`,
        [aoo, digests],
        reader,
      ),
    byPeerNumber: (aoo, number, reader) =>
      ask(
        `registration r where r.aoo = $1 and r.peer_identifier is not null
           and md5(ltrim(lower(r.peer_identifier ->> 'number'), '0')) = md5(ltrim(lower($2), '0'))`,
        [aoo, cleanText(number)],
        reader,
      ),
    byCorrespondent: (aoo, name, since, reader) =>
      ask(
        `registration r where r.aoo = $1 and ${IS_WITH('r', '$2')} and r.registered_at >= $3`,
        [aoo, cleanText(name), since],
        reader,
      ),
  };
}

/** So many of the latest say what is usual. */
const LATEST = 50;

const CLASS_NOW = `(select c.new_value from registration_change c where c.aoo = r.aoo and c.register = r.register
  and c.year = r.year and c.number = r.number and c.field = 'classification' order by c.version desc limit 1)`;

const counted = (latest: string): string =>
  `select value, count(*)::int as times, (sum(count(*)) over ())::int as of
     from (select ${CLASS_NOW} as value from (${latest}) r) chosen
    where value is not null group by value order by times desc, value limit 5`;

export function postgresPast(pool: pg.Pool): PastDecisions {
  const ofCorrespondent = (reader: Reader, values: unknown[]): string =>
    `select r.aoo, r.register, r.year, r.number from registration r
      where r.aoo = $1 and ${IS_WITH('r', '$2')} and ${readableOne('r', reader, (given) => `$${values.push(given)}`)}
      order by r.registered_at desc limit ${LATEST}`;
  return {
    async classesOfCorrespondent(aoo, name, reader) {
      const values: unknown[] = [aoo, cleanText(name)];
      const { rows } = await pool.query<PastChoice>(counted(ofCorrespondent(reader, values)), values);
      return rows;
    },
    async classesOfTemplate(aoo, templateId, reader) {
      if (!FORM.uuid.test(templateId)) return [];
      const values: unknown[] = [aoo, templateId];
      const may = readableOne('a', reader, (given) => `$${values.push(given)}`);
      const latest = `select a.aoo, a.register, a.year, a.number from registration_arrival a
        where a.aoo = $1 and a.template_id = $2 and ${may} order by a.year desc, a.number desc limit ${LATEST}`;
      const { rows } = await pool.query<PastChoice>(counted(latest), values);
      return rows;
    },
    async unitsOfCorrespondent(aoo, name, reader) {
      const values: unknown[] = [aoo, cleanText(name)];
      const { rows } = await pool.query<PastChoice>(
        `select g.unit_id as value, count(*)::int as times, (sum(count(*)) over ())::int as of
           from (${ofCorrespondent(reader, values)}) r
           join assignment g on g.aoo = r.aoo and g.register = r.register and g.year = r.year and g.number = r.number
          where g.kind = 'competence' and g.is_held and g.unit_id is not null
          group by g.unit_id order by times desc, g.unit_id limit 5`,
        values,
      );
      return rows;
    },
    async filesOfCorrespondent(aoo, name, reader) {
      const values: unknown[] = [aoo, cleanText(name)];
      const { rows } = await pool.query<PastFile>(
        `select f.file_id as "fileId", count(*)::int as times from (${ofCorrespondent(reader, values)}) r
           join registration_file f on f.aoo = r.aoo and f.register = r.register and f.year = r.year and f.number = r.number
          group by f.file_id order by times desc, f.file_id desc limit 5`,
        values,
      );
      return rows;
    },
  };
}
