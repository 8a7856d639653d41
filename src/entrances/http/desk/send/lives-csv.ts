/** All recipients of a message as CSV: for sheets, so no cell is taken for a formula. */

import { italianTime } from '../../../../kernel/clock.ts';
import { type RecipientLife, STATIONS } from '../../../../service/queries/recipient-lives.ts';
import { STANDING_NAMES, STATION_NAMES, whereItIs } from './life-words.ts';

const HEAD = [
  'Destinatario',
  'Indirizzo',
  ...STATIONS.map((one) => STATION_NAMES[one]),
  'A che punto è',
  'Gruppo',
  'Loro numero',
  'Il gestore ha detto',
];

export async function* livesCsv(lives: AsyncIterable<RecipientLife>): AsyncGenerator<string> {
  // Sheets read UTF-8 only with this mark.
  yield `\uFEFF${HEAD.map(cell).join(';')}\r\n`;
  for await (const life of lives) {
    const { name, address, steps, standing, peerNumber, stop } = life;
    const times = STATIONS.map((station) => (steps[station] === null ? '' : italianTime(steps[station].at)));
    const words = [whereItIs(life).words, STANDING_NAMES[standing], peerNumber ?? '', stop?.detail ?? ''];
    yield `${[name, address, ...times, ...words].map(cell).join(';')}\r\n`;
  }
}

/** What begins like a formula is made a text by an apostrophe, also behind blanks. */
function cell(value: string): string {
  const plain = value.replace(/[\u0000-\u001F\u007F]+/g, ' ');
  const safe = /^\s*[=+\-@]/.test(plain) ? `'${plain}` : plain;
  return `"${safe.replaceAll('"', '""')}"`;
}
