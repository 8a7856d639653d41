import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { legalTime } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { PersonAndRoles } from '../../service/people/manage-people.ts';
import type { People } from '../../service/people/people.ts';
import { type Grant, operator } from '../../service/people/person.ts';
import { ROLES, type Role } from '../../service/people/rights.ts';
import type { Office } from '../../service/register/office.ts';
import { withPeople } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';
import { outputWidth, table } from './output/table.ts';

const HELP = `Usage: interpro person add LOGIN --name NAME [--aoo IPA/AOO --role ROLE… | --node]
       interpro person list    [--aoo IPA/AOO] [--json]
       interpro person role    LOGIN --aoo IPA/AOO --role ROLE… [--remove]       (or --node: administers the node)
       interpro person disable LOGIN [--remove]                                  (--remove: enables it again)
       interpro person entry   [LOGIN] [--without-code]

The persons of the desk. Whoever is added gets a link that lets in once, for 24 hours, and chooses a password with it.
\`entry\` makes another such link; without LOGIN, for the administrator of the node.

Forgotten password:  interpro person entry LOGIN
Lost telephone too:  interpro person entry LOGIN --without-code

  --name NAME          as it shall stand in the history of registrations
  --aoo IPA/AOO        the office of the roles
  --role ROLE          what the person is there; may be repeated:
                       protocol        registers, decides, sends
                       head            the same, sees what is reserved, annuls
                       unit-head       heads an office inside the AOO
                       unit-member     works in one
                       auditor         reads
                       administrator   administers, without the contents
  --node               instead of --aoo and --role: administers the whole node
  --remove             takes the role away
  --without-code       the telephone is lost too: the second factor is taken off
  --json`;

const misused = (reason: string): 2 => sayMisuse('person', reason);

const OPTIONS = {
  name: { type: 'string' },
  aoo: { type: 'string' },
  role: { type: 'string', multiple: true },
  node: { type: 'boolean' },
  remove: { type: 'boolean' },
  'without-code': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

export async function runPerson(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  if (values.help) return say(HELP);
  const [what = '', login = '', ...more] = positionals;
  if (more.length > 0) return misused(`"${more[0]}" is not understood`);
  const { config, databaseUrl } = findService();
  const grants = grantsOf(values, config.offices);
  if (typeof grants === 'string') return misused(grants);
  const { host, port } = config.http;
  const base = config.api?.publicUrl ?? `http://${host}:${port}`;
  return withPeople(databaseUrl, config.access?.secretKeys ?? [], async (people) => {
    if (what === 'list' && login === '') return list(people, values, config.offices);
    if (what === 'add' && login !== '') return add(people, login, values, grants, base);
    if (what === 'entry') return entry(people, login, values, base);
    if (what === 'role' && login !== '') return changeRoles(people, login, values, grants);
    if (what === 'disable' && login !== '') return disable(people, login, values);
    return misused(what === '' ? 'say what to do' : `"${positionals.join(' ')}" is not understood`);
  });
}

/** A string says what is wrong. */
function grantsOf({ aoo, role = [], node }: Values, offices: readonly Office[]): readonly Grant[] | string {
  if (node === true) return aoo === undefined ? [{ aoo: null, role: 'administrator' }] : '--node or --aoo, not both';
  if (aoo !== undefined && !offices.some((office) => office.aoo === aoo))
    return `there is no office ${aoo} here; there are ${offices.map((office) => office.aoo).join(', ')}`;
  if (role.length > 0 && aoo === undefined) return 'name the office of the role with --aoo';
  const unknown = role.find((one) => !ROLES.some((known) => known === one));
  if (unknown !== undefined) return `--role ${unknown}: a role is one of ${ROLES.join(', ')}`;
  return role.map((one) => ({ aoo: aoo as AooId, role: one as Role }));
}

const by = () => operator(`cli:${userInfo().username}`);

function refused(reason: string): 1 {
  complain(`interpro person: ${reason}`);
  return 1;
}

/** Whose login it is. */
async function find(people: People, login: string): Promise<PersonAndRoles | null> {
  const found = await people.manage.people(by(), { text: login, after: '', limit: 1_000 });
  return found.find((one) => one.login === login.toLowerCase()) ?? null;
}

async function add(
  people: People,
  login: string,
  { name }: Values,
  grants: readonly Grant[],
  base: string,
): Promise<number> {
  if (name === undefined) return misused('--name is missing');
  const done = await people.manage.createPerson({ login, name, address: '', grants }, by());
  if (!done.ok) return refused(done.problem.message);
  return say(`${done.value.person.login} is added. Lets in once, for 24 hours:\n${base}/entra/${done.value.entry}`);
}

async function entry(people: People, login: string, values: Values, base: string): Promise<number> {
  if (login === '') return say(`Lets in once, for 24 hours:\n${base}/entra/${await people.issueEntry()}`);
  const person = await find(people, login);
  if (person === null) return refused(`nobody here is called ${login}`);
  const done = await people.manage.recoveryEntry(person.personId, values['without-code'] === true, by());
  return done.ok ? say(`Lets in once, for 24 hours:\n${base}/entra/${done.value}`) : refused(done.problem.message);
}

async function changeRoles(
  people: People,
  login: string,
  { remove }: Values,
  grants: readonly Grant[],
): Promise<number> {
  if (grants.length === 0) return misused('name the role with --aoo and --role, or --node');
  const person = await find(people, login);
  if (person === null) return refused(`nobody here is called ${login}`);
  for (const grant of grants) {
    const done = await people.manage[remove === true ? 'takeRole' : 'giveRole'](person.personId, grant, by());
    if (!done.ok) return refused(done.problem.message);
  }
  const roles = grants.map(({ role }) => role).join(', ');
  return say(remove === true ? `${login} is no longer ${roles}` : `${login} is ${roles}`);
}

async function disable(people: People, login: string, { remove }: Values): Promise<number> {
  const person = await find(people, login);
  if (person === null) return refused(`nobody here is called ${login}`);
  const done = await people.manage.setDisabled(person.personId, person.version, remove !== true, by());
  if (!done.ok) return refused(done.problem.message);
  return say(remove === true ? `${login} may sign in again` : `${login} is disabled, and signed out everywhere`);
}

async function list(people: People, values: Values, offices: readonly Office[]): Promise<number> {
  const office = offices.find(({ aoo }) => aoo === values.aoo);
  const scope = office === undefined ? by() : { ...by(), scope: office.aoo };
  const found = await people.manage.people(scope, { text: '', after: '', limit: 10_000 });
  if (values.json) return say(JSON.stringify(found.map(shown), null, 2));
  if (found.length === 0) return say('no persons');
  const rows = found.map((person) => [
    person.login,
    person.name,
    person.roles.map(({ aoo, role }) => `${role} (${aoo ?? 'node'})`).join(', '),
    person.disabledAt === null ? (person.hasPassword ? 'active' : 'has not entered') : 'disabled',
  ]);
  return say(table(['login', 'name', 'roles', 'state'], rows, outputWidth()));
}

const shown = ({ login, name, roles, disabledAt, hasPassword, hasFactor, createdAt }: PersonAndRoles) => ({
  login,
  name,
  roles: roles.map(({ aoo, role }) => ({ aoo, role })),
  hasPassword,
  hasFactor,
  created: legalTime(createdAt).date,
  disabled: disabledAt === null ? null : legalTime(disabledAt).date,
});
