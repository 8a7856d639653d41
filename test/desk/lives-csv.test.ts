import { expect, it } from 'vitest';
import { livesCsv } from '../../src/entrances/http/desk/send/lives-csv.ts';
import { type RecipientLife, STANDINGS, STATIONS } from '../../src/service/queries/recipient-lives.ts';

it('lets no name of a recipient calculate anything, whatever stands before the sign', async () => {
  const formulas = ['=1+1', ' =1', '\u200b=1', '＝1', '%1', '|calc'];
  const steps = Object.fromEntries(STATIONS.map((station) => [station, null]));
  async function* lives(): AsyncGenerator<RecipientLife> {
    for (const name of formulas)
      yield {
        name,
        address: 'a@example.it',
        steps,
        state: 'queued',
        standing: STANDINGS[0],
        peerNumber: null,
        stop: null,
      } as never;
  }
  const [, ...rows] = (await Array.fromAsync(livesCsv(lives()))) as string[];
  for (const [at, row] of rows.entries()) expect(row, formulas[at]).toMatch(/^"'/);
});
