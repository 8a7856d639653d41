import { type Problem, type ProblemCode, problem } from '../../kernel/problems.ts';
import type { SegnaturaMessage } from '../../model/segnatura.ts';
import { shortened } from './problem-collector.ts';

/** Where the message that was read back says less than the written one, or something else. */
export function lossesBetween(before: SegnaturaMessage, after: SegnaturaMessage): readonly Problem[] {
  const lost: Problem[] = [];
  compare(before, after, [], lost);
  return lost;
}

/** Not reported: places, and how something was written where its whole meaning is kept. */
const FORM = new Set(['at', 'asPath', 'senderCodes', 'sharesDestination', 'headingSubject', 'after']);

type Step = string | number;

function compare(before: unknown, after: unknown, path: readonly Step[], lost: Problem[]): void {
  if (saysNothing(before) || before === after) return;
  const bothLists = Array.isArray(before) && Array.isArray(after) && before.length === after.length;
  const bothObjects = isObject(before) && isObject(after);
  if (Array.isArray(before) && Array.isArray(after) && compareShorter(before, after, path, lost)) return;
  if (bothLists) for (const [index, each] of before.entries()) compare(each, after[index], [...path, index], lost);
  else if (!bothObjects) lost.push(loss(path, before));
  else {
    for (const [key, value] of Object.entries(before)) {
      if (FORM.has(key) || (key === 'written' && path.at(-1) !== 'digest')) continue;
      compare(value, after[key], [...path, key], lost);
    }
  }
}

/** Where a list has kept some of its elements, in order: which ones it lost. False where that cannot be told. */
function compareShorter(
  before: readonly unknown[],
  after: readonly unknown[],
  path: readonly Step[],
  lost: Problem[],
): boolean {
  if (after.length === 0 || after.length >= before.length) return false;
  const found: Problem[] = [];
  let next = 0;
  for (const [index, each] of before.entries()) {
    if (next < after.length && isWithin(after[next], each)) compare(each, after[next++], [...path, index], found);
    else if (!saysNothing(each)) found.push(loss([...path, index], each));
  }
  if (next < after.length) return false;
  lost.push(...found);
  return true;
}

/** Whether `part` says nothing that `whole` does not say. */
function isWithin(part: unknown, whole: unknown): boolean {
  if (saysNothing(part) || part === whole) return true;
  if (Array.isArray(part))
    return Array.isArray(whole) && part.length === whole.length && part.every((one, at) => isWithin(one, whole[at]));
  if (!isObject(part) || !isObject(whole)) return false;
  return Object.entries(part).every(([key, value]) => FORM.has(key) || isWithin(value, whole[key]));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null, an empty text, false, and lists and objects of nothing but these. */
function saysNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  if (typeof value === 'string') return value.trim() === '';
  return typeof value === 'object' && Object.values(value).every(saysNothing);
}

/** Codes by field; the innermost field listed here counts. */
const CODES: Readonly<Record<string, ProblemCode>> = {
  register: 'convert-register',
  number: 'convert-number',
  time: 'convert-time',
  clock: 'convert-time',
  administrationName: 'convert-code-name',
  codeName: 'convert-code-name',
  aooName: 'convert-code-name',
  office: 'convert-office',
  officePath: 'convert-office',
  address: 'convert-contacts',
  contacts: 'convert-contacts',
  phones: 'convert-contacts',
  faxes: 'convert-contacts',
  destination: 'convert-contacts',
  origin: 'convert-contacts',
  reply: 'convert-contacts',
  replyTo: 'convert-reply',
  postalAddress: 'convert-postal-address',
  persons: 'convert-person',
  taxCode: 'convert-tax-code',
  copy: 'convert-copy',
  classifications: 'convert-classification',
  reserved: 'convert-reserved',
  reserve: 'convert-reserved',
  operatorRequest: 'convert-operator-request',
  paperDocuments: 'convert-paper-documents',
  telematicReferences: 'convert-telematic-references',
  notes: 'convert-notes',
  documentNotes: 'convert-notes',
  digest: 'convert-digest',
  written: 'convert-digest-encoding',
  label: 'convert-digest-encoding',
  place: 'convert-place',
  declaredTelematic: 'convert-place',
  location: 'convert-place',
  signed: 'convert-signature-flags',
  sealed: 'convert-signature-flags',
  timestamped: 'convert-signature-flags',
  dossier: 'convert-dossier',
  dossiers: 'convert-dossier',
  moreInfo: 'convert-more-info',
  folder: 'convert-folder',
  firstRegistration: 'convert-first-registration',
  references: 'convert-references',
  proceedings: 'convert-proceedings',
  received: 'convert-received',
  documents: 'convert-document',
};

function loss(path: readonly Step[], before: unknown): Problem {
  const named = path.findLast((step): step is string => typeof step === 'string' && Object.hasOwn(CODES, step));
  const code = (named === undefined ? undefined : CODES[named]) ?? 'convert-detail';
  const at = path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
  return problem(code, at, detailOf(path, before));
}

/** The lost text, shortened, or what something lost is called; nothing for other values, and never a credential. */
function detailOf(path: readonly Step[], before: unknown): string {
  if (path.includes('place')) return '';
  const text = typeof before === 'string' ? before : nameOf(before);
  return text === '' ? '' : `«${shortened(text)}»`;
}

/** Of one thing, or of the only one of a list. */
function nameOf(lost: unknown): string {
  if (Array.isArray(lost)) return lost.length === 1 ? nameOf(lost[0]) : '';
  if (!isObject(lost)) return '';
  const { description, code, familyName, name, number, identifier } = lost;
  const named = [description, code, familyName, name, number].find((one) => typeof one === 'string' && one !== '');
  return typeof named === 'string' ? named : nameOf(identifier);
}
