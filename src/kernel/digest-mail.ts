/** What a person reads by e-mail of what is assigned to them. It goes over ordinary mail: nothing that is reserved is named in it. */
import { italianDay } from './clock.ts';

export interface DigestItem {
  /** `0000012/2026`. */
  readonly number: string;
  /** Null: reserved. */
  readonly subject: string | null;
  /** The day since which it waits, `yyyy-mm-dd`. */
  readonly since: string;
}

export interface DigestOffice {
  readonly name: string;
  /** The longest waiting first; more than are named. */
  readonly toTake: readonly DigestItem[];
  readonly unread: readonly DigestItem[];
}

/** Named of each kind. */
const MOST = 20;
const SUBJECT = 150;

const line = ({ number, subject, since }: DigestItem): string =>
  `- n. ${number}, dal ${italianDay(since)}: ${subject === null ? 'riservata' : subject.replace(/\s+/g, ' ').slice(0, SUBJECT).toWellFormed()}`;

function listed(title: string, items: readonly DigestItem[]): readonly string[] {
  if (items.length === 0) return [];
  const more = items.length - MOST;
  return [
    `${title}: ${items.length > 100 ? 'più di 100' : items.length}`,
    ...items.slice(0, MOST).map(line),
    ...(more > 0 ? [`- e ${more === 1 ? "un'altra" : items.length > 100 ? 'altre' : `altre ${more}`}`] : []),
    '',
  ];
}

export const digestMail = (name: string, day: string, offices: readonly DigestOffice[], desk: string | null) => ({
  subject: `Protocollo: da prendere in carico, ${italianDay(day)}`,
  text: `${[
    `${name},`,
    '',
    ...offices.flatMap((office) => [
      office.name,
      ...listed('Da prendere in carico', office.toTake),
      ...listed('Per conoscenza, da leggere', office.unread),
    ]),
    desk === null ? 'Si aprono dal protocollo, alla voce «Scrivania».' : `Si aprono qui: ${desk}/assegnazioni`,
    'Questo riepilogo parte una volta al giorno. Si toglie dalla tua pagina nel protocollo.',
  ].join('\n')}\n`,
});
