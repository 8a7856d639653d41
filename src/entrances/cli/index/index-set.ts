import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { isLayerField } from '../../../domain/index/layer-value.ts';
import { LAYER_FIELDS, type LayerChange } from '../../../domain/index/model.ts';
import { isDay, legalTime } from '../../../kernel/clock.ts';
import { setLayer } from '../../../service/index/layer.ts';
import { withAooIndex } from '../../../wiring/cli.ts';
import { findService } from '../input/find-service.ts';
import { complain, say } from '../output/say.ts';
import { sayMisuse } from '../output/say-misuse.ts';

const HELP = `Usage: interpro index set CODE FIELD=VALUE… --reason TEXT [options]
       interpro index unset CODE FIELD… --reason TEXT [options]

Adds to or overrides the national index, for a body (IPA code) or an AOO (IPA code/code or IPA code/Codice_uni_aoo). unset
withdraws it, and the national index shows again. The change enters the feed that other nodes follow.

  FIELD           ${LAYER_FIELDS.join(', ')}
  --reason TEXT   why (kept with the change)
  --author NAME   who says so (default: the user of this machine)
  --from DAY      since when, yyyy-mm-dd (default: today)
  --to DAY        the first day on which it is no longer valid
  --json`;

export async function runIndexSet(args: readonly string[], withdraw: boolean): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      reason: { type: 'string' },
      author: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(HELP);
  const misused = (reason: string): 2 => sayMisuse(withdraw ? 'index withdraw' : 'index set', reason);
  const [code = '', ...given] = positionals;
  const [body = '', aoo = ''] = code.split('/');
  const validFrom = values.from ?? legalTime(new Date()).date;
  const validTo = values.to ?? null;
  if (body === '' || given.length === 0) return misused('name a body or an AOO, and a field');
  if (values.reason === undefined) return misused('--reason is missing');
  if (!isDay(validFrom) || (validTo !== null && !isDay(validTo))) return misused('a day is written yyyy-mm-dd');
  const changes: LayerChange[] = [];
  for (const text of given) {
    const at = text.indexOf('=');
    const field = at < 0 ? text : text.slice(0, at);
    if (!isLayerField(field) || at < 0 !== withdraw) return misused(`"${text}" is not understood`);
    const value = withdraw ? null : toValue(text.slice(at + 1));
    changes.push({ field, value, validFrom, validTo });
  }
  const request = { body, aoo, changes, author: values.author ?? userInfo().username, reason: values.reason };
  const { databaseUrl, config } = findService();
  const done = await withAooIndex(databaseUrl, config.index.node, (index) => setLayer(request, index.layerDeps));
  if (!done.ok) {
    complain(`interpro index: ${done.problem.message}`);
    return 1;
  }
  const line = ({ field, value }: LayerChange): string => `${code} ${field}: ${value === null ? 'withdrawn' : value}`;
  return say(values.json ? JSON.stringify(done.value, null, 2) : done.value.map(line).join('\n'));
}

const toValue = (text: string): string | boolean => (text === 'true' || text === 'false' ? text === 'true' : text);
