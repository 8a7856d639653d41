/** A node whose documents lie in a bucket that goes away in the middle of an exchange. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Caller,
  caller,
  ESEMPIO,
  type Node,
  PROVARIA,
  startNode,
  stateOf,
  submitted,
  until,
} from '../support/node.ts';
import { type S3Double, s3Double } from '../support/s3-servers.ts';

describe('documents in a bucket', () => {
  let bucket: S3Double;
  let node: Node;
  let ask: Caller;
  beforeAll(async () => {
    bucket = await s3Double();
    node = await startNode({ bucket: bucket.settings });
    ask = caller(node.origin, await node.key(ESEMPIO));
  }, 60_000);
  afterAll(async () => {
    await node?.stop();
    await bucket?.stop();
  });

  it('that cannot be written lose no mail: it waits, the node says so, and it is registered once', {
    timeout: 90_000,
  }, async () => {
    const sent = await submitted(ask, ['protocollo@pec.provaria.example.it'], { subject: 'Per il secchio' });
    bucket.misbehave('PUT', 'slow-down', 1_000_000);
    await until('readiness says that nothing can be kept', async () => {
      const { status } = await fetch(`${node.origin}/health/ready`);
      return status === 503;
    });
    const mails = () => new Set(bucket.met.filter((one) => !one.includes('probe')));
    await until('a mail could not be kept', async () => mails().size > 0);
    bucket.behave();
    const id = sent.json.recipients[0].exchange as string;
    await stateOf(ask, id, 'confirmed');
    const { rows } = await node.pool.query(
      "select direction from registration where subject = 'Per il secchio' and aoo = $1",
      [PROVARIA],
    );
    expect(rows).toEqual([{ direction: 'incoming' }]);
    expect(bucket.objects.size).toBeGreaterThan(3);
    const here = await readdir(join(node.folder, 'documents'));
    expect(here.filter((name) => /^[0-9a-f]{2}$/.test(name))).toEqual([]);
  });
});
