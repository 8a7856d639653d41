import type { Log } from '../../kernel/log.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import { type FeedSource, followPeer, type LayerDeps } from '../../service/index/layer.ts';
import { type Job, pause, startJob } from './job.ts';

export interface IndexFeedDeps extends LayerDeps {
  readonly source: FeedSource;
  /** Names and addresses of the nodes to follow. */
  readonly peers: readonly { readonly node: string; readonly url: string }[];
  readonly everySeconds: number;
  readonly log: Log;
}

/** Follows the feeds of other nodes, one after the other. One that fails does not stop the others. */
export function startIndexFeedJob(deps: IndexFeedDeps): Job {
  return startJob(async (signal) => {
    while (!signal.aborted) {
      await followAll(deps, signal);
      await pause(deps.everySeconds * 1000, signal);
    }
  });
}

async function followAll(deps: IndexFeedDeps, signal: AbortSignal): Promise<void> {
  try {
    for (const { node, url } of deps.peers) await deps.layer.declarePeer(node, url);
    const wanted = new Set(deps.peers.map(({ node }) => node));
    for (const peer of (await deps.layer.peers()).filter(({ node }) => wanted.has(node))) {
      if (signal.aborted) return;
      try {
        const { followed, unreadable } = await followPeer(peer, deps.source, deps);
        if (followed + unreadable > 0) deps.log.info({ node: peer.node, followed, unreadable }, 'index feed followed');
      } catch (error) {
        const reason = errorMessage(error);
        deps.log.warn({ node: peer.node, reason }, 'the feed of a node could not be followed');
        await deps.layer.peerFailed(peer.node, deps.clock.now(), reason);
      }
    }
  } catch (error) {
    deps.log.warn({ err: error }, 'no feed could be followed');
  }
}
