import { mailAddress } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { PecRecipient } from '../../model/pec.ts';
import { cut } from '../xml/characters.ts';
import { readXmlTolerantly } from '../xml/tolerant.ts';
import type { XmlElement } from '../xml/tree.ts';

/** `daticert.xml`: what the provider certifies (technical rules of the decree of 2 November 2005, §7.4). */
export interface Daticert {
  readonly type: string;
  readonly error: string;
  readonly errorDetail: string | null;
  readonly sender: string | null;
  readonly recipients: readonly PecRecipient[];
  /** ISO time with its zone, or null when `data` cannot be read. */
  readonly certifiedAt: string | null;
  readonly identifier: string | null;
  readonly messageId: string | null;
  readonly receiptType: string | null;
  readonly deliveredTo: string | null;
  /** Elements that say who, what or which message, and stand there twice with different values. */
  readonly contradictions: readonly string[];
}

export interface DaticertReading {
  readonly daticert: Daticert;
  /** The data are used all the same. */
  readonly problems: readonly Problem[];
}

export function readDaticert(bytes: Buffer): Result<DaticertReading> {
  if (bytes.length > LIMITS.daticertBytes) return invalid(`più di ${LIMITS.daticertBytes} byte`);
  const xml = readXmlTolerantly(bytes);
  if (!xml.ok) return invalid(clause(xml.problem));
  const { root } = xml.value;
  if (root.name !== 'postacert') return invalid(`la radice è «${cut(root.name, 60)}»`);
  const type = attribute(root, 'tipo')?.toLowerCase();
  if (!type) return invalid('manca il tipo');
  const complaints = xml.value.repaired ? [xml.value.refusal] : xml.value.problems;
  const problems = complaints.map(({ message }) => problem('daticert-repaired', PLACE, message));
  if (!xml.value.repaired && xml.value.doctype !== null)
    problems.push(problem('daticert-repaired', PLACE, 'Il DOCTYPE, non previsto, non viene usato.'));
  return ok({ daticert: new DaticertReader(problems).read(root, type), problems });
}

const PLACE = 'daticert.xml';
const invalid = (detail: string): Result<never> => refuse(problem('pec-daticert-invalid', PLACE, detail));

/** A problem's sentence as part of another one. */
const clause = ({ message }: Problem): string =>
  `${message.charAt(0).toLowerCase()}${message.slice(1).replace(/\.$/, '')}`;

/** Where two values would name two people, messages or transactions. */
const DECISIVE = new Set(['intestazione', 'dati', 'mittente', 'identificativo', 'msgid', 'consegna']);

/** Reads what may stand once; elements are found by local name, in whatever order. */
class DaticertReader {
  readonly #problems: Problem[];
  readonly #contradictions: string[] = [];

  constructor(problems: Problem[]) {
    this.#problems = problems;
  }

  read(root: XmlElement, type: string): Daticert {
    const header = this.#only(root, 'intestazione');
    const data = this.#only(root, 'dati');
    const receipt = this.#only(data, 'ricevuta');
    return {
      type,
      error: attribute(root, 'errore')?.toLowerCase() ?? 'nessuno',
      errorDetail: text(this.#only(data, 'errore-esteso')),
      sender: address(this.#only(header, 'mittente')),
      recipients: (header?.all('destinatari') ?? []).flatMap(readRecipient),
      certifiedAt: this.#time(this.#only(data, 'data')),
      identifier: text(this.#only(data, 'identificativo')),
      messageId: bracketed(text(this.#only(data, 'msgid'))),
      receiptType: receipt && (attribute(receipt, 'tipo')?.toLowerCase() ?? null),
      deliveredTo: address(this.#only(data, 'consegna')),
      contradictions: this.#contradictions,
    };
  }

  /**
   * The child of that name. Repeated ones that say the same are one; where they differ none is used, because a sender
   * may have slipped the second one in through text that the provider did not escape.
   */
  #only(parent: XmlElement | null, name: string): XmlElement | null {
    const [first, ...others] = parent?.all(name) ?? [];
    if (first === undefined) return null;
    if (others.length === 0) return first;
    const same = others.every((other) => saysTheSame(first, other));
    const detail = same ? `«${name}»` : `«${name}», con valori diversi, che non vengono usati`;
    this.#problems.push(problem('daticert-repeated', PLACE, detail));
    if (!same && DECISIVE.has(name)) this.#contradictions.push(name);
    return same ? first : null;
  }

  /** `data` holds `giorno` dd/mm/yyyy and `ora` hh:mm:ss in the zone `±hhmm`. */
  #time(data: XmlElement | null): string | null {
    const date = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text(this.#only(data, 'giorno')) ?? '');
    const time = /^(\d{1,2}):(\d{2}):(\d{2})$/.exec(text(this.#only(data, 'ora')) ?? '');
    const zone = /^([+-])(\d{2}):?(\d{2})$/.exec((data && attribute(data, 'zona')) ?? '');
    if (!date || !time || !zone) return null;
    const [, day = '', month = '', year = ''] = date;
    const [, hour = '', minute = '', second = ''] = time;
    const local = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${hour.padStart(2, '0')}:${minute}:${second}`;
    // Reading it back refuses 31 February and the hour 25.
    const back = new Date(`${local}Z`);
    if (Number.isNaN(back.getTime()) || !back.toISOString().startsWith(local)) return null;
    const iso = `${local}${zone[1]}${zone[2]}:${zone[3]}`;
    return Number.isNaN(Date.parse(iso)) ? null : iso;
  }
}

const saysTheSame = (one: XmlElement, other: XmlElement): boolean => {
  const [own, its] = [one.elements(), other.elements()];
  return (
    one.name === other.name &&
    one.text() === other.text() &&
    one.attributes.length === other.attributes.length &&
    one.attributes.every(({ name, value }) => other.attribute(name) === value) &&
    own.length === its.length &&
    own.every((each, index) => its[index] !== undefined && saysTheSame(each, its[index]))
  );
};

const text = (element: XmlElement | null): string | null => element?.text() || null;

const attribute = (element: XmlElement, name: string): string | null => element.attribute(name)?.trim() || null;

function address(element: XmlElement | null): string | null {
  const value = text(element);
  return value === null ? null : (mailAddress(value) ?? value);
}

/** `tipo` is `certificato` unless it says otherwise; an ordinary address is `esterno`. */
function readRecipient(element: XmlElement): PecRecipient[] {
  const value = address(element);
  if (value === null) return [];
  return [{ address: value, certified: (attribute(element, 'tipo') ?? 'certificato').toLowerCase() === 'certificato' }];
}

const bracketed = (id: string | null): string | null => (id === null || id.startsWith('<') ? id : `<${id}>`);
