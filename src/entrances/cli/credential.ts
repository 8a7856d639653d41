import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { userPath } from '../../config/config.ts';
import { legalTime } from '../../kernel/clock.ts';
import { aooId } from '../../kernel/ids.ts';
import { keysOfCertificates, readX509 } from '../../service/access/client-certificate.ts';
import { CREDENTIAL_KINDS, type Credential } from '../../service/access/credential.ts';
import {
  createCredential,
  DEFAULT_OVERLAP_DAYS,
  type IssuedCredential,
  type ManageDeps,
  revokeCredential,
  rotateCredential,
} from '../../service/access/manage-credentials.ts';
import type { CredentialOwner, NewCredential } from '../../service/access/new-credential.ts';
import { SCOPES } from '../../service/access/scopes.ts';
import type { Office } from '../../service/register/office.ts';
import { withCredentials } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';
import { outputWidth, table } from './output/table.ts';

const HELP = `Usage: interpro credential create --aoo IPA/AOO --name NAME --scope SCOPE… [options]
       interpro credential list   [--aoo IPA/AOO | --node] [--json]        (--external with any of them)
       interpro credential rotate ID --aoo IPA/AOO [--overlap DAYS] [--expires DAY] [--certificate FILE]
       interpro credential revoke ID --aoo IPA/AOO                    (and the keys it made for itself)

Who may call the API for an office. A key is shown once, here, and never again. Changes take effect at once, also in a
running service, and are recorded in the office's audit chain.

  --aoo IPA/AOO        the office; --node instead of it: an administrator of this node
  --external           an office of another node: it may only be given visura:read, index:read and
                       credentials:rotate
  --name NAME          who it is for: the protocol system, its vendor
  --scope SCOPE        what it may do; repeat it, or separate scopes by commas:
                       ${SCOPES.slice(0, 6).join(', ')},
                       ${SCOPES.slice(6).join(', ')}
  --expires DAY        yyyy-mm-dd: from that day on it is refused (default: a year for a key, the end of a certificate)
  --kind KIND          api-key (the default), jwt, certificate
  --client ID          adds a credential to an existing client (column "client" of the list)
  --issuer URL         for a token: its issuer (INTERPRO_ISSUERS), with --client-id or --sub, and --purpose if it matters
  --certificate FILE   PEM: the client certificate; with a key or a token, the one it is bound to
  --requires WHAT      integrity, audit: what the client must sign (Agid-JWT-Signature, Agid-JWT-TrackingEvidence)
  --signing-key FILE   verifies what it signs: a certificate (PEM) or a JWKS; may be repeated
  --overlap DAYS       how long the old key still works beside the new one (default: ${DEFAULT_OVERLAP_DAYS}; 0: it ends now)
  --json`;

const misused = (reason: string): 2 => sayMisuse('credential', reason);

const OPTIONS = {
  aoo: { type: 'string' },
  node: { type: 'boolean' },
  external: { type: 'boolean' },
  name: { type: 'string' },
  scope: { type: 'string', multiple: true },
  expires: { type: 'string' },
  kind: { type: 'string' },
  client: { type: 'string' },
  issuer: { type: 'string' },
  'client-id': { type: 'string' },
  sub: { type: 'string' },
  purpose: { type: 'string' },
  certificate: { type: 'string' },
  requires: { type: 'string', multiple: true },
  'signing-key': { type: 'string', multiple: true },
  overlap: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

export async function runCredential(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  if (values.help) return say(HELP);
  const [what = '', id = '', ...more] = positionals;
  if (more.length > 0) return misused(`"${more[0]}" is not understood`);
  const { config, databaseUrl, ownerUrl } = findService();
  const office = ownerOf(values, config.offices);
  if (typeof office === 'string') return misused(office);
  if (what !== 'list' && (office === null) !== (values.node === true))
    return misused('name the office with --aoo, or --node');
  const expires = dayOf(values.expires);
  if (expires === undefined) return misused('--expires: a day is written yyyy-mm-dd');
  return withCredentials(values.node === true ? ownerUrl : databaseUrl, (deps) => {
    if (what === 'list') return list(values, office, deps);
    if (what === 'create' && id === '') return create(values, office, expires, deps);
    if (what === 'rotate' && id !== '') return rotate(id, values, office, expires, deps);
    if (what === 'revoke' && id !== '') return revoke(id, values, office, deps);
    return Promise.resolve(misused(what === '' ? 'say what to do' : `"${positionals.join(' ')}" is not understood`));
  });
}

/** The owner that is named; null: none, or the node. A string says what is wrong. */
function ownerOf({ aoo: asked, external }: Values, offices: readonly Office[]): CredentialOwner | null | string {
  const own = offices.find(({ aoo }) => aoo === asked) ?? null;
  if (external === true) {
    if (own !== null) return `${asked} is an office of this node: leave out --external`;
    const [, administration, code] = /^([A-Za-z0-9._-]{1,16})\/([A-Za-z0-9._-]{1,16})$/.exec(asked ?? '') ?? [];
    if (administration === undefined || code === undefined) return '--external: name the office as IPA/AOO with --aoo';
    return { aoo: aooId(administration, code), administration, code, register: '', external: true };
  }
  if (asked === undefined || own !== null) return own;
  const known = offices.map(({ aoo }) => aoo).join(', ');
  return `there is no office ${asked} here; there are ${known}. For one of another node: --external`;
}

/** Undefined: not a day. */
function dayOf(text: string | undefined): Date | null | undefined {
  if (text === undefined) return null;
  const day = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) ? day : undefined;
}

