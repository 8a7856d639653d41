/** All recipients of a message as CSV: for sheets, so no cell is taken for a formula. */

import { italianTime } from '../../../../kernel/clock.ts';
import { type RecipientLife, STATIONS } from '../../../../service/queries/recipient-lives.ts';
import { BYTE_ORDER_MARK, csvLine } from '../register/spreadsheet-text.ts';
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
  yield BYTE_ORDER_MARK + csvLine(HEAD);
  for await (const life of lives) {
    const { name, address, steps, standing, peerNumber, stop } = life;
    const times = STATIONS.map((station) => (steps[station] === null ? '' : italianTime(steps[station].at)));
    const words = [whereItIs(life).words, STANDING_NAMES[standing], peerNumber ?? '', stop?.detail ?? ''];
    yield csvLine([name, address, ...times, ...words].map(plain));
  }
}

/** On one line. */
const plain = (value: string): string => value.replace(/[\u0000-\u001F\u007F]+/g, ' ');
