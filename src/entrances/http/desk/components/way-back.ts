/** Where one came from: named in the address of a page, so that the way back says where it truly leads. */
import { isOwnAddress } from '../addresses.ts';
import { type Html, html } from '../template.ts';
import type { Visit } from '../visit.ts';

/** The pages from which others are opened, by the beginning of their address. */
const PLACES = [
  ['/scrivania', 'Scrivania'],
  ['/assegnazioni', 'Assegnazioni'],
  ['/registro', 'Registro'],
] as const;

type Place = (typeof PLACES)[number][0];

const FIELD = 'torna';

/** The address of a page with the one that it leads back to. */
export const withWayBack = (path: string, from: string): string =>
  `${path}${path.includes('?') ? '&' : '?'}${FIELD}=${encodeURIComponent(from)}`;

/** Where one came from, if the address names one of the places; else null. */
export function cameFrom({ query }: Pick<Visit, 'query'>): string | null {
  const asked = query.text(FIELD);
  return isOwnAddress(asked) && placeOf(asked) !== undefined ? asked : null;
}

const placeOf = (address: string) =>
  PLACES.find(([path]) => /^(?:\?|$)/.test(address.slice(path.length)) && address.startsWith(path));

export function wayBack(visit: Pick<Visit, 'query'>, otherwise: Place): Html {
  const to = cameFrom(visit) ?? otherwise;
  return html`<a href="${to}" data-escape>← ${placeOf(to)?.[1]}</a>`;
}
