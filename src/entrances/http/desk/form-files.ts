/**
 * Forms with files (`multipart/form-data`), as browsers send them without script. Their fields are read like those of any
 * other form; the files are small enough to be held, and larger ones go up in pieces. Of somebody whose session has ended the
 * fields are kept and the files are not.
 */
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LIMITS } from '../../../kernel/limits.ts';
import { bodyChunks, limitedChunks } from '../body/body-chunks.ts';
import { boundaryOf, MultipartSyntaxError, multipartParts } from '../body/multipart-parts.ts';
import { ProblemError } from '../reply/problem-error.ts';
import { tooManyFields } from './form.ts';

export interface FormFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

const files = new WeakMap<FastifyRequest, readonly FormFile[]>();
export const formFilesOf = (request: FastifyRequest): readonly FormFile[] => files.get(request) ?? [];

const leftFiles = new WeakMap<FastifyRequest, readonly string[]>();
/** Names of files that came with the form of somebody without a session. */
export const filesLeftOf = (request: FastifyRequest): readonly string[] => leftFiles.get(request) ?? [];
/** Of fields that strangers send: more than a message of a thousand recipients has. */
const STRANGERS_BYTES = 1024 * 1024;

export function acceptFormFiles(server: FastifyInstance): void {
  server.addContentTypeParser('multipart/form-data', async (request: FastifyRequest, payload: Readable) => {
    // An error before anybody listens would end the process; the reader of the body learns of it, too.
    payload.on('error', () => undefined);
    return readForm(request, payload, request.deskCaller !== null);
  });
}

async function readForm(
  request: FastifyRequest,
  payload: Readable,
  isKnown: boolean,
): Promise<Readonly<Record<string, string | string[]>>> {
  const boundary = boundaryOf(request.headers['content-type']);
  if (boundary === null) throw new ProblemError('bad-request', 'il modulo non è leggibile');
  const fields = new Map<string, string[]>();
  const held: FormFile[] = [];
  const left: string[] = [];
  let strangersBytes = 0;
  let parts = 0;
  const tooLarge = () => new ProblemError('body-too-large', String(LIMITS.formBytes));
  try {
    const chunks = limitedChunks(bodyChunks(payload), LIMITS.formBytes, tooLarge);
    for await (const { name, filename, mediaType, bytes } of multipartParts(chunks, boundary)) {
      parts += 1;
      if (parts > LIMITS.formFields) throw tooManyFields();
      if (!isKnown && filename !== null) {
        for await (const _ of bytes);
        if (filename !== '') left.push(filename);
        continue;
      }
      const value = Buffer.concat(await Array.fromAsync(bytes));
      strangersBytes += isKnown ? 0 : value.byteLength;
      if (strangersBytes > STRANGERS_BYTES) throw tooLarge();
      if (filename === null) fields.set(name, [...(fields.get(name) ?? []), value.toString('utf8')]);
      // A field without a choice comes as a file without a name.
      else if (filename !== '') held.push({ name: filename, mediaType, bytes: value });
    }
  } catch (error) {
    if (error instanceof MultipartSyntaxError) throw new ProblemError('bad-request', 'il modulo non è leggibile');
    throw error;
  }
  files.set(request, held);
  leftFiles.set(request, left);
  // As the parser of other forms gives them: one that stands once is a text.
  return Object.fromEntries([...fields].map(([name, all]) => [name, all.length === 1 ? (all[0] ?? '') : all]));
}
