import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../../src/adapters/logger.ts';
import { HTTP_LIMITS } from '../../../../src/entrances/http/limits.ts';
import { openServer } from '../../../../src/entrances/http/open-server.ts';
import { ProblemError } from '../../../../src/entrances/http/reply/problem-error.ts';
import { PROBLEMS, type ProblemCode } from '../../../../src/kernel/problems.ts';
import { DocumentsError } from '../../../../src/service/documents/documents.ts';

const failing = (message: string, more: object = {}) => Object.assign(new Error(message), more);

describe('an error', () => {
  let server: FastifyInstance;
  let thrown: Error = new Error('none');
  const lines: string[] = [];
  beforeAll(() => {
    const log = openLogger('info', { write: (text) => void lines.push(text) });
    server = openServer(log, HTTP_LIMITS, null);
    server.get('/', { config: { access: 'public' } }, async () => {
      throw thrown;
    });
  });
  afterAll(() => server.close());

  const answer = async (error: Error) => {
    thrown = error;
    lines.length = 0;
    const { statusCode, headers, body } = await server.inject('/');
    const isLogged = lines.some((line) => line.includes('request failed'));
    return { status: statusCode, retryAfter: headers['retry-after'], body, code: JSON.parse(body).code, isLogged };
  };

  it.each<[string, Error, ProblemCode]>([
    ['of a socket', failing('read', { code: 'ECONNRESET' }), 'database-unavailable'],
    ['of the name service', failing('dns', { code: 'EAI_AGAIN' }), 'database-unavailable'],
    ['of class 08', failing('x', { code: '08006' }), 'database-unavailable'],
    ['of class 53', failing('x', { code: '53300' }), 'database-unavailable'],
    ['of class 57', failing('x', { code: '57P01' }), 'database-unavailable'],
    ['of the driver', failing('Connection terminated unexpectedly'), 'database-unavailable'],
    ['of a constraint', failing('secret_table', { code: '23505' }), 'internal'],
    ['of our own', failing('secret_table'), 'internal'],
    ['of a stream that lost its document', new DocumentsError('missing', 'x'), 'document-lost'],
  ])('%s is logged and answered without its text', async (_what, error, code) => {
    const { http } = PROBLEMS[code];
    const found = await answer(error);
    expect(found).toMatchObject({ status: http, code, isLogged: true });
    expect(found.retryAfter).toBe(http === 503 ? '10' : undefined);
    expect(found.body).not.toContain('secret_table');
  });

  it.each<[string, Error, ProblemCode]>([
    ['a hook refuses with', new ProblemError('body-missing'), 'body-missing'],
    ['a document is too large', new DocumentsError('too-large', 'x'), 'document-too-large'],
    ['a plugin gives the status 413', failing('x', { statusCode: 413 }), 'body-too-large'],
    ['a plugin gives another status', failing('x', { statusCode: 418 }), 'bad-request'],
    ['the framework cannot read an address', failing('x', { code: 'FST_ERR_BAD_URL' }), 'request-malformed'],
    ['the framework stops', failing('x', { code: 'FST_ERR_REOPENED_CLOSE_SERVER' }), 'service-stopping'],
    [
      'a body is shorter than announced',
      failing('x', { code: 'FST_ERR_CTP_INVALID_CONTENT_LENGTH' }),
      'body-interrupted',
    ],
    ['a body is too large', failing('x', { code: 'FST_ERR_CTP_BODY_TOO_LARGE' }), 'body-too-large'],
    ['a body has another type', failing('x', { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' }), 'body-media-type'],
    ['a parameter is too long', failing('x', { code: 'FST_ERR_MAX_PARAM_LENGTH' }), 'address-too-long'],
  ])('that is no fault of ours is answered by its problem: %s', async (_what, error, code) => {
    expect(await answer(error)).toMatchObject({ status: PROBLEMS[code].http, code, isLogged: false });
  });
});
