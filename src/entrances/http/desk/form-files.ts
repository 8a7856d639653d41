/**
 * Forms with files (`multipart/form-data`), as browsers send them without script. Their fields are read like those of any
 * other form; the files are small enough to be held, and larger ones go up in pieces. Nothing is read of strangers.
 */
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LIMITS } from '../../../kernel/limits.ts';
import { bodyChunks, limitedChunks } from '../body/body-chunks.ts';
import { boundaryOf, MultipartSyntaxError, multipartParts } from '../body/multipart-parts.ts';
import { ProblemError } from '../reply/problem-error.ts';

export interface FormFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

const files = new WeakMap<FastifyRequest, readonly FormFile[]>();
export const formFilesOf = (request: FastifyRequest): readonly FormFile[] => files.get(request) ?? [];

export function acceptFormFiles(server: FastifyInstance): void {
  server.addContentTypeParser('multipart/form-data', async (request: FastifyRequest, payload: Readable) => {
    // An error before anybody listens would end the process; the reader of the body learns of it, too.
    payload.on('error', () => undefined);
    if (request.deskCaller === null) {
      payload.resume();
      return {};
    }
    return readForm(request, payload);
  });
}

async function readForm(
  request: FastifyRequest,
  payload: Readable,
): Promise<Readonly<Record<string, string | string[]>>> {
  const boundary = boundaryOf(request.headers['content-type']);
  if (boundary === null) throw new ProblemError('bad-request', 'il modulo non è leggibile');
  const fields = new Map<string, string[]>();
  const held: FormFile[] = [];
  const tooLarge = () => new ProblemError('body-too-large', String(LIMITS.formBytes));
  try {
    const chunks = limitedChunks(bodyChunks(payload), LIMITS.formBytes, tooLarge);
    for await (const { name, filename, mediaType, bytes } of multipartParts(chunks, boundary)) {
      const value = Buffer.concat(await Array.fromAsync(bytes));
      if (filename === null) fields.set(name, [...(fields.get(name) ?? []), value.toString('utf8')]);
      // A field without a choice comes as a file without a name.
      else if (filename !== '') held.push({ name: filename, mediaType, bytes: value });
    }
  } catch (error) {
    if (error instanceof MultipartSyntaxError) throw new ProblemError('bad-request', 'il modulo non è leggibile');
    throw error;
  }
  files.set(request, held);
  // As the parser of other forms gives them: one that stands once is a text.
  return Object.fromEntries([...fields].map(([name, all]) => [name, all.length === 1 ? (all[0] ?? '') : all]));
}
