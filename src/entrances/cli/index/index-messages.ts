import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { legalStamp } from '../../../kernel/clock.ts';
import { decideAnnouncement } from '../../../service/index/layer.ts';
import { withAooIndex } from '../../../wiring/cli.ts';
import { findService } from '../input/find-service.ts';
import { complain, say } from '../output/say.ts';
import { sayMisuse } from '../output/say-misuse.ts';
import { outputWidth, table } from '../output/table.ts';

const HELP = `Usage: interpro index messages [--all] [--limit N] [--json]
       interpro index messages ID --accept|--refuse REASON [--by NAME]

Changes announced to this node by AOOs, waiting for a decision (--all: the decided ones too). An accepted change enters the
region's layer and the feed that other nodes follow.`;

export async function runIndexMessages(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      all: { type: 'boolean' },
      limit: { type: 'string', default: '50' },
      accept: { type: 'string' },
      refuse: { type: 'string' },
      by: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(HELP);
  const { databaseUrl, config } = findService();
  const [id] = positionals;
  if (id === undefined) {
    const limit = Math.min(1000, Math.max(1, Number.parseInt(values.limit, 10) || 50));
    const state = values.all ? null : 'received';
    const found = await withAooIndex(databaseUrl, config.index.node, ({ layer }) => layer.messages(state, limit));
    if (values.json) return say(JSON.stringify(found, null, 2));
    const rows = found.map((message) => [
      legalStamp(message.receivedAt.toISOString()),
      message.state,
      `${message.body}${message.aoo === '' ? '' : `/${message.aoo}`}`,
      message.changes.map(({ field, value }) => `${field}=${value ?? ''}`).join(' '),
      message.author,
      message.reason,
      message.messageId,
    ]);
    const head = ['received', 'state', 'of', 'changes', 'author', 'reason', 'id'];
    return say(rows.length === 0 ? 'no messages' : table(head, rows, outputWidth()));
  }
  const why = values.accept ?? values.refuse;
  if (
    why === undefined ||
    (values.accept !== undefined && values.refuse !== undefined) ||
    !/^[0-9a-f-]{36}$/i.test(id)
  ) {
    return sayMisuse('index messages', 'name one message, and either --accept or --refuse with the reason');
  }
  const state = values.accept === undefined ? 'refused' : 'accepted';
  const decision = { state, by: values.by ?? userInfo().username, why } as const;
  const decided = await withAooIndex(databaseUrl, config.index.node, ({ layerDeps }) =>
    decideAnnouncement(id, decision, layerDeps),
  );
  if (decided.ok) return say(`${id}: ${decided.value.state}`);
  complain(`interpro index messages: ${decided.problem.message}`);
  return 1;
}
