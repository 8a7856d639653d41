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

/** What is needed of a sent message to remind its recipient; null: there is none, or none for this person. */
export type RemindedExchange = (
  aoo: AooId,
  exchangeId: string,
  caller: DeskCaller,
) => Promise<{
  /** As a line of the form has it: `Name <address>`. */
  readonly recipient: string;
  readonly subject: string;
  /** Of this register, `0000012/2026`. */
  readonly number: string;
  readonly sentAt: Date;
} | null>;

/** `2026/0001234`, as the address of an answer names what is answered; null: it names nothing. */
export function answeredNumber(text: string): Omit<RegistrationKey, 'register'> | null {
  const [, year, number] = /^(\d{4})\/0*(\d{1,12})$/.exec(text) ?? [];
  return year === undefined || number === undefined ? null : { year: Number(year), number: Number(number) };
}
