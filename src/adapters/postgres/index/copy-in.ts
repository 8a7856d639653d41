/**
 * COPY … FROM STDIN over a connection of `pg`, which speaks the protocol and leaves the data to whoever asks. One round
 * trip for any number of rows, and never more in memory than the socket holds.
 */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { ClientBase, Connection, Submittable } from 'pg';

/** What `pg` has for COPY and its types do not name. */
interface CopyConnection extends Connection {
  readonly stream: Duplex;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

class CopyIn implements Submittable {
  readonly done: Promise<number>;
  readonly #text: string;
  readonly #chunks: AsyncIterable<string>;
  readonly #settled = Promise.withResolvers<number>();
  #rows = 0;
  /** What went wrong with the rows, rather than with the database. */
  #failure: unknown = null;
  #over = false;

  constructor(text: string, chunks: AsyncIterable<string>) {
    this.#text = text;
    this.#chunks = chunks;
    this.done = this.#settled.promise;
  }

  submit(connection: Connection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    void this.#pump(connection);
  }

  async #pump(connection: CopyConnection): Promise<void> {
    try {
      for await (const chunk of this.#chunks) {
        if (this.#over) return;
        connection.sendCopyFromChunk(Buffer.from(chunk));
        if (connection.stream.writableNeedDrain)
          await Promise.race([once(connection.stream, 'drain'), this.done.catch(() => undefined)]);
      }
      if (!this.#over) connection.endCopyFrom();
    } catch (error) {
      this.#failure = error;
      if (!this.#over) connection.sendCopyFail('the rows ended early');
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(text.split(' ')[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.#over = true;
    this.#settled.resolve(this.#rows);
  }

  handleError(error: unknown): void {
    this.#over = true;
    this.#settled.reject(this.#failure ?? error);
  }
}

/** Rows written. Rejects with the error of `chunks` when those end in one: the transaction is then lost. */
export async function copyIn(
  client: ClientBase,
  target: string,
  chunks: AsyncIterable<string>,
  format = '(format text)',
): Promise<number> {
  return await client.query(new CopyIn(`copy ${target} from stdin ${format}`, chunks)).done;
}

const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A value in COPY's text format. */
export const copyText = (value: string | null): string =>
  value === null ? '\\N' : SPECIAL.test(value) ? value.replace(/[\\\t\n\r]/g, (sign) => ESCAPES[sign] ?? sign) : value;
