/** Templates of subjects and deferrals: what they carry, how they are changed, who else sees them, and how they are used. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { folderPartFiles } from '../../../src/adapters/documents/part-files.ts';
import { postgresByHand } from '../../../src/adapters/postgres/by-hand/store.ts';
import { postgresUploads } from '../../../src/adapters/postgres/uploads/uploads.ts';
import { unknownCorrespondent } from '../../../src/model/segnatura.ts';
import { type AssignmentActor, readerFor } from '../../../src/service/assignments/actor.ts';
import { assign } from '../../../src/service/assignments/assign.ts';
import { authoriseDeferral, type DeferralRequest } from '../../../src/service/by-hand/deferrals.ts';
import type { HandRequest } from '../../../src/service/by-hand/hand-request.ts';
import type { ByHandStore } from '../../../src/service/by-hand/ports.ts';
import { proposalsFor } from '../../../src/service/by-hand/proposals.ts';
import { registerByHand } from '../../../src/service/by-hand/register-by-hand.ts';
import { retireTemplate, saveTemplate, type TemplateRequest } from '../../../src/service/by-hand/templates.ts';
import type { UploadDeps } from '../../../src/service/uploads/upload-lifetime.ts';
import { callOf, type DeskHouse, NOW, openDeskHouse, type Unit } from '../assignments/desk-house.ts';

let house: DeskHouse;
let store: ByHandStore;
let NORA: AssignmentActor;
let PIO: AssignmentActor;
let TRIBUTI: Unit;
let ELSEWHERE: Unit;
let root: string;
let uploads: UploadDeps;
beforeAll(async () => {
  house = await openDeskHouse();
  root = await mkdtemp(join(tmpdir(), 'interpro-by-hand-'));
  const files = await folderPartFiles(root, await folderDocuments(root));
  uploads = { uploads: postgresUploads(house.pool), files, clock: house.deps.clock };
  store = postgresByHand(house.pool);
  NORA = await house.person(house.office, 'Nora Esempi', 'head');
  PIO = await house.person(house.office, 'Pio Modello', 'protocol');
  TRIBUTI = await house.unit(house.office, 'Tributi');
  ELSEWHERE = await house.unit(house.other, 'Tributi altrove');
});
afterAll(async () => {
  await house?.close();
  await rm(root, { recursive: true, force: true });
});

const codeOf = async (done: Promise<{ readonly ok: boolean }>): Promise<string> => {
  const result = (await done) as { ok: true } | { ok: false; problem: { code: string } };
  return result.ok ? 'done' : result.problem.code;
};
const template = (change: Partial<TemplateRequest> = {}): TemplateRequest => ({
  ...{
    templateId: null,
    version: null,
    name: 'Modello',
    subject: 'Richiesta di accesso agli atti',
    direction: 'incoming',
  },
  ...{ classification: 'I.6', unitId: null, reserved: false, retention: null },
  ...change,
});
const save = (request: TemplateRequest, who = NORA) => saveTemplate(house.office, request, callOf(who), house.deps);
async function saved(change: Partial<TemplateRequest>): Promise<string> {
  const done = await save(template(change));
  if (!done.ok) throw new Error(done.problem.message);
  return done.value.templateId;
}

describe('a template of subjects', () => {
  it('carries class, unit and reserve; it is changed by who has seen it as it is, and the audit names them', async () => {
    const id = await saved({ name: 'Accesso agli atti', unitId: TRIBUTI.unitId, reserved: true, retention: '10 anni' });
    expect(await store.filing.template(house.office.aoo, id)).toMatchObject({
      ...{ classification: 'I.6', unitId: TRIBUTI.unitId, reserved: true, retention: '10 anni', version: 1 },
    });
    const changed = template({ templateId: id, version: 1, name: 'Accesso agli atti', classification: 'I.8' });
    expect(await codeOf(save(changed, PIO))).toBe('done');
    expect(await codeOf(save(changed, NORA))).toBe('version-conflict');
    const { rows } = await house.pool.query<{ action: string; by: string; person: string }>(
      `select content::jsonb ->> 'action' as action, content::jsonb -> 'data' ->> 'by' as by,
              content::jsonb -> 'data' ->> 'person' as person
         from audit where aoo = $1 and content::jsonb ->> 'subject' = $2 order by seq`,
      [house.office.aoo, id],
    );
    expect(rows).toEqual([
      { action: 'template-added', by: 'Nora Esempi', person: NORA.personId },
      { action: 'template-changed', by: 'Pio Modello', person: PIO.personId },
    ]);
  });

  it('is refused without words, with a name that is taken, a class that is not in the plan, or a unit of others', async () => {
    await saved({ name: 'Nome preso' });
    expect(await codeOf(save(template({ name: '' })))).toBe('template-incomplete');
    expect(await codeOf(save(template({ subject: '' })))).toBe('template-incomplete');
    expect(await codeOf(save(template({ name: 'n'.repeat(501) })))).toBe('hand-name-long');
    expect(await codeOf(save(template({ name: 'NOME PRESO' })))).toBe('template-name-taken');
    expect(await codeOf(save(template({ name: 'Altro', classification: 'XX.9' })))).toBe('hand-class-unknown');
    expect(await codeOf(save(template({ name: 'Altro', unitId: ELSEWHERE.unitId })))).toBe('template-unit-unknown');
    expect(await codeOf(save(template({ name: 'Altro', unitId: 'non un id' })))).toBe('template-unit-unknown');
    expect(await codeOf(save(template({ templateId: 'non un id', version: 1 })))).toBe('hand-template-unknown');
  });

  it('that is retired is offered no more and does not come back; its name is free again; others never saw it', async () => {
    const id = await saved({ name: 'Da togliere' });
    expect(await store.filing.template(house.other.aoo, id)).toBeNull();
    expect(await store.filing.templates(house.other.aoo)).toEqual([]);
    const retire = (version: number) =>
      codeOf(retireTemplate(house.office, { templateId: id, version }, callOf(PIO), house.deps));
    expect(await retire(7)).toBe('version-conflict');
    expect(await retire(1)).toBe('done');
    expect(await retire(2)).toBe('hand-template-unknown');
    expect(await codeOf(save(template({ templateId: id, version: 2, name: 'Da togliere' })))).toBe(
      'hand-template-unknown',
    );
    expect((await store.filing.templates(house.office.aoo)).map(({ templateId }) => templateId)).not.toContain(id);
    expect(await codeOf(save(template({ name: 'Da togliere' })))).toBe('done');
  });
});

const hand = (change: Partial<HandRequest> = {}): HandRequest => ({
  ...{ direction: 'incoming', carrier: 'counter', receivedAt: new Date('2026-11-27T09:00:00Z'), peer: null },
  correspondents: [{ correspondent: unknownCorrespondent('Mario Prova', null), correspondentId: null }],
  ...{ subject: 'Istanza', classification: null, file: null, precedents: [], reserved: false },
  ...{ templateId: null, deferralId: null, uploads: [] },
  ...change,
});
const registers = (request: HandRequest, who = PIO) =>
  registerByHand(
    house.office,
    request,
    { personId: who.personId, name: who.name, reader: readerFor(who) },
    callOf(who),
    { ...house.deps, uploads, filing: store.filing, maySee: async () => true },
  );

describe('proposals', () => {
  it('are what was chosen before with this template and this correspondent, most frequent first, then what the template says', async () => {
    const id = await saved({ name: 'Per proposte', classification: 'IV.3' });
    const ask = () =>
      proposalsFor(house.office.aoo, { templateId: id, correspondent: 'Ditta Modello' }, readerFor(PIO), store);
    expect((await ask()).classes).toMatchObject([{ because: 'rule', entry: { code: 'IV.3' } }]);
    const of = [{ correspondent: unknownCorrespondent('Ditta Modello', null), correspondentId: null }];
    for (const classification of ['VI.3', 'VI.3', 'VI.5'])
      expect(await codeOf(registers(hand({ classification, correspondents: of })))).toBe('done');
    expect(await codeOf(registers(hand({ classification: 'IV.4', templateId: id })))).toBe('done');
    const opened = await registers(
      hand({
        classification: 'VI.3',
        correspondents: of,
        file: { fileId: null, subject: 'Pratica 1', kind: 'matter' },
      }),
    );
    expect(opened).toMatchObject({ ok: true, value: { file: '2026/VI.3/1' } });
    // Who has it now is proposed for the next one.
    const registration = opened.ok ? opened.value.registration : { register: '', year: 0, number: 0 };
    const wish = { registration, competence: TRIBUTI, information: [], note: '', version: null };
    expect(await codeOf(assign(house.office, wish, PIO, callOf(PIO), house.deps))).toBe('done');
    const { classes, files, units } = await ask();
    expect(units).toEqual([{ value: TRIBUTI.unitId, times: 1, of: 1 }]);
    expect(classes.map(({ because, entry, times, of: all }) => [because, entry.code, times, all])).toEqual([
      ['template', 'IV.4', 1, 1],
      ['rule', 'IV.3', 0, 0],
      ['correspondent', 'VI.3', 3, 4],
    ]);
    expect(files).toMatchObject([{ subject: 'Pratica 1', classification: 'VI.3', number: 1 }]);
    // Another office's decisions are not asked.
    const theirs = await proposalsFor(
      house.other.aoo,
      { templateId: id, correspondent: 'Ditta Modello' },
      readerFor(PIO),
      store,
    );
    expect(theirs).toEqual({ classes: [], files: [], units: [] });
  });

  it('do not tell of reserved registrations to those who may not see them', async () => {
    const of = [{ correspondent: unknownCorrespondent('Persona Riservata', null), correspondentId: null }];
    expect(await codeOf(registers(hand({ classification: 'X.2', correspondents: of, reserved: true }), NORA))).toBe(
      'done',
    );
    const asks = (who: AssignmentActor) =>
      proposalsFor(house.office.aoo, { templateId: null, correspondent: 'Persona Riservata' }, readerFor(who), store);
    expect((await asks(NORA)).classes).toHaveLength(1);
    expect((await asks(PIO)).classes).toEqual([]);
  });
});

const deferral = (change: Partial<DeferralRequest> = {}): DeferralRequest => ({
  ...{ provision: 'Determina 12/2026', reason: 'Trasloco dell’ufficio', receivedFrom: '2026-11-26' },
  ...{ receivedTo: '2026-11-28', registerUntil: '2026-12-05' },
  ...change,
});
const authorise = (request: DeferralRequest) => authoriseDeferral(house.office, request, callOf(NORA), house.deps);

describe('a deferred registration', () => {
  it('needs a provision, a reason and days that fit', async () => {
    expect(await codeOf(authorise(deferral({ provision: '' })))).toBe('deferral-incomplete');
    expect(await codeOf(authorise(deferral({ reason: '' })))).toBe('deferral-incomplete');
    expect(await codeOf(authorise(deferral({ receivedFrom: '2026-13-40' })))).toBe('deferral-incomplete');
    expect(await codeOf(authorise(deferral({ receivedFrom: '2026-02-30' })))).toBe('deferral-incomplete');
    expect(await codeOf(authorise(deferral({ receivedTo: '2026-11-25' })))).toBe('deferral-days-unfit');
    expect(await codeOf(authorise(deferral({ registerUntil: '2026-11-27' })))).toBe('deferral-days-unfit');
    const past = { receivedFrom: '2026-01-01', receivedTo: '2026-01-02', registerUntil: '2026-01-03' };
    expect(await codeOf(authorise(deferral(past)))).toBe('deferral-days-unfit');
  });

  it('is used for documents of its days until its last day, keeps when they came, and its use is listed', async () => {
    const done = await authorise(deferral());
    const deferralId = done.ok ? done.value.deferralId : '';
    expect(await store.deferrals.open(house.office.aoo, '2026-11-30')).toMatchObject([
      { deferralId, by: 'Nora Esempi' },
    ]);
    expect(await store.deferrals.open(house.office.aoo, '2026-12-06')).toEqual([]);
    expect(await store.deferrals.open(house.other.aoo, '2026-11-30')).toEqual([]);
    expect(await codeOf(registers(hand({ deferralId, subject: 'In ritardo' })))).toBe('done');
    expect(await codeOf(registers(hand({ deferralId, subject: 'Riservata', reserved: true }), NORA))).toBe('done');
    expect(await codeOf(registers(hand({ deferralId, receivedAt: new Date('2026-11-29T09:00:00Z') })))).toBe(
      'hand-deferral-unfit',
    );
    expect(await codeOf(registers(hand({ deferralId: 'non un id' })))).toBe('hand-deferral-unknown');
    house.time.at = new Date('2026-12-06T09:00:00Z');
    expect(await codeOf(registers(hand({ deferralId })))).toBe('hand-deferral-unknown');
    house.time.at = NOW;
    const listed = (who: AssignmentActor) => store.deferrals.list(house.office.aoo, readerFor(who), 50);
    expect(await listed(NORA)).toMatchObject([{ provision: 'Determina 12/2026', used: 2 }]);
    expect(await listed(PIO)).toMatchObject([{ used: 1 }]);
    expect(await store.deferrals.find(house.other.aoo, deferralId, readerFor(NORA))).toBeNull();
    const uses = await store.deferrals.uses(house.office.aoo, deferralId, readerFor(PIO), 50);
    expect(uses).toMatchObject([
      { subject: 'In ritardo', receivedAt: new Date('2026-11-27T09:00:00Z'), registeredByName: 'Pio Modello' },
    ]);
    const { rows } = await house.pool.query<{ data: unknown }>(
      `select content::jsonb -> 'data' as data from audit
        where aoo = $1 and content::jsonb ->> 'action' = 'deferral-authorised'`,
      [house.office.aoo],
    );
    expect(rows).toMatchObject([
      { data: { by: 'Nora Esempi', person: NORA.personId, provision: 'Determina 12/2026' } },
    ]);
  });
});
