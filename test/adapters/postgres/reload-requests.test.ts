import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPool } from '../../../src/adapters/postgres/database/pool.ts';
import { answerReloads, reloadRequests } from '../../../src/adapters/postgres/reload-requests.ts';
import type { ReloadMode, ReloadReport } from '../../../src/service/reload/reload-report.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

const REPORT: ReloadReport = {
  host: 'protocollo1',
  pid: 1,
  faults: ['password file of office c_esempio/AESEMP1 is missing'],
  changes: [],
  needsRestart: [],
  settings: { INTERPRO_DATA: '/srv/interpro' },
};
const ALL_IS_WELL = JSON.stringify({ ...REPORT, faults: [] });

let database: TestDatabase;
let pool: pg.Pool;
let owner: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 'interpro service', 3);
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await pool.end();
  await database.drop();
});

describe('services that are asked to read their configuration again', () => {
  let asked: ReloadMode[];
  let ends: (() => Promise<void>)[];
  beforeEach(() => {
    asked = [];
    ends = [];
  });
  afterEach(() => Promise.all(ends.map((end) => end())));
  const serve = async (report: ReloadReport = REPORT) => {
    const end = await answerReloads(pool, async (mode) => {
      asked.push(mode);
      return report;
    });
    ends.push(end);
  };

  it('answer each question once, each of them', async () => {
    await Promise.all([serve(), serve({ ...REPORT, pid: 2 })]);
    const requests = reloadRequests(pool);
    expect(await requests.services()).toBe(2);
    const answers = await requests.ask('compare', 2, 5_000);
    expect(answers.toSorted((a, b) => a.pid - b.pid)).toEqual([REPORT, { ...REPORT, pid: 2 }]);
    expect(asked).toEqual(['compare', 'compare']);
    for (let ring = 0; ring < 50; ring += 1) await pool.query("select pg_notify('interpro_reload', '')");
    expect(await requests.ask('reload', 2, 5_000)).toHaveLength(2);
    expect(asked).toEqual(['compare', 'compare', 'reload', 'reload']);
  });

  it('leave nothing behind, and answer no question of somebody who is gone', async () => {
    const insert = (age: string) =>
      owner.query("insert into reload_question values (gen_random_uuid(), 'reload', now() - $1::interval)", [age]);
    await insert('6 min');
    await insert('1 min');
    await serve();
    expect(await reloadRequests(pool).ask('compare', 1, 5_000)).toEqual([REPORT]);
    expect(asked).toEqual(['compare']);
    const { rows } = await owner.query('select mode from reload_question left join reload_answer using (question_id)');
    expect(rows).toEqual([{ mode: 'reload' }]);
    await owner.query('delete from reload_question');
  });

  it('cut an answer that is too long, and keep that there are faults', async () => {
    const faults = Array.from({ length: 3_000 }, (_, n) => `${n} "è" così \0`.repeat(100));
    await serve({ ...REPORT, faults });
    const [answer] = await reloadRequests(pool).ask('reload', 1, 5_000);
    expect(answer).toMatchObject({ host: 'protocollo1', pid: 1, changes: [] });
    expect(answer?.faults).toHaveLength(101);
    expect(answer?.faults.at(-1)).toBe('and 2900 more: see the log of the service');
  });

  it('are found by an index', async () => {
    await owner.query('set enable_seqscan = off');
    const plan = async (sql: string) =>
      (await owner.query<{ 'QUERY PLAN': string }>(`explain ${sql}`)).rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(
      await plan("select from reload_question where asked_at >= now() - interval '5 minutes' order by asked_at"),
    ).toContain('reload_question_by_time');
    expect(await plan('select from reload_answer where question_id = gen_random_uuid()')).toContain(
      'reload_answer_pkey',
    );
    await owner.query('reset enable_seqscan');
  });

  describe('beside a login of the database that has no privilege', () => {
    const NAME = `nobody_${process.pid}`;
    let stranger: pg.Client;
    let heard: string[];
    /** What it does at every notification. */
    let act: (channel: string, payload: string) => void;
    beforeEach(async () => {
      await owner.query(`create role ${NAME} login password 'x'`);
      const url = new URL(database.url);
      Object.assign(url, { username: NAME, password: 'x' });
      stranger = new pg.Client({ connectionString: url.href, application_name: 'interpro service reload' });
      await stranger.connect();
      await stranger.query('listen interpro_reload; listen interpro_reload_answer');
      heard = [];
      act = () => undefined;
      stranger.on('notification', ({ channel, payload = '' }) => {
        heard.push(payload);
        act(channel, payload);
      });
    });
    afterEach(async () => {
      await stranger.end();
      await owner.query(`drop role ${NAME}`);
    });
    const notify = (channel: string, payload: string) =>
      stranger.query('select pg_notify($1, $2)', [channel, payload]).catch(() => undefined);
    const forge = (piece: object) => {
      act = (channel, payload) => {
        const id = /[0-9a-f-]{36}/.exec(payload)?.[0] ?? '';
        if (channel === 'interpro_reload') void notify('interpro_reload_answer', JSON.stringify({ id, ...piece }));
      };
    };

    it('tell it nothing, and do not count it', async () => {
      await serve();
      const requests = reloadRequests(pool);
      expect(await requests.services()).toBe(1);
      expect(await requests.ask('reload', 1, 5_000)).toEqual([REPORT]);
      await stranger.query('select');
      expect(heard.join('')).toBe('');
    });

    it('are not spoken for by it', async () => {
      await serve();
      forge({ answer: 'f', part: 0, parts: 1, text: ALL_IS_WELL });
      expect(await reloadRequests(pool).ask('reload', 1, 5_000)).toEqual([REPORT]);
      for (const table of ['reload_question', 'reload_answer'])
        for (const statement of [
          `select * from ${table}`,
          `insert into ${table} default values`,
          `delete from ${table}`,
        ])
          await expect(stranger.query(statement), statement).rejects.toThrow('permission denied');
    });

    it('read nothing for it, however often it rings', async () => {
      await serve();
      for (let ring = 0; ring < 100; ring += 1)
        await notify('interpro_reload', JSON.stringify({ id: `q${ring}`, mode: ring % 2 ? 'compare' : 'reload' }));
      await sleep(300);
      expect(asked).toEqual([]);
      expect(await reloadRequests(pool).ask('compare', 1, 5_000)).toEqual([REPORT]);
    });

    it('cannot make the asker fail through it', async () => {
      const thrown: unknown[] = [];
      const hear = (error: unknown) => thrown.push(error);
      process.once('uncaughtException', hear);
      forge({ answer: 'f', part: -2, parts: -1, text: '' });
      expect(await reloadRequests(pool).ask('reload', 1, 500)).toEqual([]);
      process.removeListener('uncaughtException', hear);
      expect(thrown).toEqual([]);
    });
  });
});
