/** The emergency register (DPR 445/2000 art. 63): an outage of two days, from its provision to the declaration that closes it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresByHand } from '../../../src/adapters/postgres/by-hand/store.ts';
import { postgresRegisterViews } from '../../../src/adapters/postgres/queries/register-views.ts';
import { postgresViews } from '../../../src/adapters/postgres/queries/views.ts';
import { fromRome } from '../../../src/kernel/clock.ts';
import type { Result } from '../../../src/kernel/result.ts';
import { type AssignmentActor, readerFor } from '../../../src/service/assignments/actor.ts';
import { closeEmergency, extendEmergency, openEmergency } from '../../../src/service/by-hand/emergency.ts';
import { checkEmergencyRows, EMERGENCY_COLUMNS_OF_FILE } from '../../../src/service/by-hand/emergency-rows.ts';
import type { ByHandStore } from '../../../src/service/by-hand/ports.ts';
import { previewEmergency, recoverEmergency } from '../../../src/service/by-hand/recover-emergency.ts';
import { callOf, type DeskHouse, openDeskHouse } from '../assignments/desk-house.ts';

let house: DeskHouse;
let store: ByHandStore;
let NORA: AssignmentActor;
beforeAll(async () => {
  house = await openDeskHouse();
  store = postgresByHand(house.pool);
  NORA = await house.person(house.office, 'Nora Esempi', 'head');
});
afterAll(() => house?.close());

const at = (day: string, time: string): Date => {
  const found = fromRome(day, time);
  if (found === null) throw new Error(`${day} ${time} is no time in Rome`);
  return found;
};
const codeOf = async (done: Promise<Result<unknown>>): Promise<string> => {
  const result = await done;
  return result.ok ? 'done' : result.problem.code;
};
const HEAD = EMERGENCY_COLUMNS_OF_FILE.join(';');
const line = (number: number, date: string, time: string, more = 'E;Ugo Prova;Domanda di prova;sportello;;') =>
  `${number};${date};${time};${more};Pio Modello`;
const csvOf = (...lines: readonly string[]): string => `\uFEFF${HEAD}\r\n${lines.join('\r\n')}\r\n`;

describe('an outage of two days', () => {
  const FIRST = '2026-11-30';
  const SECOND = '01/12/2026';
  const SECOND_ROWS = Array.from({ length: 118 }, (_, index) =>
    line(index + 3, SECOND, '10:00', index === 0 ? 'U;Lia Bozza;"Nota; con ""virgolette""";posta;;' : undefined),
  );
  const FILE = csvOf(
    line(2, '30/11/2026', '9.45', "E;Comune di Provaria;'=1+1 in oggetto;e-mail;0012;27/11/2026"),
    line(1, FIRST, '09:30'),
    ...SECOND_ROWS,
  );
  let emergencyId = '';
  const taken = () => recoverEmergency(house.office, { emergencyId, text: FILE }, NORA, house.deps);

  it('is opened by the head with cause, provision and beginning, one at a time', async () => {
    const call = () => callOf(NORA);
    const request = { cause: 'Rete guasta', provision: 'Determina 12', startedAt: at(FIRST, '09:00') };
    house.time.at = at(FIRST, '08:59');
    expect(await codeOf(openEmergency(house.office, request, call(), house.deps))).toBe('emergency-future');
    house.time.at = at(FIRST, '09:05');
    for (const wrong of [{ cause: '' }, { provision: '' }, { startedAt: null }])
      expect(await codeOf(openEmergency(house.office, { ...request, ...wrong }, call(), house.deps))).toBe(
        'emergency-incomplete',
      );
    const opened = await openEmergency(house.office, request, call(), house.deps);
    emergencyId = opened.ok ? opened.value.emergencyId : '';
    expect(await codeOf(openEmergency(house.office, request, call(), house.deps))).toBe('emergency-open');
    expect(await store.emergencies.nextNumber(house.office.aoo, 2026)).toBe(1);
  });

  it('holds for a day; what is later is refused until a provision extends it, a week at most', async () => {
    house.time.at = at('2026-12-01', '17:00');
    const seen = await previewEmergency(house.office, { emergencyId, text: FILE }, house.deps);
    expect(seen.ok && seen.value.problems.length).toBe(50);
    expect(seen.ok && seen.value.problems[0]?.message).toBe(
      'Riga 4: è fuori dal periodo autorizzato, dal 30/11/2026, ore 09:00 al 01/12/2026, ore 09:00.',
    );
    expect(await codeOf(taken())).toBe('emergency-row');
    const extend = (endsAt: Date | null, provision = 'Determina 13') =>
      codeOf(extendEmergency(house.office, { emergencyId, provision, endsAt }, callOf(NORA), house.deps));
    expect(await extend(at('2026-12-01', '09:00'))).toBe('emergency-extension-unfit');
    expect(await extend(at('2026-12-08', '09:01'))).toBe('emergency-extension-unfit');
    expect(await extend(null)).toBe('emergency-extension-unfit');
    expect(await extend(at('2026-12-02', '09:00'), '')).toBe('emergency-provision-missing');
    expect(await extend(at('2026-12-08', '09:00'))).toBe('done');
  });

  it('is taken over in the order of its numbers, goes on after a kill, and registers nothing twice', async () => {
    const before = await house.registration();
    // The process ends after the first of three transactions.
    let transactions = 0;
    const dying: typeof house.deps.store = {
      ...house.deps.store,
      inOffice(aoo, work) {
        transactions += 1;
        if (transactions > 2) throw new Error('killed');
        return house.deps.store.inOffice(aoo, work);
      },
    };
    const cut = recoverEmergency(house.office, { emergencyId, text: FILE }, NORA, { ...house.deps, store: dying });
    await expect(cut).rejects.toThrow('killed');
    expect((await store.emergencies.find(house.office.aoo, emergencyId))?.registrations).toBe(50);
    const seen = await previewEmergency(house.office, { emergencyId, text: FILE }, house.deps);
    expect(seen.ok && seen.value.rows.filter(({ known }) => known !== null)).toHaveLength(50);
    expect(await taken()).toEqual({ ok: true, value: { registered: 70, known: 50 } });
    const both = await Promise.all([taken(), taken()]);
    expect(both).toEqual(Array(2).fill({ ok: true, value: { registered: 0, known: 120 } }));
    const reader = readerFor(NORA);
    const lines = await store.emergencies.lines(house.office.aoo, emergencyId, reader, 200);
    expect(lines.map(({ emergencyNumber, number }) => [emergencyNumber, Number(number)])).toEqual(
      Array.from({ length: 120 }, (_, index) => [index + 1, before.number + index + 1]),
    );
    expect(await store.emergencies.days(house.office.aoo, emergencyId)).toEqual([
      { date: '2026-11-30', registrations: 2 },
      { date: '2026-12-01', registrations: 118 },
    ]);
    expect(await store.emergencies.nextNumber(house.office.aoo, 2026)).toBe(121);
    expect(await store.emergencies.nextNumber(house.office.aoo, 2027)).toBe(1);
  });

  it('shows both numbers on the sheet and in the list, is found by either, and keeps the real time', async () => {
    const reader = readerFor(NORA);
    const views = postgresRegisterViews(house.pool);
    const [, second] = await store.emergencies.lines(house.office.aoo, emergencyId, reader, 2);
    const key = { year: second?.year ?? 0, number: Number(second?.number ?? 0) };
    const sheet = await views.sheet(house.office.aoo, reader, key);
    expect(sheet).toMatchObject({
      ...{ emergency: '2/2026', subject: '=1+1 in oggetto', peerNumber: '0012/2026', date: '2026-12-01' },
      arrival: { carrier: 'email', receivedAt: expect.stringMatching(/^2026-11-30T08:45/), by: 'Nora Esempi' },
    });
    const found = await views.search({
      ...{ aoo: house.office.aoo, reader, filter: { text: '120/2026' }, limit: 10, cursor: null },
    });
    expect(found?.items.map(({ emergency }) => emergency)).toContain('120/2026');
  });

  it('refuses another document under a number that was taken over, and no row of the file is registered then', async () => {
    const other = csvOf(line(1, FIRST, '09:31'), line(121, SECOND, '11:00'));
    const request = { emergencyId, text: other };
    const result = await recoverEmergency(house.office, request, NORA, house.deps);
    expect(result.ok ? '' : result.problem.message).toMatch(
      /^Riga 2: il numero di emergenza 1\/2026 è già della registrazione \d+\/2026, con altri dati\.$/,
    );
    expect((await store.emergencies.find(house.office.aoo, emergencyId))?.registrations).toBe(120);
  });

  it('is closed with a declaration and its total, after which nothing is added', async () => {
    const close = (endedAt: Date | null, declaration = 'Ripristinato, 120 registrazioni riprese.') =>
      codeOf(closeEmergency(house.office, { emergencyId, declaration, endedAt }, callOf(NORA), house.deps));
    expect(await close(at('2026-12-01', '09:59'))).toBe('emergency-end-unfit');
    expect(await close(at('2026-12-01', '17:01'))).toBe('emergency-future');
    expect(await close(at('2026-12-01', '16:00'), '')).toBe('emergency-declaration-missing');
    expect(await close(at('2026-12-01', '16:00'))).toBe('done');
    expect(await close(at('2026-12-01', '16:00'))).toBe('emergency-not-open');
    expect(await codeOf(taken())).toBe('emergency-not-open');
    const sheet = await store.emergencies.find(house.office.aoo, emergencyId);
    expect(sheet).toMatchObject({
      ...{ cause: 'Rete guasta', provision: 'Determina 12', by: 'Nora Esempi' },
      extensions: [{ position: 1, provision: 'Determina 13', endsAt: at('2026-12-08', '09:00') }],
      closing: { registrations: 120, endedAt: at('2026-12-01', '16:00') },
    });
    const overlapping = { cause: 'Ancora', provision: 'Determina 14', startedAt: at('2026-12-01', '15:00') };
    expect(await codeOf(openEmergency(house.office, overlapping, callOf(NORA), house.deps))).toBe('emergency-overlaps');
  });

  it('has left one record an act, and the audit chain covers every row of it', async () => {
    const { rows } = await house.pool.query(
      `select content::jsonb ->> 'action' as action, count(*)::int as times from audit
        where aoo = $1 and content::jsonb ->> 'action' like '%emergency%' group by 1 order by 1`,
      [house.office.aoo],
    );
    expect(rows).toEqual([
      { action: 'emergency-closed', times: 1 },
      { action: 'emergency-extended', times: 1 },
      { action: 'emergency-opened', times: 1 },
      { action: 'registered-from-emergency', times: 120 },
    ]);
    const verdicts = await postgresViews(house.pool).verifyAudit();
    expect(verdicts.find(({ aoo }) => aoo === house.office.aoo)).toMatchObject({ brokenAt: null, found: 0 });
    const tampered = await house.asOwner(async (client) => {
      await client.query('alter table registration_emergency disable trigger all');
      await client.query('update registration_emergency set emergency_number = 500 where emergency_number = 7');
      return postgresViews(house.pool).verifyAudit();
    });
    expect(tampered.flatMap(({ findings }) => findings)).toEqual([
      expect.objectContaining({ table: 'registration_emergency', what: 'altered', columns: ['emergency_number'] }),
    ]);
  });
});

describe('the rows of a file', () => {
  const within = { from: at('2026-12-31', '12:00'), to: at('2027-01-01', '12:00') };
  const told = (text: string) => checkEmergencyRows(text, within).problems.map(({ message }) => message);

  it('are told by line with everything that is wrong', () => {
    expect(told('numero;data\r\n1;2\r\n')).toEqual([
      'Il file del registro di emergenza non si legge: mancano le colonne ora, verso, corrispondente, oggetto, mezzo, loro_protocollo, loro_data, operatore.',
    ]);
    expect(told(`${HEAD}\n1;"2`)).toEqual([
      'Il file del registro di emergenza non si legge: alla riga 2 le virgolette non si chiudono.',
    ]);
    expect(told(`${HEAD}\n`)).toEqual(['Il file non contiene nessuna registrazione.']);
    expect(told('[{"numero": 1')).toEqual([
      'Il file del registro di emergenza non si legge: il JSON è incompleto o guasto.',
    ]);
    expect(told(csvOf('x;31/02/2026;25:00;Z;;;piccione;;ieri;'))).toEqual([
      'Riga 2: il numero non è un numero; data e ora non si leggono; il verso è E, U o I; manca il corrispondente; ' +
        "manca l'oggetto; manca l'operatore; il mezzo è uno di sportello, posta, raccomandata, corriere, notifica, e-mail, " +
        'email, fax, pec, interno, altro; la data del loro protocollo non si legge.',
    ]);
    expect(told(csvOf(line(4, '2026-12-31', '13:00'), line(4, '2026-12-31', '14:00')))).toEqual([
      "Riga 3: il numero 4 c'è già alla riga 2.",
    ]);
  });

  it('may be JSON, turn the year, and lack numbers, which is said', () => {
    const row = (numero: number, data: string, ora: string) => ({
      ...{ numero, data, ora, verso: 'I', corrispondente: 'Ufficio Tributi', oggetto: 'Prova', mezzo: '' },
      ...{ loro_protocollo: '', loro_data: '', operatore: 'Pio Modello' },
    });
    const rows = [row(1, '2027-01-01', '00:00'), row(9, '2026-12-31', '23:59'), row(6, '2026-12-31', '12:00')];
    const { problems, missing, rows: read } = checkEmergencyRows(JSON.stringify(rows), within);
    expect([problems, missing]).toEqual([[], [7, 8]]);
    expect(read.map(({ number, date, carrier }) => [number, date, carrier])).toEqual([
      [6, '2026-12-31', 'internal'],
      [9, '2026-12-31', 'internal'],
      [1, '2027-01-01', 'internal'],
    ]);
  });
});
