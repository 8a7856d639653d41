/** What the environment says of the API's documentation. config.ts reads the environment and hands the variables in. */

export const API_VARIABLES = {
  INTERPRO_PUBLIC_URL: 'where the world reaches this node, https:// and a name, without a path: for the documentation',
  INTERPRO_API_CONTACT: 'contact for this node, as "name <address>": for the documentation',
  INTERPRO_API_TERMS: 'address (https) of the terms of use of this node: for the documentation',
} as const satisfies Record<string, string>;

export type ApiEnv = { readonly [V in keyof typeof API_VARIABLES]?: string | undefined };

export interface ApiConfig {
  readonly publicUrl: string | null;
  readonly contact: { readonly name: string; readonly email: string } | null;
  readonly termsOfService: string | null;
}

/** What is wrong is added to `faults`. */
export function readApi(env: ApiEnv, faults: string[]): ApiConfig {
  const publicUrl = env.INTERPRO_PUBLIC_URL?.replace(/\/$/, '') ?? null;
  if (publicUrl !== null && !/^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/i.test(publicUrl))
    faults.push(`INTERPRO_PUBLIC_URL is "${publicUrl}": use https:// and a name, without a path`);
  const termsOfService = env.INTERPRO_API_TERMS ?? null;
  if (termsOfService !== null && !(termsOfService.startsWith('https://') && URL.canParse(termsOfService)))
    faults.push(`INTERPRO_API_TERMS is "${termsOfService}": use an address that begins with https://`);
  return { publicUrl, contact: contactOf(env.INTERPRO_API_CONTACT, faults), termsOfService };
}

function contactOf(text: string | undefined, faults: string[]): ApiConfig['contact'] {
  if (text === undefined) return null;
  const [, name, email] = /^([^<>]{1,200}) <([^\s<>@]{1,64}@[^\s<>@]{1,255})>$/.exec(text) ?? [];
  if (name !== undefined && email !== undefined) return { name, email };
  faults.push(`INTERPRO_API_CONTACT is "${text}": use a name and an address, as in "Ufficio <ufficio@example.it>"`);
  return null;
}
