/**
 * Transitions as readable lines, `states -> next: effects`. A line may name several states; `any` and `any other` mean all
 * states that no other line names, and `stays` means that the state does not change.
 *
 *     refusing -> refused: waits for nothing more
 *     any other -> stays
 */
interface AnyStep {
  readonly next: string;
  readonly effects: readonly { readonly type: string; readonly task?: string; readonly tell?: boolean }[];
  readonly awaits?: null | 'done' | 'anew';
}

const WAITS = { done: 'waits for nothing more', anew: 'waits anew', told: 'waits for nothing, a person knows' };

/** A step in the words of a line, without the states. */
export function describeStep(state: string, { next, effects, awaits }: AnyStep): string {
  const parts = effects.map(({ type, task, tell }) => {
    if (type === 'show') return `task ${task}`;
    return tell === true ? `${type} and tell` : type.replaceAll('-', ' ');
  });
  if (awaits !== undefined) parts.push(WAITS[awaits ?? 'told']);
  const target = next === state ? 'stays' : next;
  return parts.length === 0 ? target : `${target}: ${parts.join(', ')}`;
}

/** The step of each state. Throws unless the lines name every state, and each once. */
export function readSteps<State extends string>(
  states: readonly State[],
  text: string,
): Readonly<Record<State, string>> {
  const said = new Map<string, string>();
  let others: string | null = null;
  for (const line of text.trim().split('\n')) {
    const [named = '', step = ''] = line.split('->').map((part) => part.trim());
    if (named === 'any' || named === 'any other') others = step;
    else
      for (const state of named.split(', ')) {
        if (!states.includes(state as State)) throw new Error(`there is no state ${state}`);
        if (said.has(state)) throw new Error(`${state} stands in two lines`);
        said.set(state, step);
      }
  }
  if (others !== null && said.size === states.length) throw new Error('no state is left for the other ones');
  return Object.fromEntries(
    states.map((state) => {
      const step = said.get(state) ?? others;
      if (step === null) throw new Error(`no line names ${state}`);
      return [state, step];
    }),
  ) as Record<State, string>;
}
