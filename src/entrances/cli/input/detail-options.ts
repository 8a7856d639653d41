import { isDay } from '../../../kernel/clock.ts';
import type { MessageReference } from '../../../model/segnatura.ts';
import type { MessageDetails } from '../../../service/outgoing/message-details.ts';

/** Options of `send` that say more of a message; the API takes all that a segnatura has a place for. */
const text = { type: 'string' } as const;
const several = { type: 'string', multiple: true } as const;
export const DETAIL_OPTIONS = {
  text,
  office: several,
  person: several,
  title: several,
  'reply-to': text,
  reserved: text,
  notes: text,
  folder: text,
  reference: several,
} as const;

export const DETAIL_HELP = `  --text TEXT            the text of the mail that carries the message
  --office NAME[=CODE]   the office inside the AOO that writes, outermost first; CODE (IPA's) is what 3.0.0 needs
  --person NAME/FAMILY NAME[/ROLE]   who writes there; may be repeated
  --title TEXT           title of a document; repeated, in the order of the files ('' for none)
  --reply-to ADDRESS     where answers go: another certified address of the same office
  --reserved REASON      asks for reserved handling ('' without a reason)
  --notes TEXT
  --folder CODE[=NAME]   the fascicolo (3.0.0 only)
  --reference IPA/AOO/REGISTER/NUMBER/DAY   an earlier message; may be repeated`;

type Given = { readonly [Name in keyof typeof DETAIL_OPTIONS]?: string | string[] | undefined };

/** Longest texts, as the API takes them. */
const LONGEST = { text: 20_000, title: 2_000, notes: 5_000, reserved: 500, name: 300 } as const;

/** Null: nothing was said. A text: what is wrong. */
export function detailsOf(given: Given, files: number): MessageDetails | string | null {
  const one = (name: keyof Given): string | undefined => given[name] as string | undefined;
  const all = (name: keyof Given): readonly string[] => (given[name] as string[] | undefined) ?? [];
  const titles = all('title');
  if (titles.length > files) return '--title: there are more titles than files';
  const long = Object.entries(LONGEST).find(([name, most]) =>
    [given[name as keyof Given] ?? []].flat().some((said) => said.length > most),
  );
  if (long !== undefined) return `--${long[0]} is longer than ${long[1]} characters`;
  for (const name of ['text', 'notes', 'reply-to', 'folder'] as const)
    if (one(name)?.trim() === '') return `--${name} is empty`;
  const persons = all('person').map((said) => said.split('/').map((part) => part.trim()));
  if (persons.some((parts) => parts.length < 2 || parts.length > 3 || parts[1] === ''))
    return '--person: NAME/FAMILY NAME[/ROLE], as in Anna/Prova/Responsabile';
  const references = all('reference').map(referenceOf);
  const offices = all('office').map((said) => codeBehind(said));
  if (offices.some(({ name }) => name === '')) return '--office: NAME[=CODE]';
  if (references.includes(null)) return '--reference: IPA/AOO/REGISTER/NUMBER/yyyy-mm-dd';
  const folder = one('folder');
  const [code = '', ...named] = folder?.split('=') ?? [];
  const details: MessageDetails = {
    ...optional('text', one('text')),
    ...optional('replyTo', one('reply-to')),
    ...optional('reserved', one('reserved')),
    ...optional('notes', one('notes')),
    ...(offices.length > 0 && { offices }),
    ...(persons.length > 0 && { persons: persons.map(personOf) }),
    ...(folder !== undefined && { folder: { code: code.trim(), name: named.join('=').trim() || null } }),
    ...(references.length > 0 && { references: references.filter((each) => each !== null) }),
    ...(titles.length > 0 && { documents: titles.map((title) => ({ title: title.trim() || null })) }),
  };
  return Object.keys(details).length === 0 ? null : details;
}

const optional = <Name extends string>(name: Name, said: string | undefined) =>
  (said === undefined ? {} : { [name]: said }) as { readonly [K in Name]?: string };

function codeBehind(said: string): { readonly name: string; readonly code: string | null } {
  const [name = '', code = ''] = said.split('=');
  return { name: name.trim(), code: code.trim() || null };
}

const personOf = ([firstName = '', familyName = '', role = '']: readonly string[]) => ({
  ...{ firstName: firstName || null, familyName, role: role || null },
  ...{ fullName: null, title: null, taxCode: null },
});

function referenceOf(said: string): MessageReference | null {
  const [administration = '', aoo = '', register = '', number = '', date = '', ...more] = said.split('/');
  const isWhole = [administration, aoo, register].every((code) => /^[A-Za-z0-9._-]{1,16}$/.test(code));
  if (!isWhole || !/^[0-9]{1,20}$/.test(number) || !isDay(date) || more.length > 0) return null;
  const identifier = { administration, aoo, register, number: number.padStart(7, '0'), date, time: null };
  return { identifier, firstRegistration: null, description: null };
}
