/** What differs between two readings of the offices: named for people, and told apart for the jobs that depend on it. */
import type { Office } from '../register/office.ts';

type OfficeMailbox = Office['mailboxes'][number];

/** The configuration of an office, or of a part of it, as text: equal where nothing has changed. It holds secrets. */
const asText = (part: unknown): string =>
  JSON.stringify(part, (_, value: unknown) => {
    if (value instanceof Map) return [...value];
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  });

/** A key that was read again is another object; its certificate says whether it is the same. */
export const isSameOffice = (one: Office, other: Office): boolean => asText(one) === asText(other);
const isSameMailbox = (one: OfficeMailbox, other: OfficeMailbox): boolean => asText(one) === asText(other);
const isSameAccount = (one: Office, other: Office): boolean => asText(one.smtp) === asText(other.smtp);

export interface OfficeChanges {
  /** English, without secrets. */
  readonly sentences: readonly string[];
  readonly added: readonly Office[];
  /** Mailboxes that nobody reads any more. */
  readonly leftMailboxes: readonly { readonly aoo: Office['aoo']; readonly mailbox: string }[];
  /** Offices that send through another account, or with another password. */
  readonly otherAccounts: readonly Office[];
}

export function officeChanges(before: readonly Office[], after: readonly Office[]): OfficeChanges {
  const then = new Map(before.map((office) => [office.aoo, office]));
  const now = new Map(after.map((office) => [office.aoo, office]));
  const added = after.filter(({ aoo }) => !then.has(aoo));
  const left = before.filter(({ aoo }) => !now.has(aoo));
  const stayed = after.flatMap((office) => {
    const old = then.get(office.aoo);
    return old === undefined ? [] : [{ office, old, ...mailboxChanges(old, office) }];
  });
  return {
    sentences: [
      ...added.map(({ aoo }) => `office ${aoo} added`),
      ...left.map(({ aoo }) => `office ${aoo} removed`),
      ...stayed.flatMap(({ office, old, sentences }) =>
        sentences.length > 0 || isSameOffice(old, office) ? sentences : [`office ${office.aoo} changed`],
      ),
    ],
    added,
    leftMailboxes: [
      ...left.flatMap(({ aoo, mailboxes }) => mailboxes.map(({ address }) => ({ aoo, mailbox: address }))),
      ...stayed.flatMap(({ office: { aoo }, gone }) => gone.map((mailbox) => ({ aoo, mailbox }))),
    ],
    otherAccounts: stayed.flatMap(({ office, old }) => (isSameAccount(old, office) ? [] : [office])),
  };
}

function mailboxChanges(old: Office, office: Office): { sentences: readonly string[]; gone: readonly string[] } {
  const find = ({ mailboxes }: Office, wanted: string) => mailboxes.find(({ address }) => address === wanted);
  const gone = old.mailboxes.map(({ address }) => address).filter((address) => find(office, address) === undefined);
  const sentences = office.mailboxes.flatMap((mailbox) => {
    const before = find(old, mailbox.address);
    if (before === undefined) return [`mailbox ${mailbox.address} of ${office.aoo} added`];
    return isSameMailbox(before, mailbox) ? [] : [`mailbox ${mailbox.address} of ${office.aoo} changed`];
  });
  const withoutMailboxes = (one: Office): Office => ({ ...one, mailboxes: [] });
  const isOther = !isSameOffice(withoutMailboxes(old), withoutMailboxes(office));
  return {
    gone,
    sentences: [
      ...sentences,
      ...gone.map((address) => `mailbox ${address} of ${office.aoo} removed`),
      ...(isOther ? [`office ${office.aoo} changed`] : []),
    ],
  };
}
