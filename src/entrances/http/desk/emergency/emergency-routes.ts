/** The emergency register (DPR 445/2000 art. 63): opened, extended and closed by the head; its rows taken over by the desk. */
import { fromRome, legalTime } from '../../../../kernel/clock.ts';
import type { Problem } from '../../../../kernel/problems.ts';
import type { Result } from '../../../../kernel/result.ts';
import { closeEmergency, extendEmergency, openEmergency } from '../../../../service/by-hand/emergency.ts';
import { EMERGENCY_COLUMNS_OF_FILE } from '../../../../service/by-hand/emergency-rows.ts';
import type { ByHandStore } from '../../../../service/by-hand/ports.ts';
import { previewEmergency, recoverEmergency } from '../../../../service/by-hand/recover-emergency.ts';
import { readerOf } from '../../../../service/people/rights.ts';
import type { CommandDeps } from '../../../../service/register/idempotent-command.ts';
import { offlineForm } from '../../emergency-form.ts';
import { attachment } from '../../reply/content-disposition.ts';
import type { Faults } from '../components/fields.ts';
import { NO_FAULTS } from '../components/fields.ts';
import type { Desk } from '../desk.ts';
import { formFilesOf } from '../form-files.ts';
import { notFoundView } from '../gate-pages.ts';
import { BYTE_ORDER_MARK, csvLine } from '../register/spreadsheet-text.ts';
import { refused, seeOther, type View } from '../view.ts';
import type { Visit } from '../visit.ts';
import { EMERGENCY_PATH, emergencyCard, emergencyForm, emergencyList, emergencyPreview } from './emergency-pages.ts';

export interface EmergencyDeps extends CommandDeps {
  readonly emergencies: ByHandStore['emergencies'];
}

const MOST_LISTED = 100;
const MOST_LINES = 500;
/** The rows in a form of their own, each letter as three at most. */
const MOST_BYTES = 26 * 1024 * 1024;

export function emergencyRoutes(desk: Desk, deps: EmergencyDeps): void {
  const { emergencies } = deps;
  desk.page({ path: EMERGENCY_PATH, right: 'register:read' }, async (visit) =>
    emergencyList(visit, await emergencies.list(visit.aoo, MOST_LISTED), deps.clock.now()),
  );
  fileRoutes(desk, deps);
  desk.page({ path: `${EMERGENCY_PATH}/nuovo`, right: 'register:emergency' }, async (visit) => emergencyForm(visit));
  desk.act({ path: `${EMERGENCY_PATH}/nuovo`, right: 'register:emergency' }, async (visit) => {
    const { form } = visit;
    const request = {
      ...{ cause: form.text('causa'), provision: form.text('provvedimento') },
      startedAt: fromRome(form.text('giorno'), form.text('ora')),
    };
    const opened = await openEmergency(visit.office, request, visit.call, deps);
    if (opened.ok) return seeOther(`${EMERGENCY_PATH}/${opened.value.emergencyId}`, 'Registro di emergenza aperto.');
    return emergencyForm(visit, faultsOf(opened.problem, { cause: 'causa', provision: 'provvedimento' }, 'giorno'));
  });
  desk.page({ path: `${EMERGENCY_PATH}/:emergenza`, right: 'register:read' }, async (visit) => card(visit, deps));
  actRoutes(desk, deps);
  recoveryRoutes(desk, deps);
}

function fileRoutes(desk: Desk, { emergencies, clock }: EmergencyDeps): void {
  desk.page({ path: `${EMERGENCY_PATH}/modulo.html`, right: 'register:read' }, async ({ office, aoo, reply }) => {
    const { year } = legalTime(clock.now());
    const next = { year, number: await emergencies.nextNumber(aoo, year) };
    return reply
      .type('text/html; charset=utf-8')
      .header('content-disposition', attachment('registro-emergenza.html'))
      .send(offlineForm({ office: office.name, next, place: aoo }));
  });
  desk.page({ path: `${EMERGENCY_PATH}/modulo.csv`, right: 'register:read' }, async ({ reply }) =>
    reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', attachment('registro-emergenza.csv'))
      .send(BYTE_ORDER_MARK + csvLine(EMERGENCY_COLUMNS_OF_FILE)),
  );
}

