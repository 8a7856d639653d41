import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const dotStuffed = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..'), 'latin1');

/** A minimal LMTP client (RFC 2033): delivers one mail to one user, or throws. */
export async function deliverByLmtp(port: number, user: string, bytes: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(20_000, () => socket.destroy(new Error('LMTP: no answer')));
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_, reject) => socket.once('error', reject));
  failed.catch(() => {});
  const reply = async (expected: string) => {
    for (;;) {
      const { value, done } = await Promise.race([lines.next(), failed]);
      if (done) throw new Error('LMTP: connection closed');
      if (value.charAt(3) === '-') continue;
      if (!value.startsWith(expected)) throw new Error(`LMTP: ${value}`);
      return;
    }
  };
  const say = async (line: string, expected: string) => {
    socket.write(`${line}\r\n`);
    await reply(expected);
  };
  try {
    await reply('220');
    await say('LHLO test.example.it', '250');
    await say('MAIL FROM:<mittente@example.it>', '250');
    await say(`RCPT TO:<${user}>`, '250');
    await say('DATA', '354');
    const body = dotStuffed(bytes);
    socket.write(body);
    if (!body.toString('latin1', Math.max(0, body.length - 2)).endsWith('\r\n')) socket.write('\r\n');
    await say('.', '250');
    socket.write('QUIT\r\n');
  } finally {
    socket.destroy();
  }
}
