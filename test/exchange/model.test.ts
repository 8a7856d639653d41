import { describe, expect, it } from 'vitest';
import { type IncomingEvent, type IncomingState, incoming } from '../../src/domain/exchange/incoming.ts';
import { type OutgoingEvent, type OutgoingState, outgoing } from '../../src/domain/exchange/outgoing.ts';
import { checkInvariants } from '../support/exchange-invariants.ts';
import { openTraffic } from '../support/exchange-traffic.ts';
import { Broken, type Machines, World } from '../support/exchange-world.ts';
import { LONG } from '../support/long.ts';
import { chosenSeed, seededRandom } from '../support/random.ts';

const EVENTS = LONG ? 200_000 : 20_000;
const MACHINES: Machines = { incoming, outgoing };

/** Runs until so many events have happened and all is quiet. Throws at the first invariant that does not hold. */
async function run(machines: Machines, seed: number, events: number, forgetful = false): Promise<World> {
  const world = new World(machines, checkInvariants, forgetful);
  const traffic = openTraffic(world, seededRandom(seed));
  try {
    while (world.events < events) await traffic.act();
    await traffic.calm();
  } catch (error) {
    if (error instanceof Broken) error.message += ` [event ${world.events} of SEED=${seed}]`;
    throw error;
  }
  return world;
}

describe('exchanges under random events', () => {
  it(`lose, double and forget nothing in ${EVENTS} events, in whatever order they come`, async () => {
    const seed = chosenSeed();
    console.log(`exchange model: SEED=${seed}`);
    const world = await run(MACHINES, seed, EVENTS);
    expect(world.events).toBeGreaterThanOrEqual(EVENTS);
    expect(world.pairs.size).toBeGreaterThan(EVENTS / 50);
    // The run has reached every state, and most events of each state machine.
    const reached = new Set([...world.exchanges.values()].map(({ direction, state }) => `${direction} ${state}`));
    for (const end of ['outgoing confirmed', 'outgoing excepted', 'incoming confirmed', 'incoming refused'])
      expect(reached).toContain(end);
    const types = new Set([...world.history.values()].flat().map(({ type }) => type));
    expect(types.size).toBe(28);
  });

  it('run alike from the same seed', async () => {
    const summary = ({ exchanges, numbers, at }: World) => [
      [...exchanges.values()].map(({ state, version, registered }) => [state, version, registered?.number]),
      numbers.size,
      at,
    ];
    expect(summary(await run(MACHINES, 7, 1_000))).toEqual(summary(await run(MACHINES, 7, 1_000)));
  });
});

type In = (state: IncomingState, event: IncomingEvent, registered: boolean) => ReturnType<typeof incoming>;
type Out = (state: OutgoingState, event: OutgoingEvent) => ReturnType<typeof outgoing>;
const badIn = (machine: In): Machines => ({ incoming: machine, outgoing });
const badOut = (machine: Out): Machines => ({ incoming, outgoing: machine });

/** State machines with one broken rule, and the invariant that notices first. */
const MUTANTS: readonly [string, Machines, RegExp][] = [
  [
    'registers what already has a number',
    badIn((state, event) => incoming(state, event, false)),
    /registered twice|nothing proves|another answer/,
  ],
  [
    'tells nobody that something is late',
    badOut((state, event) =>
      event.type === 'overdue' ? { next: state, effects: [], awaits: null } : outgoing(state, event),
    ),
    /forgotten/,
  ],
  [
    'gives up silently',
    badOut((state, event) =>
      event.type === 'given-up' ? { ...outgoing(state, event), effects: [] } : outgoing(state, event),
    ),
    /forgotten/,
  ],
  [
    'goes back to the state of an earlier receipt',
    badOut((state, event) =>
      event.type === 'acceptance' && state === 'delivered' ? { next: 'accepted', effects: [] } : outgoing(state, event),
    ),
    /backwards/,
  ],
  [
    "takes another answer's receipt for its own",
    badIn((state, event, registered) =>
      'answer' in event && event.answer === 'exception' && state === 'confirming'
        ? { next: 'confirmed', effects: [] }
        : incoming(state, event, registered),
    ),
    /nothing proves its answer/,
  ],
  [
    'becomes confirmed when the exception is sent again',
    badIn((state, event, registered) =>
      event.type === 'resend' && state === 'unanswered'
        ? { next: 'confirming', effects: [{ type: 'answer-again' }] }
        : incoming(state, event, registered),
    ),
    /another answer/,
  ],
  [
    'leaves a task open after what it asked for has come',
    badIn((state, event, registered) => {
      const step = incoming(state, event, registered);
      return step.awaits === 'done' ? { ...step, awaits: null } : step;
    }),
    /though it came/,
  ],
  [
    'hides a contradiction',
    badOut((state, event) =>
      event.type === 'confirmation' && state === 'excepted'
        ? { next: 'confirmed', effects: [] }
        : outgoing(state, event),
    ),
    /contradiction/,
  ],
  [
    'believes without evidence',
    badOut((state, event) =>
      event.type === 'taken-in-charge' || event.type === 'notice'
        ? { next: 'delivered', effects: [] }
        : outgoing(state, event),
    ),
    /nothing proves it/,
  ],
  [
    'holds a message for ever',
    badIn((state, event, registered) => {
      const step = incoming(state, event, registered);
      return step.next === 'held' ? { ...step, awaits: null } : step;
    }),
    /forgotten/,
  ],
  [
    'drops a message that the sender has corrected',
    badIn((state, event, registered) =>
      event.type === 'received' && !event.sameContent && state === 'new'
        ? { next: 'new', effects: [] }
        : incoming(state, event, registered),
    ),
    /forgotten/,
  ],
  [
    'owes a confirmation and never sends it',
    badIn((state, event, registered) => {
      const step = incoming(state, event, registered);
      return { ...step, effects: step.effects.filter(({ type }) => type !== 'confirm') };
    }),
    /nobody answers|another answer/,
  ],
];

describe('a state machine with one broken rule is found out', () => {
  for (const [name, machines, fault] of MUTANTS)
    it(`that ${name}`, async () => {
      const seeds = async () => {
        for (const seed of [1, 2, 3, 4, 5, 6]) await run(machines, seed, 20_000);
      };
      await expect(seeds()).rejects.toThrow(fault);
    });

  it('as is a store that forgets what it has seen', async () => {
    await expect(run(MACHINES, 1, 20_000, true)).rejects.toThrow(/twice/);
  });
});
