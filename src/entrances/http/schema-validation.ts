import type { Static, TSchema } from '@fastify/type-provider-typebox';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { FastifyError, FastifyInstance, FastifyRequest, FastifySchemaCompiler } from 'fastify';
import type { ProblemCode } from '../../kernel/problems.ts';
import { dropOptionalNulls } from './body/optional-nulls.ts';
import { toPointer } from './body/strict-json.ts';
import { ProblemError, type RequestPlace } from './reply/problem-error.ts';

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
  allErrors: false,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  formats: FORMATS,
  // We write our own messages, which quote nothing of the request.
  messages: false,
} as const;

/**
 * Bodies are not coerced: a text is no number, but null for an optional member is as good as its absence. Parameters and headers are texts and become what the schema asks for.
 * Nothing is dropped: a misspelt filter must not pass as no filter.
 */
export function validateBySchema(server: FastifyInstance): void {
  const body = new Ajv(options);
  const parameters = new Ajv({ ...options, coerceTypes: 'array' });
  for (const ajv of [body, parameters]) ajv.addVocabulary(DOCUMENTATION);
  const compile: FastifySchemaCompiler<object> = ({ schema, httpPart }): ValidateFunction =>
    httpPart === 'body'
      ? withoutOptionalNulls(body.compile(schema), schema)
      : withPlainIntegers(parameters.compile(schema), schema);
  server.setValidatorCompiler(compile);
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
  const { code, place } = describe(validate.errors?.[0], 'body');
  throw new ProblemError(code, place.message, [place]);
}

const PARTS = { body: 'body', querystring: 'query', params: 'path', headers: 'header' } as const;

interface ValidationProblem {
  readonly code: ProblemCode;
  readonly place: RequestPlace;
}

/** The first thing that is wrong, and where. */
export function describeValidationError({ validation, validationContext }: FastifyError): ValidationProblem {
  const part = PARTS[(validationContext ?? 'body') as keyof typeof PARTS] ?? 'body';
  return describe(validation?.[0], part);
}

function describe(
  error: Pick<ErrorObject, 'keyword' | 'instancePath' | 'params'> | undefined,
  part: RequestPlace['in'],
): ValidationProblem {
  const { missingProperty, additionalProperty } = error?.params ?? {};
  const named = missingProperty ?? additionalProperty;
  const path = (error?.instancePath ?? '') + (typeof named === 'string' ? toPointer([named]) : '');
  const pointer = part === 'body' ? path.slice(0, 500) : (path.split('/')[1] ?? '').slice(0, 100);
  const message = sentenceFor(error?.keyword ?? '', error?.params ?? {});
  return { code: codeOf(part, pointer, error?.keyword), place: { in: part, pointer, message } };
}

function codeOf(part: RequestPlace['in'], pointer: string, keyword: string | undefined): ProblemCode {
  if (part !== 'header') return pointer === 'cursor' && part === 'query' ? 'cursor-invalid' : 'bad-request';
  const isMissing = keyword === 'required';
  if (pointer === 'idempotency-key') return isMissing ? 'idempotency-key-required' : 'idempotency-key-invalid';
  if (pointer === 'if-match') return isMissing ? 'if-match-required' : 'if-match-invalid';
  return 'bad-request';
}

function sentenceFor(keyword: string, params: Readonly<Record<string, unknown>>): string {
  const limit = String(params['limit'] ?? '');
  switch (keyword) {
    case 'required':
      return 'manca un dato obbligatorio';
    case 'additionalProperties':
      return 'un dato non è previsto';
    case 'type':
      return `il tipo del dato non è quello previsto (${String(params['type'])})`;
    case 'enum':
      return `il valore non è fra quelli ammessi: ${[params['allowedValues']].flat().join(', ')}`.slice(0, 500);
    case 'const':
    case 'anyOf':
    case 'oneOf':
      return 'il valore non è fra quelli ammessi';
    case 'format':
      return `la forma del dato non è quella prevista (${String(params['format'])})`;
    case 'pattern':
      return 'il dato ha una forma o caratteri non ammessi';
    case 'maxLength':
      return `il testo supera i ${limit} caratteri`;
    case 'minLength':
      return `il testo ha meno di ${limit} caratteri`;
    case 'maxItems':
      return `gli elementi sono più di ${limit}`;
    case 'minItems':
      return `gli elementi sono meno di ${limit}`;
    case 'minimum':
    case 'maximum':
      return `il numero non è nei limiti (${String(params['comparison'])} ${limit})`;
    default:
      return 'il dato non è ammesso';
  }
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
