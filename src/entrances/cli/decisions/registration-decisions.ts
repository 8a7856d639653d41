/** A person's changes to one registration (DPR 445/2000 art. 54): annul, reassign, reclassify. */
import type { RegistrationKey } from '../../../service/register/changes.ts';
import { MisuseError } from '../input/given-files.ts';
import {
  type DecisionCommand,
  type DecisionTools,
  NotFoundError,
  namedOffice,
  runDecision,
  told,
} from './run-decision.ts';

const REGISTRATION = 'REGISTRATION';
const FORM = /^([^/\s]+\/[^/\s]+)\/([^/\s]+)\/(\d{4})\/(\d{1,15})$/;

/** The id as `list` prints it: `c_esempio/AESEMP1/PROT/2026/1`. */
function readId(id: string): RegistrationKey & { readonly aoo: string } {
  const [, aoo = '', register = '', year = '', number = ''] = FORM.exec(id) ?? [];
  if (aoo === '')
    throw new MisuseError(
      `"${id}" is not a registration such as c_esempio/AESEMP1/PROT/2026/1 (interpro list registrations)`,
    );
  return { aoo, register, year: Number(year), number: Number(number) };
}

async function registrationAt(tools: DecisionTools, id: string) {
  const { aoo, ...registration } = readId(id);
  const office = namedOffice(tools, aoo);
  const key = [aoo, registration.register, registration.year, registration.number].join('/');
  if ((await tools.views.registration(key)) === null)
    throw new NotFoundError(`no registration has the id ${id} (interpro list registrations)`);
  return { office, registration };
}

const toldTo = (those: readonly { readonly exchangeId: string; readonly recipient: string }[]): string =>
  those.map(({ exchangeId, recipient }) => `\n  told: ${recipient} (interpro show ${exchangeId})`).join('') ||
  '\n  nobody else has to be told';

const annul: DecisionCommand = {
  name: 'annul',
  of: REGISTRATION,
  about: `Annuls a registration. All its data stay readable; the offices that know its number are told.
REGISTRATION as interpro list registrations prints it: c_esempio/AESEMP1/PROT/2026/1.`,
  options: {
    reason: { value: 'TEXT', help: 'why, Italian: the other office reads it', needed: true },
    provision: { value: 'TEXT', help: 'the provision that authorises it', needed: true },
  },
  check: ({ id }) => void readId(id),
  async run(tools, given) {
    const { office, registration } = await registrationAt(tools, given.id);
    const request = { registration, reason: given.needed('reason'), provision: given.needed('provision') };
    const done = await tools.commands.annul(office, request, tools.call);
    return told(done, ({ told: those }) => `${given.id} is annulled${toldTo(those)}`);
  },
};

const change: DecisionCommand = {
  name: 'change',
  of: REGISTRATION,
  about: `Assigns a registration to another office, or reclassifies it; the old value stays visible. A sender that had our
confirmation is told. REGISTRATION as interpro list registrations prints it: c_esempio/AESEMP1/PROT/2026/1.`,
  options: {
    office: { value: 'NAME', help: 'the office inside the AOO it is assigned to' },
    classification: { value: 'CODE', help: 'its place in the filing plan' },
  },
  check(given) {
    readId(given.id);
    if (given.text('office') === undefined && given.text('classification') === undefined)
      throw new MisuseError('say what changes: --office, --classification');
  },
  async run(tools, given) {
    const { office, registration } = await registrationAt(tools, given.id);
    const [name, classification] = [given.text('office'), given.text('classification')];
    const request = {
      registration,
      ...(name !== undefined && { office: name }),
      ...(classification !== undefined && { classification }),
    };
    const done = await tools.commands.change(office, request, tools.call);
    return told(done, ({ changes, told: those }) => {
      if (changes.length === 0) return `${given.id} is like that already: nothing changed`;
      const lines = changes.map(
        ({ field, oldValue, newValue }) => `\n  ${field}: ${oldValue ?? '-'} -> ${newValue ?? '-'}`,
      );
      return `${given.id} is changed${lines.join('')}${toldTo(those)}`;
    });
  },
};

export const runAnnul = (args: readonly string[]) => runDecision(annul, args);
export const runChange = (args: readonly string[]) => runDecision(change, args);
