import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLogger } from '../../src/adapters/logger.ts';
import { buildServer, PREFIX } from '../../src/entrances/http/server.ts';
import type { ProblemCode } from '../../src/kernel/problems.ts';
import { depsOfAllRoutes } from '../entrances/http/deps-of-all-routes.ts';
import { NODE_TOKEN } from '../support/node-token.ts';
import { repository } from '../support/shared.ts';
import { adviceFor, errorsPage } from './errors-page.ts';

const FILE = join(repository, 'docs/errors.md');

async function answers(): Promise<ReadonlySet<ProblemCode>> {
  const server = await buildServer({ ...depsOfAllRoutes(), log: openLogger('silent'), token: NODE_TOKEN });
  const listed = await server.inject(`${PREFIX}/problems`);
  await server.close();
  return new Set(listed.json<{ items: { code: ProblemCode }[] }>().items.map(({ code }) => code));
}

describe('the list of errors', () => {
  it('matches the table, for every code an answer can have', async () => {
    const page = errorsPage(await answers());
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(FILE, page);
    expect(readFileSync(FILE, 'utf8'), 'UPDATE_DOCS=1 npx vitest run test/docs/errors.test.ts').toBe(page);
  });

  it('has advice for each', async () => {
    const codes = await answers();
    expect(codes.size).toBeGreaterThan(80);
    for (const code of codes) expect(adviceFor(code), code).toMatch(/^[A-Z`].*\.$/);
  });

  it('changes when another code can be answered', async () => {
    const codes = await answers();
    expect(errorsPage(new Set([...codes, 'smtp-size']))).not.toBe(errorsPage(codes));
  });
});
