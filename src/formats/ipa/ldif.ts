/**
 * LDIF (RFC 2849) of the older LDAP, streamed, also as `ldapsearch` prints it. Only entries of class `aoo` are read. What
 * `ldapsearch` says of its search is no entry, but tells whether the server gave everything.
 */

import { IndexFileError } from './index-file-error.ts';
import { IPA_LIMITS } from './limits.ts';
import type { Table, TableRecord } from './table.ts';

/** The attributes in use, as columns. Each value of `mail` fills a column of its own. */
const SINGLE = [
  'o',
  'aoo',
  'description',
  'datasoppressione',
  'dataistituzione',
  'contatti',
  'nomeresp',
  'cognomeresp',
  'telefonoresp',
  'telephonenumber',
  'facsimiletelephonenumber',
  'l',
  'provincia',
  'regione',
  'street',
  'postalcode',
] as const;
const MAILS = ['mail1', 'mail2', 'mail3', 'mail4', 'mail5'] as const;

interface Entry {
  readonly line: number;
  readonly values: Map<string, string[]>;
}

function decodeBase64(text: string, line: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    throw new IndexFileError('index-encoding', line, 'un valore in base64 non è UTF-8');
  }
}

/** `o=c_esempio` in the name of the entry. Splitting at commas is safe, because IPA codes have none. */
const fromName = (dn: string, attribute: string): string =>
  dn
    .split(',')
    .map((part) => part.trim())
    .find((part) => part.toLowerCase().startsWith(`${attribute}=`))
    ?.slice(attribute.length + 1) ?? '';

function toRecord({ line, values }: Entry): TableRecord | null {
  const classes = values.get('objectclass') ?? [];
  if (!classes.some((name) => name.toLowerCase() === 'aoo')) return null;
  const dn = values.get('dn')?.[0] ?? '';
  const single = SINGLE.map((name) => {
    const value = values.get(name)?.[0] ?? '';
    return value === '' && (name === 'o' || name === 'aoo') ? fromName(dn, name) : value;
  });
  const mails = values.get('mail') ?? [];
  return { line, cells: [...single, ...MAILS.map((_, index) => mails[index] ?? '')] };
}

/** First attributes of the blocks of `ldapsearch` that are no entries: its result, and references to other servers. */
const SEARCH_BLOCKS: ReadonlySet<string> = new Set(['search', 'result', 'ref']);

class Reader {
  #rest = '';
  #line = 0;
  #logical = '';
  #logicalLine = 0;
  #entry: Entry | null = null;
  #started = false;
  #entries = 0;
  /** Inside a block of `ldapsearch` that is no entry. */
  #aside = false;

  take(piece: string, atEnd: boolean): TableRecord[] {
    const text = this.#rest + piece;
    const found: TableRecord[] = [];
    let at = 0;
    for (let end = text.indexOf('\n', at); end >= 0; end = text.indexOf('\n', at)) {
      this.#physical(text.slice(at, end), found);
      at = end + 1;
    }
    this.#rest = text.slice(at);
    if (this.#rest.length > IPA_LIMITS.recordCharacters)
      throw new IndexFileError('index-unreadable', this.#line + 1, 'una riga è troppo lunga');
    if (atEnd) {
      if (this.#rest !== '')
        throw new IndexFileError('index-truncated', this.#line + 1, "l'ultima riga non è completa");
      this.#physical('', found);
    }
    return found;
  }

  #physical(raw: string, found: TableRecord[]): void {
    this.#line += 1;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.startsWith(' ')) {
      this.#logical += line.slice(1);
      if (this.#logical.length > IPA_LIMITS.recordCharacters)
        throw new IndexFileError('index-unreadable', this.#line, 'un valore è troppo lungo');
      return;
    }
    this.#attribute();
    if (line !== '') {
      this.#logical = line;
      this.#logicalLine = this.#line;
      return;
    }
    this.#aside = false;
    if (this.#entry !== null) {
      this.#entries += 1;
      const record = toRecord(this.#entry);
      if (record !== null) found.push(record);
      this.#entry = null;
    }
  }

  #attribute(): void {
    const text = this.#logical;
    this.#logical = '';
    if (text.startsWith('#')) {
      this.#outcome(text.slice(1).trimStart());
      return;
    }
    if (text === '' || (!this.#started && /^version:/i.test(text))) return;
    const colon = text.indexOf(':');
    if (colon <= 0)
      throw new IndexFileError(
        'index-truncated',
        this.#logicalLine,
        'una riga LDIF non ha la forma «attributo: valore»',
      );
    const name = text.slice(0, colon).toLowerCase().split(';')[0] ?? '';
    if (this.#entry === null && SEARCH_BLOCKS.has(name)) this.#aside = true;
    if (this.#aside) {
      this.#outcome(text);
      return;
    }
    const isBase64 = text[colon + 1] === ':';
    const value = text.slice(colon + (isBase64 ? 2 : 1)).trim();
    if (this.#entry === null) {
      if (name !== 'dn')
        throw new IndexFileError('index-unreadable', this.#logicalLine, 'una voce LDIF non comincia con «dn»');
      this.#entry = { line: this.#logicalLine, values: new Map() };
      this.#started = true;
    }
    const { values } = this.#entry;
    const known = values.get(name) ?? [];
    if (known.length < 50) known.push(isBase64 ? decodeBase64(value, this.#logicalLine) : value);
    values.set(name, known);
  }

  /** `result: 4 Size limit exceeded` and the count of entries; with `-LL` ldapsearch writes them as comments. */
  #outcome(text: string): void {
    const [, code, why = ''] = /^result: (\d{1,5})(?: (.*))?$/.exec(text) ?? [];
    if (code !== undefined && Number(code) !== 0)
      throw new IndexFileError(
        'index-truncated',
        this.#logicalLine,
        `la ricerca LDAP si è fermata prima della fine (${code} ${why.slice(0, 80)})`,
      );
    const [, count] = /^numEntries: (\d{1,9})$/.exec(text) ?? [];
    if (count !== undefined && this.#entries < Number(count))
      throw new IndexFileError(
        'index-truncated',
        this.#logicalLine,
        `la ricerca LDAP ha dato ${count} voci, ma il file ne contiene ${this.#entries}`,
      );
  }
}

export function readLdif(text: AsyncIterator<string>, first: string): Table {
  const reader = new Reader();
  async function* records(): AsyncGenerator<readonly TableRecord[]> {
    yield reader.take(first, false);
    for (let step = await text.next(); step.done !== true; step = await text.next())
      yield reader.take(step.value, false);
    yield reader.take('', true);
  }
  return { header: [...SINGLE, ...MAILS], headerLine: 1, records: records() };
}
