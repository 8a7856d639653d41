import type { ReceiptKind } from './receipt-texts.ts';

/** Misbehaviour on demand: the first thing an office's software has to survive. */
export type PecMailKind = ReceiptKind | 'posta-certificata' | 'anomalia';

/** What is done to a mail on its way into a mailbox. */
export type MailAction =
  /** Arrives late, without `milliseconds` when the rule is taken back; mail still under way at the stop is lost. */
  | { readonly do: 'delay'; readonly milliseconds?: number }
  /** Arrives twice, the same bytes. */
  | { readonly do: 'duplicate' }
  | { readonly do: 'drop' }
  /** One byte of the signed part differs. */
  | { readonly do: 'corrupt' }
  /** daticert.xml without `msgid`, as its DTD allows; with `everywhere` without X-Riferimento-Message-ID as well. */
  | { readonly do: 'omit-msgid'; readonly everywhere?: boolean }
  /** Signed otherwise: other digest, expired signer, foreign authority, SAN of another provider, not at all. */
  | { readonly do: 'sign'; readonly as: SignatureFault };
export type SignatureFault = 'sha1' | 'sha256' | 'expired' | 'foreign' | 'san-mismatch' | 'unsigned';

/** The recipient's provider cannot deliver. `timeout-12` and `timeout-24` send the notices at once, without waiting. */
export interface FailAction {
  readonly do: 'fail';
  readonly because: 'no-dest' | 'no-dominio' | 'altro' | 'virus' | 'timeout-12' | 'timeout-24';
}

/** A server refuses its client. `accept-and-disconnect`: the message is taken, the answer is lost. */
export interface RefuseAction {
  readonly do: 'refuse';
  readonly how: 'temporary' | 'permanent' | 'authentication' | 'disconnect' | 'accept-and-disconnect';
  /** `imap` knows `authentication` and `disconnect` at login only. */
  readonly service?: 'smtp' | 'imap';
}

/**
 * The SMTP client gets its 250 late, when envelope and receipts have long been in their mailboxes: after so many
 * milliseconds, or when the rule is taken back.
 */
export interface ReplyAction {
  readonly do: 'receipts-first';
  readonly milliseconds?: number;
}

/**
 * `stall`: no answer until the rule is taken back. `disconnect`: the connection is cut instead of an answer. `refuse`: NO.
 * `body-missing`: OK, but without the body. `body-cut`: half of the bytes. `size-understated`: half of RFC822.SIZE.
 * `date-missing`: no INTERNALDATE. `uidvalidity-…`: SELECT, EXAMINE and STATUS name another one, or none.
 */
export type ImapFault =
  | 'stall'
  | 'disconnect'
  | 'refuse'
  | 'body-missing'
  | 'body-cut'
  | 'size-understated'
  | 'date-missing'
  | 'uidvalidity-missing'
  | 'uidvalidity-changed';

/** The IMAP server answers as it should not. */
export interface ImapAction {
  readonly do: 'break-imap';
  readonly fault: ImapFault;
  /** The command it happens at (`FETCH`, `UID FETCH`, …; `GREETING`: before the first); any when omitted. */
  readonly command?: string;
  /** The one mail it happens at when that is fetched; any when omitted. */
  readonly uid?: number;
}

export interface Rule {
  readonly action: MailAction | FailAction | RefuseAction | ReplyAction | ImapAction;
  /** Kinds of mail it applies to; all when omitted. Of no meaning to the actions of servers and to `fail`. */
  readonly kind?: PecMailKind | readonly PecMailKind[];
  /** The sender of the message the mail is about; for the actions of servers, their user. */
  readonly from?: string;
  /** The recipient a transport or delivery answer is about, else the mailbox it goes to. */
  readonly to?: string;
  /** How often; for ever when omitted. */
  readonly times?: number;
}

export interface Occasion {
  readonly kind?: PecMailKind;
  readonly from: string;
  readonly to?: string | readonly string[];
}

/** An action that applies; `released` resolves when its rule is taken back, also after it counted for the last time. */
export type TakenAction<Name extends Rule['action']['do']> = Extract<Rule['action'], { readonly do: Name }> & {
  readonly released: Promise<void>;
};

export interface Rules {
  /** Returns the way to take the rule back. */
  add(rule: Rule): () => void;
  /** Actions of one family that apply now, in the order they were added; each counts as one of its `times`. */
  take<Action extends Rule['action']['do']>(
    family: readonly Action[],
    occasion: Occasion,
    accepts?: (action: Extract<Rule['action'], { readonly do: Action }>) => boolean,
  ): readonly TakenAction<Action>[];
}

export function createRules(): Rules {
  const entries = new Set<{ readonly rule: Rule; readonly released: Promise<void>; left: number }>();
  return {
    add(rule) {
      const { promise: released, resolve } = Promise.withResolvers<void>();
      const entry = { rule, released, left: rule.times ?? Number.POSITIVE_INFINITY };
      entries.add(entry);
      return () => {
        entries.delete(entry);
        resolve();
      };
    },
    take(family, occasion, accepts = () => true) {
      type Name = (typeof family)[number];
      type Wanted = Extract<Rule['action'], { readonly do: Name }>;
      const wanted = (action: Rule['action']): action is Wanted => family.some((name) => name === action.do);
      const taken: TakenAction<Name>[] = [];
      for (const entry of entries) {
        const { action } = entry.rule;
        if (!wanted(action) || !accepts(action) || !applies(entry.rule, occasion)) continue;
        taken.push({ ...action, released: entry.released });
        entry.left -= 1;
        if (entry.left <= 0) entries.delete(entry);
      }
      return taken;
    },
  };
}

function applies(rule: Rule, occasion: Occasion): boolean {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  if (rule.kind !== undefined && occasion.kind !== undefined && ![rule.kind].flat().includes(occasion.kind))
    return false;
  if (rule.from !== undefined && !same(rule.from, occasion.from)) return false;
  const to = rule.to;
  return to === undefined || [occasion.to ?? []].flat().some((address) => same(address, to));
}

/** When what an action withholds may go on; null: at once. The timer keeps no process alive. */
export function lifted(
  actions: readonly (TakenAction<'delay'> | TakenAction<'receipts-first'>)[],
): Promise<void> | null {
  const waits = actions.map(({ milliseconds, released }) => {
    if (milliseconds === undefined) return released;
    return new Promise<void>((resolve) => setTimeout(resolve, milliseconds).unref());
  });
  return waits.length === 0 ? null : Promise.all(waits).then(() => undefined);
}
