/** The pages of assignments, on real use cases and a real database, without a browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assignmentRoutes } from '../../../../src/entrances/http/desk/assignments/assignment-routes.ts';
import { holdingPanel } from '../../../../src/entrances/http/desk/assignments/holding-panel.ts';
import { assignmentEntries } from '../../../../src/entrances/http/desk/assignments/passages.ts';
import { historyOf } from '../../../../src/entrances/http/desk/components/timeline.ts';
import { registrationPath } from '../../../../src/entrances/http/desk/components/when.ts';
import type { AssignmentActor } from '../../../../src/service/assignments/actor.ts';
import { assign } from '../../../../src/service/assignments/assign.ts';
import { openAssignments } from '../../../../src/service/assignments/open-assignments.ts';
import { annulRegistration } from '../../../../src/service/commands/annul.ts';
import type { DeskCaller } from '../../../../src/service/people/caller.ts';
import type { Role } from '../../../../src/service/people/rights.ts';
import { callOf, type DeskHouse, openDeskHouse, type Unit } from '../../../service/assignments/desk-house.ts';
import { deskServer } from '../../../support/desk-server.ts';

let house: DeskHouse;
let server: Awaited<ReturnType<typeof deskServer>>;
let TRIBUTI: Unit;
let TECNICO: Unit;
const people = new Map<string, { caller: DeskCaller; actor: AssignmentActor }>();

async function person(login: string, role: Role, units: readonly Unit[] = []): Promise<void> {
  const actor = await house.person(house.office, `${login} Esempi`, role, units);
  const caller: DeskCaller = {
    personId: actor.personId,
    name: actor.name,
    login,
    sessionId: `session of ${login}`,
    aoo: house.office.aoo,
    roles: new Set([role]),
    units: actor.units,
    headOf: actor.headOf,
    ofNode: false,
    singleKeys: true,
  };
  people.set(login, { caller, actor });
}
const actor = (login: string): AssignmentActor => people.get(login)?.actor as AssignmentActor;

beforeAll(async () => {
  house = await openDeskHouse();
  TRIBUTI = await house.unit(house.office, 'Tributi');
  TECNICO = await house.unit(house.office, 'Ufficio tecnico');
  await person('nora', 'protocol');
  await person('lia', 'unit-member', [TRIBUTI]);
  await person('ugo', 'unit-member', [TECNICO]);
  await person('eva', 'auditor');
  const assignments = openAssignments(house.deps, house.views);
  server = await deskServer(
    [...people.values()].map(({ caller }) => caller),
    (desk) => assignmentRoutes(desk, { assignments }),
    { offices: new Map([[house.office.aoo, house.office]]) },
  );
});
afterAll(async () => {
  await server?.close();
  await house?.close();
});

const get = (login: string, url: string) => server.inject({ url, cookies: { sessione: login } });

/** What the form with this action holds, and how to send it. */
async function form(login: string, url: string, action: string) {
  const page = await get(login, url);
  const start = page.body.indexOf(`action="${action}"`);
  const body = page.body.slice(start, page.body.indexOf('</form>', start));
  const fields = Object.fromEntries(
    [...body.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [
      name ?? '',
      value ?? '',
    ]),
  );
  const secret = page.cookies.find(({ name }) => name === 'moduli')?.value ?? '';
  return { page, found: start >= 0, fields, cookies: { sessione: login, moduli: secret } };
}
type Form = Awaited<ReturnType<typeof form>>;
const send = (action: string, { fields, cookies }: Form, more: Record<string, string | string[]> = {}) => {
  const payload = new URLSearchParams(fields);
  for (const [name, value] of Object.entries(more)) for (const one of [value].flat()) payload.append(name, one);
  return server.inject({
    method: 'POST',
    url: action,
    cookies,
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
    payload: payload.toString(),
  });
};
const said = (answer: { cookies: readonly { name: string; value: string }[] }): string =>
  Buffer.from(answer.cookies.find(({ name }) => name === 'detto')?.value ?? '', 'base64url').toString();

