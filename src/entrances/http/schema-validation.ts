import { Ajv, type ValidateFunction } from 'ajv';
import type { FastifyError, FastifyInstance, FastifyRequest, FastifySchemaCompiler } from 'fastify';
import type { ProblemCode } from '../../kernel/problems.ts';
import { toPointer } from './body/strict-json.ts';
import { type Place, ProblemError } from './reply/problem-error.ts';

/** Every format our schemas use. Linear; an unknown one is refused when a route is declared. */
export const FORMATS = {
  date: isDay,
  'date-time': isTime,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  email: /^[^\s@]{1,64}@[^\s@]{1,255}$/,
  uri: isUri,
  int32: true,
  int64: true,
  double: true,
  float: true,
  binary: true,
} as const;

/** In OpenAPI, not in JSON Schema: said to the reader, not checked. */
const SAID = ['example', 'x-examples'];

const options = {
  removeAdditional: false,
  useDefaults: true,
  allErrors: false,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  formats: FORMATS,
  // Messages are our own, and quote nothing of what was sent.
  messages: false,
} as const;

/**
 * A body is what it says: a text is no number. Parameters and headers are texts and become what the schema wants.
 * Nothing is dropped: a filter that is misspelt must not pass as no filter.
 */
export function validateStrictly(server: FastifyInstance): void {
  const body = new Ajv(options);
  const rest = new Ajv({ ...options, coerceTypes: 'array' });
  for (const ajv of [body, rest]) ajv.addVocabulary(SAID);
  const compile: FastifySchemaCompiler<object> = ({ schema, httpPart }): ValidateFunction =>
    httpPart === 'body' ? body.compile(schema) : withPlainNumbers(rest.compile(schema), schema);
  server.setValidatorCompiler(compile);
}

/** As a person writes a whole number. What ajv takes for one besides (`0x10`, `1e3`, ` 5`) was meant otherwise, or not at all. */
const WHOLE = /^(?:0|-?[1-9][0-9]{0,15})$/;

function withPlainNumbers(validate: ValidateFunction, schema: object): ValidateFunction {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, { readonly type?: string }>> };
  const numbers = Object.keys(properties).filter((name) => properties[name]?.type === 'integer');
  if (numbers.length === 0) return validate;
  const strict = (data: Readonly<Record<string, unknown>>): boolean => {
    const wrong = numbers.find((name) => typeof data[name] === 'string' && !WHOLE.test(data[name]));
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

/** A body that did not come as the request's own, checked as one. Throws what is answered with 400. */
export function checkedBody<T>(request: FastifyRequest, schema: object, body: unknown): T {
  const validate = request.compileValidationSchema(schema, 'body') as unknown as ValidateFunction;
  if (validate(body)) return body as T;
  const { code, place } = placeOf({
    validation: validate.errors,
    validationContext: 'body',
  } as unknown as FastifyError);
  throw new ProblemError(code, place.message, [place]);
}

const PARTS = { body: 'body', querystring: 'query', params: 'path', headers: 'header' } as const;

/** The first fault, where it is and what is wrong with it. */
export function placeOf({ validation = [], validationContext }: FastifyError): { code: ProblemCode; place: Place } {
  const part = PARTS[(validationContext ?? 'body') as keyof typeof PARTS] ?? 'body';
  const [fault] = validation;
  const { missingProperty, additionalProperty } = fault?.params ?? {};
  const named = missingProperty ?? additionalProperty;
  const path = (fault?.instancePath ?? '') + (typeof named === 'string' ? toPointer([named]) : '');
  const pointer = part === 'body' ? path.slice(0, 500) : (path.split('/')[1] ?? '').slice(0, 100);
  const message = sentenceFor(fault?.keyword ?? '', fault?.params ?? {});
  return { code: codeOf(part, pointer, fault?.keyword), place: { in: part, pointer, message } };
}

function codeOf(part: Place['in'], pointer: string, keyword: string | undefined): ProblemCode {
  if (part !== 'header') return pointer === 'cursor' && part === 'query' ? 'cursor-invalid' : 'bad-request';
  const missing = keyword === 'required';
  if (pointer === 'idempotency-key') return missing ? 'idempotency-key-required' : 'idempotency-key-invalid';
  if (pointer === 'if-match') return missing ? 'if-match-required' : 'if-match-invalid';
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

/** From the year 1000 on: the database knows no year 0. */
function isDay(text: string): boolean {
  if (!/^[1-9]\d{3}-\d\d-\d\d$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** RFC 3339. */
function isTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/.test(text) &&
    isDay(text.slice(0, 10))
  );
}

function isUri(text: string): boolean {
  return URL.canParse(text);
}
