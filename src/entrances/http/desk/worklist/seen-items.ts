/** What a person saw of each row of the list, as the form brings it back: an act on several is meant for just that. */
import type { WorkItem } from '../../../../service/queries/worklist.ts';
import type { PostedForm } from '../form.ts';

export interface SeenItem {
  readonly id: string;
  readonly version: number | null;
  readonly exchange: string | null;
  /** To name it where it is in the list no more. */
  readonly subject: string;
}

const MOST_SUBJECT = 200;
const SEEN = /^([0-9a-f-]{36}) (\d{1,9}|-) ([0-9a-f-]{36}|-) (.*)$/s;

export const seenField = ({ id, version, exchange, subject, mailbox }: WorkItem): string =>
  `${id} ${version ?? '-'} ${exchange ?? '-'} ${(subject ?? mailbox ?? 'senza oggetto').slice(0, MOST_SUBJECT)}`;

/** By the identifier of the item. */
export function seenIn(form: PostedForm): ReadonlyMap<string, SeenItem> {
  const seen = form.all('visto').flatMap((value): readonly SeenItem[] => {
    const [, id, version, exchange, subject = ''] = SEEN.exec(value) ?? [];
    if (id === undefined || version === undefined || exchange === undefined) return [];
    return [
      {
        ...{ id, subject: subject.slice(0, MOST_SUBJECT) },
        version: version === '-' ? null : Number(version),
        exchange: exchange === '-' ? null : exchange,
      },
    ];
  });
  return new Map(seen.map((one) => [one.id, one]));
}
