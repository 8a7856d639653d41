import formbody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import { LIMITS } from '../../../kernel/limits.ts';
import { ProblemError } from '../reply/problem-error.ts';

/** A posted form. Fields are texts; one that is repeated has several. */
export interface PostedForm {
  /** Trimmed; empty where the field is missing. */
  text(name: string): string;
  /** As it was typed, line ends as `\n`. */
  typed(name: string): string;
  all(name: string): readonly string[];
  has(name: string): boolean;
  /** Every field as it came, without those of the framework. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/**
 * Whoever reads a form may look through it once for each of its fields: there are few enough that nobody waits for that, of a
 * stranger either.
 */
export async function acceptForms(server: FastifyInstance): Promise<void> {
  await server.register(formbody);
  server.addHook('preValidation', async ({ body }) => {
    let fields = 0;
    for (const value of Object.values(body ?? {})) fields += Array.isArray(value) ? value.length : 1;
    if (fields > LIMITS.formFields) throw tooManyFields();
  });
}

export const tooManyFields = (): ProblemError => new ProblemError('bad-request', 'il modulo ha troppi campi');

/** Fields of the framework: the token, the act key and the version of what is acted on. */
export const FRAMEWORK_FIELDS = { token: '_csrf', act: '_atto', version: '_versione' } as const;
const OWN = new Set<string>(Object.values(FRAMEWORK_FIELDS));

export function postedForm(body: unknown): PostedForm {
  const entries = Object.entries(typeof body === 'object' && body !== null ? body : {}).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (typeof one === 'string' ? [[name, one.replaceAll('\r\n', '\n')] as const] : [])),
  );
  const all = (name: string): readonly string[] => entries.filter(([key]) => key === name).map(([, value]) => value);
  const typed = (name: string): string => all(name).at(-1) ?? '';
  return {
    typed,
    text: (name) => typed(name).trim(),
    all,
    has: (name) => entries.some(([key]) => key === name),
    fields: entries.filter(([name]) => !OWN.has(name)),
  };
}
