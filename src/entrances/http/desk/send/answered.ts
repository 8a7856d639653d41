import type { AooId } from '../../../../kernel/ids.ts';
import type { DeskCaller } from '../../../../service/people/caller.ts';
import type { RegistrationKey } from '../../../../service/register/changes.ts';

/** What is needed of a registration to answer it; null: there is none, or none for this person. */
export type AnsweredRegistration = (
  aoo: AooId,
  registration: RegistrationKey,
  caller: DeskCaller,
) => Promise<{
  readonly name: string;
  /** The certified address it came from; null: it came otherwise. */
  readonly address: string | null;
  readonly subject: string;
  /** Of the sender, `0000012/2026`. */
  readonly peerNumber: string | null;
} | null>;
