/** To whom the index or the regional layer gives a certified address. Anybody can write codes; nobody can fake the address. */

import type { MailAddress } from '../../kernel/ids.ts';
import { sameText } from '../../kernel/same-text.ts';

export interface AddressOwner {
  readonly address: MailAddress;
  /** IPA code. */
  readonly body: string;
  /** The codes of the one AOO whose address it is; null: it is its body's, for all of its AOOs. */
  readonly aoo: readonly string[] | null;
}

/** A body, or the AOO of it that has this code. */
export interface NamedAoo {
  readonly body: string | null | undefined;
  readonly aoo: string | null | undefined;
}

/** Whether one of the owners is this AOO, or its body. A body whose AOO is not known owns what its AOOs own. */
export const isOwner = (owners: readonly AddressOwner[], { body, aoo }: NamedAoo): boolean =>
  owners.some(
    (owner) =>
      sameText(owner.body, body) &&
      (owner.aoo === null || aoo == null || owner.aoo.some((code) => sameText(code, aoo))),
  );
