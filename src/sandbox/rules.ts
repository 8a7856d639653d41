import type { ReceiptKind } from './receipt-texts.ts';

/** The kinds of mail that rules select by. */
export type PecMailKind = ReceiptKind | 'posta-certificata' | 'anomalia';

/** What happens to a mail on its way into a mailbox. */
export type MailAction =
  /** Arrives after `milliseconds`, or when the rule is taken back. Mail still under way when the sandbox stops is lost. */
  | { readonly do: 'delay'; readonly milliseconds?: number }
  /** Arrives twice, the same bytes. */
  | { readonly do: 'duplicate' }
  | { readonly do: 'drop' }
  /** One byte of the signed part differs. */
  | { readonly do: 'corrupt' }
  /** daticert.xml has no `msgid`, as its DTD allows; with `everywhere`, X-Riferimento-Message-ID is missing too. */
  | { readonly do: 'omit-msgid'; readonly everywhere?: boolean }
  /** Signed with another digest, an expired signer, a foreign authority or another provider's SAN, or not at all. */
  | { readonly do: 'sign'; readonly as: SignatureFault };
export type SignatureFault = 'sha1' | 'sha256' | 'expired' | 'foreign' | 'san-mismatch' | 'unsigned';

/** The recipient's provider cannot deliver. `timeout-12` and `timeout-24` send their notices at once. */
export interface FailAction {
  readonly do: 'fail';
  readonly because: 'no-dest' | 'no-dominio' | 'altro' | 'virus' | 'timeout-12' | 'timeout-24';
}

/** A server refuses its client. `accept-and-disconnect`: the message is accepted, but the answer is lost. */
export interface RefuseAction {
  readonly do: 'refuse';
  readonly how: 'temporary' | 'permanent' | 'authentication' | 'disconnect' | 'accept-and-disconnect';
  /** SMTP when omitted. With `imap`, only `authentication` and `disconnect`, at the login. */
  readonly service?: 'smtp' | 'imap';
}

/**
 * The SMTP client gets its 250 after envelope and receipts have arrived in their mailboxes: after `milliseconds`, or when
 * the rule is taken back.
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

/** The IMAP server breaks its protocol. */
export interface ImapAction {
  readonly do: 'break-imap';
  readonly fault: ImapFault;
  /** The command it happens at (`FETCH`, `UID FETCH`, …, or `GREETING`); any command when omitted. */
  readonly command?: string;
  /** It happens when the mail with this UID is fetched; any mail when omitted. */
  readonly uid?: number;
}

export interface Rule {
  readonly action: MailAction | FailAction | RefuseAction | ReplyAction | ImapAction;
  /** The kinds of mail it applies to; all when omitted. Ignored by `fail` and by the actions of servers. */
  readonly kind?: PecMailKind | readonly PecMailKind[];
  /** The sender of the message that the mail is about; for the actions of servers, the user. */
  readonly from?: string;
  /** The recipient that an envelope or a delivery receipt is about; for other mail, its mailbox. */
  readonly to?: string;
  /** How often it applies; always when omitted. */
  readonly times?: number;
}

export interface Occasion {
  readonly kind?: PecMailKind;
  readonly from: string;
  readonly to?: string | readonly string[];
}

/** An action that applies. `released` resolves when its rule is taken back, even after its last time. */
export type TakenAction<Name extends Rule['action']['do']> = Extract<Rule['action'], { readonly do: Name }> & {
  readonly released: Promise<void>;
};

export interface Rules {
  /** Returns a function that takes the rule back. */
  add(rule: Rule): () => void;
  /** The actions of one family that apply now, in the order in which they were added. Each uses up one of its `times`. */
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

/** Resolves when what these actions hold back may go on; null: at once. Its timers do not keep the process alive. */
export function lifted(
  actions: readonly (TakenAction<'delay'> | TakenAction<'receipts-first'>)[],
): Promise<void> | null {
  const waits = actions.map(({ milliseconds, released }) => {
    if (milliseconds === undefined) return released;
    return new Promise<void>((resolve) => setTimeout(resolve, milliseconds).unref());
  });
  return waits.length === 0 ? null : Promise.all(waits).then(() => undefined);
}
