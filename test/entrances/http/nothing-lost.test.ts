import { expect, it } from 'vitest';
import { openLogger } from '../../../src/adapters/logger.ts';
import { operation } from '../../../src/entrances/http/operation.ts';
import { closed, storedText } from '../../../src/entrances/http/schemas.ts';
import { buildServer } from '../../../src/entrances/http/server.ts';
import { AS_ADMINISTRATOR, NODE_TOKEN } from '../../support/node-token.ts';
import { depsOfAllRoutes } from './deps-of-all-routes.ts';
import { nothingLost } from './nothing-lost.ts';

it('a member that the schema of an answer does not have is found', async () => {
  const lost: string[] = [];
  const server = await buildServer({
    ...depsOfAllRoutes(),
    token: NODE_TOKEN,
    log: openLogger('silent'),
    beforeRoutes: (root) => {
      nothingLost(root, lost);
      const answers = { 200: closed({ known: storedText(10) }) };
      root.get('/prova', operation({ id: 'try', tag: 'node', access: 'index:read', summary: 'Prova', answers }), () =>
        Promise.resolve({ known: 'a', unknown: 'b' }),
      );
    },
  });
  expect((await server.inject({ url: '/prova', headers: AS_ADMINISTRATOR })).json()).toEqual({ known: 'a' });
  expect(lost).toEqual(['GET /prova 200: /unknown "b" became undefined']);
  await server.close();
});
