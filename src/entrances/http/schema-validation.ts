import type { Static, TSchema } from '@fastify/type-provider-typebox';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { FastifyError, FastifyInstance, FastifyRequest, FastifySchemaCompiler } from 'fastify';
import type { ProblemCode } from '../../kernel/problems.ts';
import { dropOptionalNulls } from './body/optional-nulls.ts';
import { toPointer } from './body/strict-json.ts';
import { ProblemError, type RequestPlace } from './reply/problem-error.ts';
import { MOST_PLACES } from './reply/problem-places.ts';
import { type ValidationError, validationSentence } from './validation-sentences.ts';

/** Every format our schemas use, in linear time. A route with an unknown format cannot be declared. */
export const FORMATS = {
  date: isDay,
  'date-time': isTimestamp,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  email: /^[^\s@]{1,64}@[^\s@]{1,255}$/,
  uri: (text: string) => URL.canParse(text),
  int32: true,
  int64: true,
  double: true,
  float: true,
  binary: true,
} as const;

/** Keywords of OpenAPI that JSON Schema does not know: documentation only. */
const DOCUMENTATION = ['example', 'x-examples'];

const options = {
  removeAdditional: false,
  useDefaults: true,
  // A hostile body costs no more than its first mistake; `thorough` looks for the others in a small one.
  allErrors: false,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  formats: FORMATS,
  // We write our own messages, which quote nothing of the request.
  messages: false,
  // The sentence depends on what is wrong with the value.
  verbose: true,
} as const;

/**
 * Bodies are not coerced: a text is no number, but null for an optional member is as good as its absence. Parameters and headers are texts and become what the schema asks for.
 * Nothing is dropped: a misspelt filter must not pass as no filter.
 */
export function validateBySchema(server: FastifyInstance): void {
  const body = new Ajv(options);
  const thorough = new Ajv({ ...options, useDefaults: false, allErrors: true });
  const parameters = new Ajv({ ...options, coerceTypes: 'array' });
  for (const ajv of [body, thorough, parameters]) ajv.addVocabulary(DOCUMENTATION);
  const compile: FastifySchemaCompiler<object> = ({ schema, httpPart }): ValidateFunction =>
    httpPart === 'body'
      ? withoutOptionalNulls(
          withAllErrors(body.compile(schema), () => thorough.compile(schema)),
          schema,
        )
      : withPlainIntegers(parameters.compile(schema), schema);
  server.setValidatorCompiler(compile);
}

/** Values of a body whose mistakes are all looked for: more than any message to one recipient has. */
const MOST_VALUES = 2_000;

/** The first mistake, and in a body of bounded size the others. The second schema is compiled once it is needed. */
function withAllErrors(validate: ValidateFunction, compile: () => ValidateFunction): ValidateFunction {
  let all: ValidateFunction | null = null;
  const telling = (data: unknown): boolean => {
    const fits = validate(data) === true;
    telling.errors = validate.errors;
    if (fits || countValues(data, MOST_VALUES) > MOST_VALUES) return fits;
    all ??= compile();
    all(data);
    telling.errors = [...(validate.errors ?? []), ...(all.errors ?? [])];
    return fits;
  };
  telling.errors = null as ValidateFunction['errors'];
  return telling as unknown as ValidateFunction;
}

/** Stops counting where there are more than `most`. The reader has bounded the depth. */
function countValues(value: unknown, most: number): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const member of Object.values(value)) {
    count += countValues(member, most - count);
    if (count > most) break;
  }
  return count;
}

function withoutOptionalNulls(validate: ValidateFunction, schema: object): ValidateFunction {
  const tolerant = (data: unknown): boolean => {
    dropOptionalNulls(data, schema);
    const fits = validate(data) === true;
    tolerant.errors = validate.errors;
    return fits;
  };
  tolerant.errors = null as ValidateFunction['errors'];
  return tolerant as unknown as ValidateFunction;
}

/** An integer as a person writes it. Ajv would also take `0x10`, `1e3` and ` 5`. */
const PLAIN_INTEGER = /^(?:0|-?[1-9][0-9]{0,15})$/;

