import type pg from 'pg';
import type { IndexLayer } from '../../../service/index/ports.ts';
import { layerCommands } from './layer-commands.ts';
import { layerRows } from './layer-rows.ts';
import { indexObservations } from './observations.ts';
import { indexPeers } from './peers.ts';

export const indexLayer = (pool: pg.Pool): IndexLayer => ({
  ...layerCommands(pool),
  ...layerRows(pool),
  ...indexObservations(pool),
  ...indexPeers(pool),
});
