/** A submission server in a process of its own that takes everything and remembers when. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** Message-ID and the time at which its last byte was in, milliseconds since the epoch. */
export type Taken = readonly [messageId: string, at: number];
export type SinkQuestion = 'count' | 'take';
export type SinkAnswer = { readonly port: number } | { readonly count: number } | { readonly taken: readonly Taken[] };

let taken: Taken[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, _session, done) {
    let head = '';
    stream.on('data', (piece: Buffer) => {
      if (head.length < 8_192) head += piece.toString('latin1');
    });
    stream.on('end', () => {
      taken.push([/^message-id:\s*(<[^>]*>)/im.exec(head)?.[1] ?? '', performance.timeOrigin + performance.now()]);
      done();
    });
  },
});

const answer = (what: SinkAnswer): void => void process.send?.(what);
// A client that goes away is no fault of the sink's.
server.on('error', () => undefined);
server.listen(0, '127.0.0.1', () => answer({ port: (server.server.address() as AddressInfo).port }));
process.on('message', (question: SinkQuestion) => {
  if (question === 'count') return answer({ count: taken.length });
  answer({ taken });
  taken = [];
});
// The bench is gone, however it ended.
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined);
