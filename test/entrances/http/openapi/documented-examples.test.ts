/** Every request that the documentation shows is sent, and does what the documentation says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, openStage, READY, readyToSend, type Stage } from '../rest/command-stage.ts';

describe('examples of the documentation', () => {
  let on: Stage;
  beforeAll(async () => {
    on = await openStage();
  });
  afterAll(() => on?.stop());

  it('are there for every command that has a body, and every command is sent here', () => {
    const commands = commandsOf(on);
    expect(commands.filter(({ type, examples }) => type !== null && examples.length === 0)).toEqual([]);
    expect(commands.map(({ id }) => id).sort()).toEqual(Object.keys(READY).sort());
  });

  it.each(Object.keys(READY))('%s', async (id) => {
    const shown = commandsOf(on).find((one) => one.id === id);
    if (shown === undefined) throw new Error(`${id} is not documented`);
    const examples = shown.type === null ? [null] : shown.examples;
    for (const [which, example] of examples.entries()) {
      const { who, send } = await readyToSend(on, shown, example, which);
      const answer = await send(on[who]);
      expect(shown.statuses, `${answer.status} ${answer.bytes}`).toContain(String(answer.status));
    }
  });

  it('no schema of an answer dropped anything', () => {
    expect(on.node.lost).toEqual([]);
    expect([...on.node.undeclared]).toEqual([]);
  });
});
