/** What is wrong with a value of a request, in Italian. */
import type { ErrorObject } from 'ajv';

export type ValidationError = Pick<ErrorObject, 'keyword' | 'params' | 'data'>;

const TYPES: Readonly<Record<string, string>> = {
  string: 'serve un testo',
  array: 'serve un elenco',
  boolean: 'serve true o false',
  integer: 'serve un numero intero',
  number: 'serve un numero',
  object: 'serve un oggetto',
};

const FORMATS: Readonly<Record<string, string>> = {
  date: 'serve una data esistente, nella forma AAAA-MM-GG',
  'date-time': 'serve un istante esistente, con il fuso, nella forma 2026-03-02T10:15:00Z',
  uuid: 'serve un identificativo nella forma UUID',
  email: 'serve un indirizzo di posta elettronica',
  uri: 'serve un indirizzo completo (URI)',
};

const NOT_ALLOWED = 'il valore non è fra quelli ammessi';
const OTHER_FORM = 'il dato non ha la forma prevista';

/** One sentence without its full stop, at most 500 characters long. It quotes nothing of the request. */
export function validationSentence({ keyword, params, data }: ValidationError): string {
  const limit = String(params['limit'] ?? '');
  switch (keyword) {
    case 'required':
      return 'manca un dato obbligatorio';
    case 'additionalProperties':
      return 'un dato non è previsto';
    case 'type':
      return TYPES[typeOf(params['type'])] ?? 'il dato non è del tipo previsto';
    case 'enum':
      return `${NOT_ALLOWED}: ${listed([params['allowedValues']].flat().map(String))}`;
    case 'const':
    case 'anyOf':
    case 'oneOf':
      return NOT_ALLOWED;
    case 'format':
      return FORMATS[String(params['format'])] ?? OTHER_FORM;
    case 'pattern':
      return whyNot(data);
    case 'maxLength':
      return `il testo supera i ${limit} caratteri`;
    case 'minLength':
      return limit === '1' ? 'il testo è vuoto' : `il testo ha meno di ${limit} caratteri`;
    case 'maxItems':
      return `gli elementi sono più di ${limit}`;
    case 'minItems':
      return limit === '1' ? "l'elenco è vuoto" : `gli elementi sono meno di ${limit}`;
    case 'minimum':
      return `il numero è minore di ${limit}`;
    case 'maximum':
      return `il numero è maggiore di ${limit}`;
    default:
      return 'il dato non è ammesso';
  }
}

/** Where a type may also be null, the other one is meant. */
const typeOf = (type: unknown): string =>
  [type]
    .flat()
    .map(String)
    .find((one) => one !== 'null') ?? '';

const MOST_LISTED = 420;

/** Whole values, as many as there is room for. */
function listed(values: readonly string[]): string {
  let text = '';
  for (const [index, value] of values.entries()) {
    const longer = index === 0 ? value : `${text}, ${value}`;
    if (longer.length > MOST_LISTED) return `${text} e altri ${values.length - index}`;
    text = longer;
  }
  return text;
}

/** Controls that no text of ours may hold (`schemas.ts`): tabs and ends of lines stand apart. */
const CONTROLS = /[^\P{Cc}\t\n\r]/u;

function whyNot(data: unknown): string {
  if (typeof data !== 'string') return OTHER_FORM;
  if (data.trim() === '') return data === '' ? 'il testo è vuoto' : 'il testo contiene solo spazi';
  if (CONTROLS.test(data)) return 'il testo contiene caratteri di controllo';
  if (/[\t\n\r]/.test(data)) return 'il testo contiene un a capo o una tabulazione: serve una sola riga';
  return OTHER_FORM;
}