const by = (): string => `cli:${userInfo().username}`;
const read = (file: string): string => readFileSync(userPath(file), 'utf8');
const several = (texts: readonly string[] | undefined): readonly string[] =>
  (texts ?? []).flatMap((text) => text.split(',')).filter((text) => text !== '');

async function create(
  values: Values,
  office: CredentialOwner | null,
  expires: Date | null,
  deps: ManageDeps,
): Promise<number> {
  const kind = CREDENTIAL_KINDS.find((one) => one === (values.kind ?? 'api-key'));
  if (kind === undefined) return misused(`--kind is one of ${CREDENTIAL_KINDS.join(', ')}`);
  if (values.name === undefined) return misused('--name is missing');
  if ((kind === 'jwt') !== (values.issuer !== undefined)) return misused('--issuer goes with --kind jwt');
  const subject = values['client-id'] ?? values.sub;
  if (kind === 'jwt' && (subject === undefined || (values['client-id'] !== undefined && values.sub !== undefined)))
    return misused('a token is known by --client-id or by --sub');
  const signing = several(values['signing-key']);
  const wish: NewCredential = {
    kind,
    name: values.name,
    scopes: several(values.scope),
    requires: several(values.requires),
    expires,
    ...(values.issuer !== undefined &&
      subject !== undefined && {
        token: {
          issuer: values.issuer,
          claim: values.sub === undefined ? 'client_id' : 'sub',
          subject,
          purposeId: values.purpose ?? null,
        },
      }),
    ...(values.certificate !== undefined && { certificate: read(values.certificate) }),
    ...(signing.length > 0 && { signingKeys: { keys: signing.flatMap(signingKeys) } }),
    ...(values.client !== undefined && { client: values.client }),
  };
  const done = await createCredential(office, wish, by(), deps);
  return done.ok ? told(done.value, values) : refused(done.problem.message);
}

function signingKeys(file: string) {
  const content = read(file);
  const certificate = readX509(content);
  if (certificate !== null) return keysOfCertificates([certificate]).keys;
  try {
    const { keys } = JSON.parse(content) as ReturnType<typeof keysOfCertificates>;
    if (Array.isArray(keys)) return keys;
  } catch {
    // Not JSON: reported below.
  }
  throw new Error(`${file} holds neither a certificate (PEM) nor a JWKS`);
}

async function rotate(
  id: string,
  values: Values,
  office: CredentialOwner | null,
  expires: Date | null,
  deps: ManageDeps,
): Promise<number> {
  const overlapDays = values.overlap === undefined ? DEFAULT_OVERLAP_DAYS : Number(values.overlap);
  const certificate = values.certificate === undefined ? {} : { certificate: read(values.certificate) };
  const done = await rotateCredential(office, id, { overlapDays, expires, ...certificate }, by(), deps);
  return done.ok ? told(done.value, values) : refused(done.problem.message);
}

async function revoke(id: string, values: Values, office: CredentialOwner | null, deps: ManageDeps): Promise<number> {
  const done = await revokeCredential(office, id, by(), deps);
  if (!done.ok) return refused(done.problem.message);
  return say(values.json ? JSON.stringify(shown(done.value), null, 2) : `${id} is revoked`);
}

async function list(
  values: Values,
  office: CredentialOwner | null,
  { credentials, clock }: ManageDeps,
): Promise<number> {
  const found = await credentials.list(values.node ? null : (office?.aoo ?? 'all'));
  if (values.json) return say(JSON.stringify(found.map(shown), null, 2));
  if (found.length === 0) return say('no credentials');
  const day = (at: Date | null): string => (at === null ? '' : legalTime(at).date);
  const state = ({ revokedAt, expiresAt }: Credential): string =>
    revokedAt !== null ? 'revoked' : expiresAt !== null && expiresAt <= clock.now() ? 'expired' : 'good';
  const rows = found.map((one) => [
    one.id,
    one.aoo ?? '(node)',
    one.name,
    one.kind,
    one.scopes.join(' '),
    state(one),
    day(one.expiresAt),
    day(one.lastUsedAt),
    one.client,
  ]);
  const head = ['id', 'office', 'name', 'kind', 'scopes', 'state', 'expires', 'last used', 'client'];
  return say(table(head, rows, outputWidth()));
}

function told({ credential, key }: IssuedCredential, values: Values): number {
  if (values.json) return say(JSON.stringify({ ...shown(credential), ...(key !== null && { key }) }, null, 2));
  const until = credential.expiresAt === null ? 'without end' : `until ${legalTime(credential.expiresAt).date}`;
  say(`${credential.kind} ${credential.id} for ${credential.aoo ?? 'the node'} (${credential.name}), good ${until}`);
  return key === null
    ? 0
    : say(`\n${key}\n\nKeep it now: it is not shown again. Send it as: Authorization: Bearer <key>`);
}

/** Without digests, which nobody needs to see. */
const shown = ({ secret: _, signingKeys: keys, ...credential }: Credential) => ({
  ...credential,
  signingKeys: keys?.keys.length ?? 0,
});

function refused(message: string): 1 {
  complain(`interpro credential: ${message}`);
  return 1;
}
