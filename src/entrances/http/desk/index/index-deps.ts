import type { Clock } from '../../../../kernel/clock.ts';
import type { AooIndex } from '../../../../service/index/open-index.ts';
import type { IndexImports } from '../../../../service/index/ports.ts';
import type { PeerBehaviour } from '../../../../service/queries/peer-behaviour.ts';

export interface IndexDeps extends PeerBehaviour {
  readonly clock: Clock;
  readonly index: Pick<AooIndex, 'lookUp' | 'entries' | 'layer'>;
  readonly imports: Pick<IndexImports, 'imports' | 'report'>;
}
