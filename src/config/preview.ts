/** What the environment says of the origin that documents are previewed from. config.ts reads it and hands the variables in. */
import { readWhole } from './whole-number.ts';

export const PREVIEW_VARIABLES = {
  INTERPRO_PREVIEW_PORT:
    'port documents are previewed from, or off: then in an opaque frame of the desk (default: INTERPRO_HTTP_PORT + 1)',
  INTERPRO_PREVIEW_URL: 'where browsers reach that port, http:// or https:// and a name, without a path',
} as const satisfies Record<string, string>;

export type PreviewEnv = { readonly [V in keyof typeof PREVIEW_VARIABLES]?: string | undefined };

export interface PreviewConfig {
  /** Null: there is no such origin. 0: any free one. */
  readonly port: number | null;
  /** Somebody asked for this port: no other one is taken. */
  readonly isPortChosen: boolean;
  /** Null: the name that the desk was reached by, with that port. */
  readonly url: string | null;
}

/** `httpPort`: of the API. What is wrong is added to `faults`. */
export function readPreview(
  env: PreviewEnv & { readonly INTERPRO_PUBLIC_URL?: string | undefined },
  httpPort: number,
  faults: string[],
): PreviewConfig {
  const { INTERPRO_PREVIEW_PORT: wish } = env;
  const url = env.INTERPRO_PREVIEW_URL?.replace(/\/$/, '') ?? null;
  if (url !== null && !/^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?$/i.test(url))
    faults.push(`INTERPRO_PREVIEW_URL is "${url}": use http:// or https:// and a name, without a path`);
  if (url !== null && url === env.INTERPRO_PUBLIC_URL?.replace(/\/$/, ''))
    faults.push(
      'INTERPRO_PREVIEW_URL is that of the desk: documents need an origin of their own, another name or port',
    );
  // Behind a name of its own, nobody reaches a port that was not said where to reach.
  const isOff = wish === 'off' || (wish === undefined && url === null && env.INTERPRO_PUBLIC_URL !== undefined);
  if (wish === 'off' && url !== null)
    faults.push('INTERPRO_PREVIEW_URL is set, and INTERPRO_PREVIEW_PORT is off: use one');
  if (isOff) return { port: null, isPortChosen: false, url: null };
  const standard = httpPort === 0 || httpPort === 65_535 ? 0 : httpPort + 1;
  const port = readWhole(env, 'INTERPRO_PREVIEW_PORT', { standard, least: 0, most: 65_535 }, faults);
  return { port, isPortChosen: wish !== undefined, url };
}
