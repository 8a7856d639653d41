import type pg from 'pg';
import type { Absence, AbsenceStore, Delegation } from '../../../service/people/own-account.ts';
import { cleanText } from '../database/json.ts';

export const absenceRows = (pool: pg.Pool): AbsenceStore => ({
  async absences(personId, from) {
    const found = await pool.query<Absence>(
      `select absence_id as "absenceId", first_day as first, last_day as last from absence
        where person_id = $1 and last_day >= $2 order by first_day, absence_id`,
      [personId, from],
    );
    return found.rows;
  },
  async addAbsence(personId, { absenceId, first, last }) {
    await pool.query('insert into absence (person_id, absence_id, first_day, last_day) values ($1, $2, $3, $4)', [
      personId,
      absenceId,
      first,
      last,
    ]);
  },
  async endAbsence(personId, absenceId) {
    const { rowCount } = await pool.query('delete from absence where person_id = $1 and absence_id = $2', [
      personId,
      absenceId,
    ]);
    return rowCount === 1;
  },
  async delegations(aoo, personId, from) {
    const found = await pool.query<Delegation>(
      `select d.delegation_id as "delegationId", d.aoo, d.first_day as first, d.last_day as last, d.note,
              json_build_object('personId', f.person_id, 'name', f.name) as "fromPerson",
              json_build_object('personId', t.person_id, 'name', t.name) as "toPerson"
         from delegation d
         join person f on f.person_id = d.from_person
         join person t on t.person_id = d.to_person
        where d.aoo = $1 and d.ended_at is null and d.last_day >= $3 and (d.from_person = $2 or d.to_person = $2)
        order by d.first_day, d.delegation_id`,
      [aoo, personId, from],
    );
    return found.rows;
  },
  async addDelegation(delegation, at) {
    await pool.query(
      `insert into delegation (aoo, delegation_id, from_person, to_person, first_day, last_day, note, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        delegation.aoo,
        delegation.delegationId,
        delegation.fromPerson.personId,
        delegation.toPerson.personId,
        delegation.first,
        delegation.last,
        cleanText(delegation.note),
        at,
      ],
    );
  },
  async endDelegation(aoo, personId, delegationId, at) {
    const { rowCount } = await pool.query(
      `update delegation set ended_at = $4
        where aoo = $1 and from_person = $2 and delegation_id = $3 and ended_at is null`,
      [aoo, personId, delegationId, at],
    );
    return rowCount === 1;
  },
  async colleagues(aoo) {
    const found = await pool.query<{ personId: string; name: string }>(
      `select person_id as "personId", name from person
        where disabled_at is null and person_id in (
          select person_id from person_role where aoo = $1
          union select person_id from unit_member where aoo = $1)
        order by name, person_id`,
      [aoo],
    );
    return found.rows;
  },
});
