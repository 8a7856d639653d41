/** Plan of classification, templates of subjects, files. */
import type pg from 'pg';
import type { FilingViews, OpenFile, Template } from '../../../service/by-hand/ports.ts';
import type { PlanEntry } from '../../../service/register/by-hand-writes.ts';
import { cleanText } from '../database/json.ts';
import { PLAN, TEMPLATE_COLUMNS } from '../office/by-hand.ts';
import { FORM } from '../queries/list-page.ts';
import { wordQuery, wordsBegin } from './address-book.ts';

export const FILE_COLUMNS = `f.file_id as "fileId", f.year, f.classification, f.number, f.subject, f.kind,
  f.opened_at as "openedAt", f.closed_at as "closedAt",
  (select count(*)::int from (select from registration_file i where i.aoo = f.aoo and i.file_id = f.file_id limit 1000) i)
    as registrations`;
const TEMPLATES = `select ${TEMPLATE_COLUMNS}, t.updated_at as "updatedAt" from subject_template t
  where t.aoo = $1 and t.retired_at is null`;
const MOST_TEMPLATES = 500;

export const postgresFilingViews = (pool: pg.Pool): FilingViews => ({
  async plan(aoo) {
    const { rows } = await pool.query<PlanEntry>(PLAN, [aoo]);
    return rows.length === 0 ? null : rows;
  },
  async templates(aoo) {
    const { rows } = await pool.query<Template>(`${TEMPLATES} order by lower(t.name) limit ${MOST_TEMPLATES}`, [aoo]);
    return rows;
  },
  async template(aoo, templateId) {
    if (!FORM.uuid.test(templateId)) return null;
    const { rows } = await pool.query<Template>(`${TEMPLATES} and t.template_id = $2`, [aoo, templateId]);
    return rows[0] ?? null;
  },
  async files(aoo, { classification, text }, limit) {
    const values: unknown[] = [aoo, limit];
    const value = (given: unknown): string => `$${values.push(given)}`;
    const where = ['f.aoo = $1 and f.closed_at is null'];
    if (classification !== undefined) where.push(`f.classification = ${value(cleanText(classification))}`);
    const words = text === undefined ? null : wordQuery(text);
    if (words !== null) where.push(wordsBegin('f', value(words)));
    const { rows } = await pool.query<OpenFile>(
      `select ${FILE_COLUMNS} from file f where ${where.join(' and ')} order by f.opened_at desc, f.file_id limit $2`,
      values,
    );
    return rows;
  },
  async file(aoo, fileId) {
    if (!FORM.uuid.test(fileId)) return null;
    const { rows } = await pool.query<OpenFile>(
      `select ${FILE_COLUMNS} from file f where f.aoo = $1 and f.file_id = $2`,
      [aoo, fileId],
    );
    return rows[0] ?? null;
  },
});
