/** The JSON file about the body's own accounts (schemas/accounts.schema.json). The secret is sealed, or kept in a file. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { sealedWith } from '../adapters/secrets/sealed.ts';
import type { AooId } from '../kernel/ids.ts';
import { PASSWORD_CONTEXT } from '../service/access/secrets.ts';
import type { GroupGrant } from '../service/people/accounts.ts';
import type { Role } from '../service/people/rights.ts';

export const ACCOUNT_VARIABLES = {
  INTERPRO_ACCOUNTS:
    "JSON file about the body's own accounts (OpenID Connect), and what their groups may do at the desk",
} as const satisfies Record<string, string>;

type AccountEnv = { readonly [V in keyof typeof ACCOUNT_VARIABLES]?: string | undefined };

export interface AccountsConfig {
  readonly issuer: string;
  readonly clientId: string;
  /** Null: a public client. */
  readonly clientSecret: string | null;
  /** What follows "Entra con" on the button. */
  readonly name: string;
  readonly scopes: readonly string[];
  readonly groupsClaim: string;
  readonly groups: readonly GroupGrant[];
}

/** What else of the configuration it must fit. */
export interface AroundAccounts {
  /** Empty: the offices are not configured, so any may be named. */
  readonly offices: readonly { readonly aoo: AooId }[];
  readonly secretKeys: readonly Uint8Array[];
  readonly publicUrl: string | null;
  /** Where the desk listens. */
  readonly host: string;
  readonly faults: string[];
  /** Receives the name of the file with the secret. */
  readonly secretFiles: string[];
}

interface AccountsFile {
  readonly provider: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecretFile?: string;
    readonly clientSecretSealed?: string;
    readonly name?: string;
    readonly scopes?: readonly string[];
    readonly groupsClaim?: string;
  };
  readonly groups: readonly { readonly group: string; readonly aoo?: AooId; readonly role: Role }[];
}

const accountsSchema = new URL('../../schemas/accounts.schema.json', import.meta.url);
/** Over plain HTTP anybody on the way could be the provider. */
const SAFE_ISSUER = /^(?:https:\/\/[^/?#@]+|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?)(?:\/[^?#]*)?$/;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Null: nobody signs in that way. */
export function readAccounts(env: AccountEnv, around: AroundAccounts): AccountsConfig | null {
  const { INTERPRO_ACCOUNTS: name } = env;
  if (name === undefined) return null;
  const file = resolve(name);
  const known = fileOf(file, around.faults);
  if (known === null) return null;
  const { provider, groups } = known;
  if (!SAFE_ISSUER.test(provider.issuer) || !URL.canParse(provider.issuer))
    around.faults.push(`${file}/provider/issuer: "${provider.issuer}" is not an https address`);
  // The provider sends people back to an address that is registered with it.
  if (around.publicUrl === null && !LOOPBACK.has(around.host))
    around.faults.push(
      'INTERPRO_PUBLIC_URL is missing: INTERPRO_ACCOUNTS is set, so say where the provider sends people back',
    );
  return {
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientSecret: secretOf(provider, `${file}/provider`, around),
    name: provider.name ?? 'l’account dell’ente',
    scopes: provider.scopes ?? ['profile'],
    groupsClaim: provider.groupsClaim ?? 'groups',
    groups: groups.map(({ group, aoo, role }, index) => {
      const at = `${file}/groups/${index}`;
      if (aoo === undefined && role !== 'administrator')
        around.faults.push(`${at}/aoo is missing: without an office the only role is administrator, of the whole node`);
      if (aoo !== undefined && around.offices.length > 0 && !around.offices.some((office) => office.aoo === aoo))
        around.faults.push(`${at}/aoo: no office is ${aoo}; use administration/code as in INTERPRO_OFFICES`);
      return { group, aoo: aoo ?? null, role };
    }),
  };
}

function fileOf(file: string, faults: string[]): AccountsFile | null {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    faults.push(
      error instanceof SyntaxError
        ? `INTERPRO_ACCOUNTS: ${file} is not JSON`
        : `INTERPRO_ACCOUNTS: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    return null;
  }
  const validate = new Ajv({ allErrors: true }).compile<AccountsFile>(JSON.parse(readFileSync(accountsSchema, 'utf8')));
  if (validate(value)) return value;
  for (const { instancePath, message, keyword, params } of validate.errors ?? [])
    faults.push(
      keyword === 'not'
        ? `${file}/provider: clientSecretFile and clientSecretSealed are both set: use one of them`
        : // What stands there may be a secret, so only its name is repeated.
          `${file}${instancePath || '/'}: ${message}${keyword === 'additionalProperties' ? ` (${params['additionalProperty']})` : ''}`,
    );
  return null;
}

function secretOf(
  { clientSecretFile, clientSecretSealed }: AccountsFile['provider'],
  at: string,
  { secretKeys, secretFiles, faults }: AroundAccounts,
): string | null {
  if (clientSecretFile !== undefined) {
    secretFiles.push(clientSecretFile);
    try {
      return readFileSync(resolve(clientSecretFile), 'utf8').trim();
    } catch {
      faults.push(`${at}/clientSecretFile: the file ${clientSecretFile} cannot be read`);
    }
  }
  if (clientSecretSealed !== undefined) {
    const opened = sealedWith(secretKeys).open(clientSecretSealed, PASSWORD_CONTEXT);
    if (opened.ok) return opened.value;
    faults.push(`${at}/clientSecretSealed: it does not open with INTERPRO_SECRET_KEY: seal it again (interpro seal)`);
  }
  return null;
}