function actRoutes(desk: Desk, deps: EmergencyDeps): void {
  desk.act({ path: `${EMERGENCY_PATH}/:emergenza/proroga`, right: 'register:emergency' }, async (visit) => {
    const { form } = visit;
    const request = {
      ...{ emergencyId: idOf(visit), provision: form.text('provvedimento') },
      endsAt: fromRome(form.text('giorno'), form.text('ora')),
    };
    return said(visit, await extendEmergency(visit.office, request, visit.call, deps), 'Proroga autorizzata.');
  });
  desk.act({ path: `${EMERGENCY_PATH}/:emergenza/chiudi`, right: 'register:emergency' }, async (visit) => {
    const { form } = visit;
    const request = {
      ...{ emergencyId: idOf(visit), declaration: form.text('dichiarazione') },
      endedAt: fromRome(form.text('giorno'), form.text('ora')),
    };
    return said(visit, await closeEmergency(visit.office, request, visit.call, deps), 'Registro di emergenza chiuso.');
  });
}

function recoveryRoutes(desk: Desk, deps: EmergencyDeps): void {
  const declared = { right: 'register:write', mostBytes: MOST_BYTES } as const;
  desk.act({ path: `${EMERGENCY_PATH}/:emergenza/controlla`, ...declared }, async (visit) => {
    const [file] = formFilesOf(visit.request);
    const back = `${EMERGENCY_PATH}/${idOf(visit)}`;
    if (file === undefined) return seeOther(back, 'Scegli prima il file del registro di emergenza.');
    const text = textOf(file.bytes);
    const seen = await previewEmergency(visit.office, { emergencyId: idOf(visit), text }, deps);
    return seen.ok ? emergencyPreview(visit, idOf(visit), text, seen.value) : refused(seen.problem, back);
  });
  desk.act({ path: `${EMERGENCY_PATH}/:emergenza/riprendi`, ...declared }, async (visit) => {
    const request = { emergencyId: idOf(visit), text: visit.form.typed('righe') };
    const done = await recoverEmergency(visit.office, request, visit.caller, deps);
    if (!done.ok) return refused(done.problem, `${EMERGENCY_PATH}/${idOf(visit)}`);
    const { registered, known } = done.value;
    const before = known === 0 ? '' : `, ${known} c’erano già`;
    return seeOther(`${EMERGENCY_PATH}/${idOf(visit)}`, `Riprese ${registered} registrazioni${before}.`);
  });
}

const idOf = ({ params }: Pick<Visit, 'params'>): string => params['emergenza'] ?? '';

const said = (visit: Pick<Visit, 'params'>, done: Result<unknown>, words: string) =>
  done.ok
    ? seeOther(`${EMERGENCY_PATH}/${idOf(visit)}`, words)
    : refused(done.problem, `${EMERGENCY_PATH}/${idOf(visit)}`);

const faultsOf = ({ at, message }: Problem, names: Readonly<Record<string, string>>, otherwise: string): Faults =>
  new Map([...NO_FAULTS, [names[at] ?? otherwise, message]]);

async function card(visit: Visit<'register:read'>, { emergencies, clock }: EmergencyDeps): Promise<View> {
  const found = await emergencies.find(visit.aoo, idOf(visit));
  if (found === null) return notFoundView;
  const [days, lines] = await Promise.all([
    emergencies.days(visit.aoo, found.emergencyId),
    emergencies.lines(visit.aoo, found.emergencyId, readerOf(visit.caller), MOST_LINES),
  ]);
  return emergencyCard(visit, { found, days, lines, most: MOST_LINES, now: clock.now() });
}

/** Spreadsheets of Italian offices still write Windows-1252. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
