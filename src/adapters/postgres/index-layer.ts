import type pg from 'pg';
import type { IndexLayer } from '../../service/index/ports.ts';
import { layerCommands } from './index-layer-commands.ts';
import { layerRows } from './index-layer-rows.ts';
import { indexObservations } from './index-observations.ts';
import { indexPeers } from './index-peers.ts';

export const indexLayer = (pool: pg.Pool): IndexLayer => ({
  ...layerCommands(pool),
  ...layerRows(pool),
  ...indexObservations(pool),
  ...indexPeers(pool),
});
