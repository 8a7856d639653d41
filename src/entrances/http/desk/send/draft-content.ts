/** What a person has typed of a message, kept as it stands, and the message it makes. */
import type { NamedRecipient } from '../../../../service/outgoing/resolve-recipients.ts';
import type { SendToRequest } from '../../../../service/outgoing/send-to.ts';
import type { UploadedDocument } from '../../../../service/uploads/use-uploads.ts';
import type { PostedForm } from '../form.ts';
import { type RecipientLine, recipientLines } from './recipient-lines.ts';

export type DraftContent = Readonly<Record<string, readonly string[]>>;

/** Fields of the form, as they are kept. `documento`: uploads, in their order; `principale`: one of them. */
export const SEND_FIELDS = [
  'destinatari',
  'conoscenza',
  'oggetto',
  'testo',
  'conferma',
  'classifica',
  'risposta',
  'riservato',
  'documento',
  'principale',
] as const;
type SendField = (typeof SEND_FIELDS)[number];

export const draftContentOf = (form: PostedForm): DraftContent =>
  Object.fromEntries(SEND_FIELDS.map((name) => [name, form.all(name)]));

export const valueIn = (content: DraftContent, name: SendField): string => content[name]?.at(-1) ?? '';

/** The code alone: what a suggestion leaves in the field goes on with its title. */
export const classIn = (content: DraftContent): string => valueIn(content, 'classifica').trim().split(/\s/, 1)[0] ?? '';

/** The uploads, the main one first. */
export function uploadsIn(content: DraftContent): readonly string[] {
  const all = [...new Set(content['documento'] ?? [])];
  const main = valueIn(content, 'principale');
  return all.includes(main) ? [main, ...all.filter((id) => id !== main)] : all;
}

export interface ListedLine extends RecipientLine {
  readonly copy: boolean;
}

/** Those in the order of the request: first who it is for, then who gets it for information. */
export const linesIn = (content: DraftContent): readonly ListedLine[] => [
  ...recipientLines(valueIn(content, 'destinatari')).map((line) => ({ ...line, copy: false })),
  ...recipientLines(valueIn(content, 'conoscenza')).map((line) => ({ ...line, copy: true })),
];

/** Who sends, and in whose register. */
export interface WhoSends {
  readonly personId: string;
  readonly name: string;
  readonly register: string;
}

/** `classTitle`: of the class in the office's plan, where it has one. */
export function sendRequestOf(
  content: DraftContent,
  documents: readonly UploadedDocument[],
  { classTitle, person }: { readonly classTitle: string | null; readonly person: WhoSends },
): SendToRequest {
  const lines = linesIn(content);
  const those = (copy: boolean): readonly NamedRecipient[] =>
    lines.filter((line) => line.copy === copy).map(({ recipient }) => recipient);
  const text = valueIn(content, 'testo');
  const code = classIn(content);
  const answered = valueIn(content, 'risposta').trim();
  const [, number, year] = /nostro protocollo n\. 0*(\d{1,12})\/(\d{4})/.exec(answered) ?? [];
  const precedent =
    number === undefined ? null : { register: person.register, year: Number(year), number: Number(number) };
  return {
    desk: {
      person: { personId: person.personId, name: person.name },
      precedent,
      reserved: valueIn(content, 'riservato') === 'si',
    },
    to: those(false),
    copies: those(true),
    addressAsItIs: false,
    generation: null,
    subject: valueIn(content, 'oggetto').trim(),
    confirmationRequested: valueIn(content, 'conferma') === 'si',
    classifications: code === '' ? [] : [{ name: classTitle, levels: code.split(/[./]/) }],
    documents,
    details: {
      ...(text.trim() !== '' && { text }),
      ...(answered !== '' && { references: [{ identifier: null, firstRegistration: null, description: answered }] }),
    },
  };
}