describe('without script', () => {
  it('a registration is assigned, given back with a reason, assigned anew and taken', async () => {
    const path = registrationPath(await house.registration());
    const assigning = await form('nora', `${path}/assegna`, `${path}/assegna`);
    expect(assigning.page.body).toContain('<optgroup label="Tributi">');
    const assigned = await send(`${path}/assegna`, assigning, {
      competenza: TRIBUTI.unitId,
      conoscenza: TECNICO.unitId,
      nota: 'Urgente',
    });
    expect([assigned.statusCode, assigned.headers.location]).toEqual([303, path]);
    expect(said(assigned)).toBe('Assegnata a Tributi. Per conoscenza a Ufficio tecnico.');

    const returning = await form('lia', `${path}/restituisci`, `${path}/restituisci`);
    const empty = await send(`${path}/restituisci`, returning, { nota: ' ' });
    expect(empty.statusCode).toBe(422);
    expect(empty.body).toContain('<title>Errore: Restituisci');
    expect(empty.body).toContain('<a href="#campo-nota">Indicare il motivo.</a>');
    const returned = await send(`${path}/restituisci`, returning, { nota: 'È una strada.' });
    expect(said(returned)).toBe('Restituita al protocollo e a chi l’aveva assegnata.');
    // Who has given it back may not see it any more: a page that is not there would say that nothing was done.
    expect([(await get('lia', path)).statusCode, returned.headers.location]).toEqual([404, '/assegnazioni']);

    const list = await get('nora', '/assegnazioni?elenco=restituite&di=tutti');
    expect(list.body).toContain('Restituita da lia Esempi. «È una strada.»');
    const passing = await form('nora', `${path}/riassegna?torna=/assegnazioni`, `${path}/riassegna`);
    const passed = await send(`${path}/riassegna`, passing, { a: TECNICO.unitId });
    expect([passed.headers.location, said(passed)]).toEqual(['/assegnazioni', 'Riassegnata a Ufficio tecnico.']);

    const taking = await form('ugo', '/assegnazioni', `${path}/prendi`);
    expect(said(await send(`${path}/prendi`, taking))).toBe('Presa in carico.');
    expect((await get('ugo', '/assegnazioni?elenco=mie')).body).toContain(path);
  });

  it('what was wrong in a form is said beside it, and all that was typed is kept', async () => {
    const path = registrationPath(await house.registration());
    const wrong = await send(`${path}/assegna`, await form('nora', `${path}/assegna`, `${path}/assegna`), {
      nota: 'Da non perdere',
    });
    expect(wrong.statusCode).toBe(422);
    expect(wrong.body).toContain('Da non perdere');
    expect(wrong.body).toContain('id="campo-competenza-errore"');
  });

  it('the slower of two is told who was faster, and what they had written', async () => {
    const path = registrationPath(await house.registration());
    await send(`${path}/assegna`, await form('nora', `${path}/assegna`, `${path}/assegna`), {
      competenza: TRIBUTI.unitId,
    });
    const slow = await form('lia', `${path}/restituisci`, `${path}/restituisci`);
    await send(`${path}/riassegna`, await form('nora', `${path}/riassegna`, `${path}/riassegna`), {
      a: TECNICO.unitId,
    });
    const late = await send(`${path}/restituisci`, slow, { nota: 'Non è dei tributi.' });
    expect(late.statusCode).toBe(412);
    expect(late.body).toMatch(/nora Esempi l(?:&#39;|')ha riassegnata alle \d\d:\d\d/);
    expect(late.body).toContain('Non è dei tributi.');
  });
});

describe('whoever it does not concern', () => {
  it('finds nothing at its addresses, and cannot act', async () => {
    const path = registrationPath(await house.registration());
    await send(`${path}/assegna`, await form('nora', `${path}/assegna`, `${path}/assegna`), {
      competenza: TRIBUTI.unitId,
    });
    const theirs = await form('lia', '/assegnazioni', `${path}/prendi`);
    expect(theirs.found).toBe(true);
    expect((await get('ugo', '/assegnazioni')).body).not.toContain(path);
    for (const act of ['riassegna', 'restituisci', 'delega'])
      expect([act, (await get('ugo', `${path}/${act}`)).statusCode]).toEqual([act, 404]);
    const own = await form('ugo', '/assegnazioni', '/assegnazioni/prendi');
    const stolen = { ...theirs, fields: { ...theirs.fields, _csrf: own.fields['_csrf'] ?? '' }, cookies: own.cookies };
    for (const act of ['prendi', 'restituisci', 'riassegna', 'concludi', 'letta', 'ritira'])
      expect([act, (await send(`${path}/${act}`, stolen, { nota: 'x', a: TECNICO.unitId })).statusCode]).toEqual([
        act,
        404,
      ]);
    expect((await get('eva', '/assegnazioni')).statusCode).toBe(403);
    expect((await get('lia', `${path}/assegna`)).statusCode).toBe(403);
  });
});

describe('several at once', () => {
  it('each is told by its number: done, skipped, not done', async () => {
    const paths = [];
    for (let count = 0; count < 3; count += 1) {
      const path = registrationPath(await house.registration());
      await send(`${path}/assegna`, await form('nora', `${path}/assegna`, `${path}/assegna`), {
        competenza: TRIBUTI.unitId,
      });
      paths.push(path);
    }
    const [first = '', second = '', third = ''] = paths;
    const bulk = await form('nora', '/assegnazioni', '/assegnazioni/prendi');
    const choose = (path: string): string =>
      new RegExp(
        `value="([0-9a-f-]{36}/1)" form="assegnazioni-scelte"><span class="visually-hidden">Scegli n.\\u00a0${path.split('/').at(-1)}/`,
      ).exec(bulk.page.body)?.[1] ?? path;
    const chosen = [first, second, third].map(choose);
    // Meanwhile, the second has gone where all are to go, and the third was taken.
    await send(`${second}/riassegna`, await form('nora', `${second}/riassegna`, `${second}/riassegna`), {
      a: TECNICO.unitId,
    });
    await send(`${third}/prendi`, await form('lia', '/assegnazioni', `${third}/prendi`));
    const asked = await send('/assegnazioni/riassegna', bulk, { scelta: chosen });
    expect(asked.body).toContain('Riassegna 3 assegnazioni');
    const again = await send('/assegnazioni/riassegna', bulk, { scelta: chosen, a: '' });
    expect(again.statusCode).toBe(422);
    const done = await send('/assegnazioni/riassegna', bulk, { scelta: chosen, a: TECNICO.unitId });
    expect(done.body).toContain('1 fatte, 0 saltate, 2 non fatte.');
    expect(done.body).toMatch(/lia Esempi l(?:&#39;|')ha presa in carico/);
    // The same form once more does nothing twice, and says the same of the first.
    const repeated = await send('/assegnazioni/riassegna', bulk, { scelta: chosen, a: TECNICO.unitId });
    expect(repeated.body).toContain('1 fatte, 0 saltate, 2 non fatte.');
    const none = await send('/assegnazioni/prendi', bulk);
    expect(said(none)).toBe('Scegline almeno una: non è cambiato nulla.');
  });
});

it('of an annulled registration nothing is asked any more, and the sheet says so', async () => {
  const registration = await house.registration();
  const request = { registration, competence: TRIBUTI, information: [], note: '', version: null };
  await assign(house.office, request, actor('nora'), callOf(actor('nora')), house.deps);
  const annulment = { registration, reason: 'errore', provision: 'atto 1' };
  await annulRegistration(house.office, annulment, callOf(actor('nora')), house.deps);
  const holding = await house.views.holding(house.office.aoo, registration);
  const shown = `${holdingPanel({ registration, holding, isAnnulled: true, actor: actor('nora'), mayAssign: true, standsInFor: [], token: 't', now: house.time.at })}`;
  expect(shown).toContain('Annullata: non c’è più niente da fare');
  expect(shown).toContain('Era di <strong>Tributi</strong>');
  expect(shown).not.toMatch(/<form|<a /);
  const path = `/registro/${registration.year}/${registration.number}`;
  expect((await get('nora', '/assegnazioni')).body).not.toContain(path);
  for (const act of ['assegna', 'riassegna', 'restituisci'])
    expect((await get('nora', `${path}/${act}`)).body).not.toContain(`action="${path}/${act}"`);
});

it('hostile texts are shown as they are', async () => {
  const registration = await house.registration();
  const hostile = '<script>alert(1)</script>';
  const request = { registration, competence: TRIBUTI, information: [], note: hostile, version: null };
  await assign(house.office, request, actor('nora'), callOf(actor('nora')), house.deps);
  const holding = await house.views.holding(house.office.aoo, registration);
  const options = {
    registration,
    holding,
    isAnnulled: false,
    actor: actor('lia'),
    mayAssign: false,
    standsInFor: [],
    token: 't',
    now: house.time.at,
  };
  const entries = assignmentEntries(await house.views.history(house.office.aoo, registration), house.time.at);
  const shown = `${holdingPanel(options)}${historyOf(entries)}`;
  const page = await get('lia', '/assegnazioni');
  for (const text of [page.body, shown]) expect(text).not.toContain(hostile);
  expect(page.body).toContain('&lt;script&gt;');
  expect(shown).toContain('Prendi in carico');
});
