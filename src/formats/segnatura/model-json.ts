import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import schema from '../../../schemas/segnatura-model.schema.json' with { type: 'json' };
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { SegnaturaMessage } from '../../model/segnatura.ts';
import { shortened } from './problem-collector.ts';

/** Compiled when first needed; most processes never need them. */
const validators = new Map<string, ValidateFunction<SegnaturaMessage>>();

/** The definition for each `kind`. It is chosen here because Ajv fills in no defaults under `oneOf`. */
const DEFINITIONS: ReadonlyMap<unknown, string> = new Map([
  ['protocol-message', 'protocol-message'],
  ['confirmation', 'confirmation'],
  ['update', 'confirmation'],
  ['exception', 'exception'],
  ['annulment', 'annulment'],
]);

function validatorOf(definition: string): ValidateFunction<SegnaturaMessage> {
  const known = validators.get(definition);
  if (known !== undefined) return known;
  const ajv = new Ajv({ allErrors: true, useDefaults: true, allowUnionTypes: true });
  const made = ajv.addSchema(schema, 'model').getSchema<SegnaturaMessage>(`model#/definitions/${definition}`);
  if (made === undefined) throw new Error(`no definition of ${definition}`);
  validators.set(definition, made);
  return made;
}

/** Most faults named in one sentence. */
const MOST = 5;

/**
 * Reads the model from its JSON form, `schemas/segnatura-model.schema.json`. What is left out gets its default; unknown fields
 * are refused by name. Whether a generation can express the message is decided by `writeMessage`.
 */
export function parseModel(json: unknown): Result<SegnaturaMessage> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return invalid('', 'deve essere un oggetto');
  const kind = Object.hasOwn(json, 'kind') ? (json as { readonly kind: unknown }).kind : undefined;
  const definition = DEFINITIONS.get(kind);
  if (definition === undefined)
    return invalid('kind', `«kind» deve essere uno fra ${[...DEFINITIONS.keys()].join(', ')}`);
  const validate = validatorOf(definition);
  // Defaults are filled into a copy, because the input belongs to the caller.
  const copy: unknown = structuredClone(json);
  if (validate(copy)) return ok(copy);
  const errors = validate.errors ?? [];
  const faults = errors.filter(({ keyword }) => keyword !== 'oneOf');
  const said = [...new Set(faults.map((fault) => `${prefixed(placeOf(fault))}${reasonOf(fault)}`))];
  const more = said.length > MOST ? `; e altri ${said.length - MOST}` : '';
  const [first] = faults;
  return invalid(first ? placeOf(first) : '', said.slice(0, MOST).join('; ') + more);
}

const invalid = (at: string, reason: string) => refuse(problem('model-invalid', at, reason));

const prefixed = (place: string): string => (place === '' ? '' : `${place}: `);

/** `/recipients/0/kind` as people write it: `recipients[0].kind`. */
function placeOf({ instancePath }: ErrorObject): string {
  const steps = instancePath.split('/').slice(1);
  const named = steps.map((step) => shortened(step.replaceAll('~1', '/').replaceAll('~0', '~')));
  return named.reduce(
    (place, step) => (/^[0-9]+$/.test(step) ? `${place}[${step}]` : place === '' ? step : `${place}.${step}`),
    '',
  );
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'un testo',
  null: 'null',
  boolean: 'true o false',
  integer: 'un numero intero',
  array: 'un elenco',
  object: 'un oggetto',
};

function reasonOf({ keyword, params, message }: ErrorObject): string {
  const values = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case 'additionalProperties':
      return `campo sconosciuto «${shortened(String(values['additionalProperty']))}»`;
    case 'required':
      return `manca «${values['missingProperty']}»`;
    case 'type':
      return `deve essere ${[values['type']].flat().map(typeName).join(' o ')}`;
    case 'enum':
      return `deve essere uno fra ${[values['allowedValues']].flat().map(String).join(', ')}`;
    case 'const':
      return `deve essere ${values['allowedValue']}`;
    case 'pattern':
      return 'non ha la forma prevista';
    case 'minItems':
    case 'minLength':
      return 'è vuoto';
    default:
      return message ?? keyword;
  }
}

const typeName = (type: unknown): string => TYPES[String(type)] ?? String(type);
