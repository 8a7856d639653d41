import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { mailAddress } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { PecRecipient } from '../../model/pec.ts';
import { decodeCharset } from '../mime/words.ts';

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
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  // The five predefined entities are resolved by `plain` below; there are no others without a DOCTYPE.
  processEntities: false,
  removeNSPrefix: true,
  isArray: (name) => name === 'destinatari',
});

export function readDaticert(bytes: Buffer): Result<Daticert> {
  if (bytes.length > LIMITS.daticertBytes) return invalid(`più di ${LIMITS.daticertBytes} byte`);
  const xml = decode(bytes);
  // The wire has no DOCTYPE; whoever sends one wants its entities.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(xml)) return invalid('contiene un DOCTYPE');
  let document: unknown;
  try {
    if (XMLValidator.validate(xml) !== true) return invalid('XML non ben formato');
    document = parser.parse(xml);
  } catch {
    return invalid('XML non ben formato');
  }
  const root = child(document, 'postacert');
  const type = attribute(root, 'tipo')?.toLowerCase();
  if (!type) return invalid('manca il tipo');
  const header = child(root, 'intestazione');
  const data = child(root, 'dati');
  const recipients = child(header, 'destinatari');
  return ok({
    type,
    error: attribute(root, 'errore')?.toLowerCase() ?? 'nessuno',
    errorDetail: text(child(data, 'errore-esteso')),
    sender: address(child(header, 'mittente')),
    recipients: (Array.isArray(recipients) ? recipients : []).flatMap(readRecipient),
    certifiedAt: readTime(child(data, 'data')),
    identifier: text(child(data, 'identificativo')),
    messageId: bracketed(text(child(data, 'msgid'))),
    receiptType: attribute(child(data, 'ricevuta'), 'tipo')?.toLowerCase() ?? null,
    deliveredTo: address(child(data, 'consegna')),
  });
}

const invalid = (detail: string): Result<never> => refuse(problem('pec-daticert-invalid', 'daticert.xml', detail));

/** UTF-8 unless the declaration says otherwise. */
function decode(bytes: Buffer): string {
  const declaration = /^\s*<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}["']([\w.:-]{1,40})["']/.exec(
    bytes.toString('latin1', 0, 300),
  );
  return decodeCharset(bytes, declaration?.[1] ?? 'utf-8').replace(/^\uFEFF/, '');
}

/** A property of what the parser made; of repeated elements, where one is meant, the first. */
function child(node: unknown, name: string): unknown {
  const one = Array.isArray(node) ? node[0] : node;
  return typeof one === 'object' && one !== null && Object.hasOwn(one, name)
    ? (one as Record<string, unknown>)[name]
    : undefined;
}

function text(node: unknown): string | null {
  const one = Array.isArray(node) ? node[0] : node;
  const value = typeof one === 'string' ? one : child(one, '#text');
  return typeof value === 'string' && value.trim() !== '' ? plain(value.trim()) : null;
}

function attribute(node: unknown, name: string): string | null {
  const value = child(node, `@${name}`);
  return typeof value === 'string' && value.trim() !== '' ? plain(value.trim()) : null;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const plain = (value: string): string =>
  value.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(lt|gt|amp|quot|apos));/gi, (all, decimal, hex, name) => {
    if (name) return ENTITIES[String(name).toLowerCase()] ?? all;
    const point = decimal ? Number(decimal) : Number.parseInt(String(hex), 16);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : all;
  });

function address(node: unknown): string | null {
  const value = text(node);
  return value === null ? null : (mailAddress(value) ?? value);
}

/** `tipo` defaults to `certificato`; an ordinary address is `esterno`. */
function readRecipient(node: unknown): PecRecipient[] {
  const value = address(node);
  if (value === null) return [];
  return [{ address: value, certified: (attribute(node, 'tipo') ?? 'certificato').toLowerCase() === 'certificato' }];
}

const bracketed = (id: string | null): string | null => (id === null || id.startsWith('<') ? id : `<${id}>`);

/** `data` holds `giorno` dd/mm/yyyy and `ora` hh:mm:ss in the zone `±hhmm`. */
function readTime(data: unknown): string | null {
  const date = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text(child(data, 'giorno')) ?? '');
  const time = /^(\d{1,2}):(\d{2}):(\d{2})$/.exec(text(child(data, 'ora')) ?? '');
  const zone = /^([+-])(\d{2}):?(\d{2})$/.exec(attribute(data, 'zona') ?? '');
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
