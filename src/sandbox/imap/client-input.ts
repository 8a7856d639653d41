import type { Socket } from 'node:net';

/** The client has closed its side; nothing more will come. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

/** The client sends more than the server is willing to hold. The connection cannot go on. */
export class ClientFloodError extends Error {
  override readonly name = 'ClientFloodError';
}

const LF = 10;

/**
 * What a client sends, as lines and as counted bytes. The socket is read only while somebody waits for input, so a client
 * that sends ahead of the answers is held back by TCP and not by our memory.
 */
export class ClientInput {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer[] = [];

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Without its line end, one character for each byte. */
  async line(most: number): Promise<string> {
    let length = 0;
    for (let index = 0; ; index += 1) {
      const chunk = this.#held[index] ?? (await this.#more());
      const end = chunk.indexOf(LF);
      if (length + (end < 0 ? chunk.length : end) > most)
        throw new ClientFloodError(`a line of more than ${most} bytes`);
      length += chunk.length;
      if (end < 0) continue;
      const parts = this.#held.splice(0, index + 1);
      if (end + 1 < chunk.length) this.#held.unshift(chunk.subarray(end + 1));
      parts[index] = chunk.subarray(0, end);
      return Buffer.concat(parts).toString('latin1').replace(/\r$/, '');
    }
  }

  async bytes(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let missing = count; missing > 0; ) {
      const chunk = this.#held[0] ?? (await this.#more());
      const part = chunk.subarray(0, missing);
      parts.push(part);
      missing -= part.length;
      if (part.length === chunk.length) this.#held.shift();
      else this.#held[0] = chunk.subarray(part.length);
    }
    return Buffer.concat(parts);
  }

  async #more(): Promise<Buffer> {
    const next = await this.#chunks.next().catch(() => null);
    if (next === null || next.done) throw new ClientGoneError('the client has closed the connection');
    this.#held.push(next.value);
    return next.value;
  }
}