function withPlainIntegers(validate: ValidateFunction, schema: object): ValidateFunction {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, { readonly type?: string }>> };
  const integers = Object.keys(properties).filter((name) => properties[name]?.type === 'integer');
  if (integers.length === 0) return validate;
  const strict = (data: Readonly<Record<string, unknown>>): boolean => {
    const wrong = integers.find((name) => typeof data[name] === 'string' && !PLAIN_INTEGER.test(data[name]));
    const fits = wrong === undefined && validate(data) === true;
    strict.errors =
      wrong === undefined
        ? validate.errors
        : [{ keyword: 'type', instancePath: `/${wrong}`, schemaPath: '', params: { type: 'integer' } }];
    return fits;
  };
  strict.errors = null as ValidateFunction['errors'];
  return strict as unknown as ValidateFunction;
}

/** Validates JSON that came inside another body, as if it were the body. Throws ProblemError (400). */
export function validateBody<S extends TSchema>(request: FastifyRequest, schema: S, body: unknown): Static<S> {
  const validate = request.compileValidationSchema(schema, 'body') as unknown as ValidateFunction<Static<S>>;
  if (validate(body)) return body;
  const { code, message, places } = describeAll(validate.errors ?? [], 'body');
  throw new ProblemError(code, message, places);
}

const PARTS = { body: 'body', querystring: 'query', params: 'path', headers: 'header' } as const;

interface ValidationProblem {
  readonly code: ProblemCode;
  /** About the first place. */
  readonly message: string;
  readonly places: readonly RequestPlace[];
}

/** What is wrong, and where. */
export function describeValidationError({ validation, validationContext }: FastifyError): ValidationProblem {
  const part = PARTS[(validationContext ?? 'body') as keyof typeof PARTS] ?? 'body';
  return describeAll(validation ?? [], part);
}

type Mistake = ValidationError & Pick<ErrorObject, 'instancePath'> & { readonly schemaPath?: string };

/** Of alternatives only the first mistake is told: what the others miss is no mistake where one of them would do. */
const isOfAlternative = ({ schemaPath = '' }: Mistake): boolean => /\/(?:anyOf|oneOf)\//.test(schemaPath);

/** One mistake a place, the first one. The code is that of the first place. */
function describeAll(mistakes: readonly Mistake[], part: RequestPlace['in']): ValidationProblem {
  const [first = NOTHING_SAID, ...others] = mistakes;
  const places = new Map<string, RequestPlace>();
  for (const mistake of [first, ...others.filter((one) => !isOfAlternative(one))]) {
    const place = placeOf(mistake, part);
    if (!places.has(place.pointer)) places.set(place.pointer, place);
    if (places.size >= MOST_PLACES) break;
  }
  const { pointer, message } = placeOf(first, part);
  return { code: codeOf(part, pointer, first.keyword), message, places: [...places.values()] };
}

const NOTHING_SAID: Mistake = { keyword: '', instancePath: '', params: {} };

function placeOf(mistake: Mistake, part: RequestPlace['in']): RequestPlace {
  const { missingProperty, additionalProperty } = mistake.params;
  const named = missingProperty ?? additionalProperty;
  const path = mistake.instancePath + (typeof named === 'string' ? toPointer([named]) : '');
  const pointer = part === 'body' ? path.slice(0, 500) : (path.split('/')[1] ?? '').slice(0, 100);
  return { in: part, pointer, message: validationSentence(mistake) };
}

function codeOf(part: RequestPlace['in'], pointer: string, keyword: string | undefined): ProblemCode {
  if (part !== 'header') return pointer === 'cursor' && part === 'query' ? 'cursor-invalid' : 'bad-request';
  const isMissing = keyword === 'required';
  if (pointer === 'idempotency-key') return isMissing ? 'idempotency-key-required' : 'idempotency-key-invalid';
  if (pointer === 'if-match') return isMissing ? 'if-match-required' : 'if-match-invalid';
  return 'bad-request';
}

/** From the year 1000 on: the database has no year 0. */
function isDay(text: string): boolean {
  if (!/^[1-9]\d{3}-\d\d-\d\d$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** RFC 3339. */
function isTimestamp(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/.test(text) &&
    isDay(text.slice(0, 10))
  );
}
