/** Reads one mail as a stream, in its own process so that its memory can be measured. */
import { createHash } from 'node:crypto';
import { imapMailboxes } from '../../../src/adapters/imap/connector.ts';

const [port, user = '', password = '', after] = process.argv.slice(2);
const account = { host: '127.0.0.1', port: Number(port), secure: false, user, password, folder: 'INBOX', ca: null };
const connection = await imapMailboxes().connect(account, new AbortController().signal);
const [mail] = await connection.fetchAfter(Number(after), 1);
if (mail === undefined || Buffer.isBuffer(mail.bytes)) throw new Error('a stream was expected');
const hash = createHash('sha256');
const before = process.memoryUsage().rss;
let peak = before;
let size = 0;
for await (const piece of mail.bytes) {
  size += piece.length;
  hash.update(piece);
  peak = Math.max(peak, process.memoryUsage.rss());
}
await connection.close();
process.stdout.write(JSON.stringify({ size, sha256: hash.digest('hex'), growth: peak - before }));
