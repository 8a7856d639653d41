import { departure } from './content-model.ts';

/**
 * libxml2 explains in English why a document is invalid; a clerk reads Italian. Unknown sentences are passed on as they are,
 * so that no reason is lost. The input has been cut to a few hundred characters.
 */
type Rule = readonly [pattern: RegExp, sentence: (short: readonly string[], whole: readonly string[]) => string];

const LONGEST = 400;

const RULES: readonly Rule[] = [
  // schema
  [
    /^Element '(.*?)': This element is not expected\.(?: Expected is (?:one of )?\( (.*?) \))?/s,
    ([element], [, expected]) =>
      `elemento «${element}» non atteso in questo punto${expected ? ` (attesi: ${listed(expected)})` : ''}`,
  ],
  [
    /^Element '(.*?)': Missing child element\(s\)\.(?: Expected is (?:one of )?\( (.*?) \))?/s,
    ([element], [, expected]) => `«${element}» è incompleto${expected ? ` (manca: ${listed(expected)})` : ''}`,
  ],
  [
    /^Element '(.*?)', attribute '(.*?)': The attribute .* is not allowed/s,
    ([e, a]) => `attributo «${a}» non ammesso in «${e}»`,
  ],
  [
    /^Element '(.*?)': The attribute '(.*?)' is required but missing/s,
    ([e, a]) => `in «${e}» manca l'attributo «${a}»`,
  ],
  [
    /^Element '(.*?)', attribute '(.*?)': The (?:actual )?value '(.*?)' does not match the fixed value constraint '(.*?)'/s,
    ([e, a, value, fixed]) => `l'attributo «${a}» di «${e}» vale «${value}» invece di «${fixed}»`,
  ],
  [
    /^Element '(.*?)'(?:, attribute '(.*?)')?: \[facet 'pattern'\] The value '(.*?)' is not accepted/s,
    ([e, a, value]) => `«${value}» non rispetta il formato di ${subject(e, a)}`,
  ],
  [
    /^Element '(.*?)'(?:, attribute '(.*?)')?: \[facet 'enumeration'\] The value '(.*?)' is not an element of the set \{(.*)\}/s,
    ([e, a, value, set]) => `«${value}» non è tra i valori ammessi per ${subject(e, a)}: ${set?.replaceAll("'", '')}`,
  ],
  [
    /^Element '(.*?)'(?:, attribute '(.*?)')?: '(.*?)' is not a valid value of the (?:atomic|local atomic|union|list) type(?: '(.*?)')?/s,
    ([e, a, value, type]) => `«${value}» non è un valore valido per ${subject(e, a)}${type ? ` (${type})` : ''}`,
  ],
  [
    /^Element '(.*?)': Character content (?:other than whitespace )?is not allowed/s,
    ([e]) => `testo non ammesso in «${e}»`,
  ],
  [/^Element '(.*?)': Element content is not allowed/s, ([e]) => `elementi non ammessi in «${e}»`],
  [/^Element '(.*?)': No matching global (?:element )?declaration/s, ([e]) => `elemento «${e}» sconosciuto`],
  // The value was too long, so the sentence of libxml2 was cut.
  [
    /^Element '(.*?)'(?:, attribute '(.*?)')?: .*…/s,
    ([e, a]) => `valore non ammesso (molto lungo) per ${subject(e, a)}`,
  ],
  // document type
  [
    /^Element (\S+) content does not follow the DTD, expecting (.*), got ?(.*)$/s,
    ([e], [, model, got]) => `contenuto di «${e}» non conforme: ${aroundFault(model ?? '', got?.trim() ?? '')}`,
  ],
  [/^No declaration for element (\S+)/, ([e]) => `elemento «${e}» sconosciuto`],
  [/^No declaration for attribute (\S+) of element (\S+)/, ([a, e]) => `attributo «${a}» non ammesso in «${e}»`],
  [/^Element (\S+) does not carry attribute (\S+)/, ([e, a]) => `in «${e}» manca l'attributo «${a}»`],
  [
    /^Value for attribute (\S+) of (\S+) must be "(.*)"/s,
    ([a, e, v]) => `l'attributo «${a}» di «${e}» deve valere «${v}»`,
  ],
  [
    /^Value for attribute (\S+) of (\S+) is different from default "(.*)"/s,
    ([a, e, v]) => `l'attributo «${a}» di «${e}» deve valere «${v}»`,
  ],
  [
    /^Value "(.*)" for attribute (\S+) of (\S+) is not among the enumerated set/s,
    ([v, a, e]) => `«${v}» non è tra i valori ammessi per l'attributo «${a}» di «${e}»`,
  ],
  [
    /^Syntax of value for attribute (\S+) of (\S+) is not valid/,
    ([a, e]) => `valore non valido per l'attributo «${a}» di «${e}»`,
  ],
  [/^Element (\S+) was declared EMPTY/, ([e]) => `«${e}» deve essere vuoto`],
  [/^Element (\S+) was declared #PCDATA but contains non text/, ([e]) => `elementi non ammessi in «${e}»`],
  [/^IDREF attribute (\S+) references an unknown ID "(.*)"/s, ([a, id]) => `«${a}» rimanda a «${id}», che non esiste`],
  [/^(?:xmlAddID: )?ID (\S+) already defined/, ([id]) => `identificativo «${id}» ripetuto`],
];

/** The interesting end of a list is its last name, often the only one that is required. */
function listed(names: string): string {
  const all = names.split(/\s*,\s*/);
  return names.length <= LONGEST_LIST
    ? all.join(', ')
    : `${all.slice(0, 3).join(', ')}, …, ${all.slice(-4).join(', ')}`;
}

/** The place where the elements leave the model, instead of the whole model. */
function aroundFault(model: string, got: string): string {
  const names = got.replace(/^\(|\)$/g, '').split(/\s+/);
  const found = departure(model, names[0] === '' ? [] : names);
  if (found === null) return `atteso ${short(model)}, trovato ${short(got || '()')}`;
  const { after, found: instead, expected } = found;
  const place = after === null ? "all'inizio" : `dopo «${short(after)}»`;
  const fault =
    instead !== null ? `${place} c'è «${short(instead)}»` : after === null ? 'è vuoto' : `${place} non segue nulla`;
  return `${fault}, ${expected.length === 0 ? 'e non è ammesso altro' : `attesi: ${listed(expected.join(', '))}`}`;
}

const subject = (element: string | undefined, attribute: string | undefined): string =>
  attribute ? `l'attributo «${attribute}» di «${element}»` : `«${element}»`;

/** In 3.0.0 a name without its prefix is another name, so the usual prefixes are shown. */
const PREFIXES: ReadonlyMap<string, string> = new Map([
  ['http://www.agid.gov.it/protocollo/', 'prot:'],
  ['http://www.agid.gov.it/protocollo/pec/', 'pec:'],
  ['http://www.w3.org/2000/09/xmldsig#', 'ds:'],
]);

/** One short Italian clause for one message of libxml2. */
export function italianReason(text: string): string {
  const plain = text
    .replace(/\{(https?:[^}\s]{0,80})\}/g, (_, namespace: string) => PREFIXES.get(namespace) ?? '')
    .replace(/\s+/g, ' ')
    .trim();
  for (const [pattern, sentence] of RULES) {
    const match = pattern.exec(plain);
    if (match === null) continue;
    const whole = match.slice(1).map((part) => part ?? '');
    return cut(sentence(whole.map(short), whole));
  }
  return cut(plain.replace(/\.$/, ''));
}

/** Some lists of names and models are longer than what a value may take. */
const LONGEST_LIST = 200;

/** Only the beginning of a value is shown. */
const short = (part: string): string => (part.length > 80 ? `${part.slice(0, 79)}…` : part);

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
