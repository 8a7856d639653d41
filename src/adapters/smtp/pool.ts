import { sha256 } from '../../kernel/digest.ts';
import type { SmtpAccount } from '../../service/register/accounts.ts';
import { type SessionTimes, SmtpSession } from './session.ts';

export interface PoolLimits {
  /** Connections to one account at the same time; providers allow few. */
  readonly perAccount: number;
  /** An unused connection is closed after so long. */
  readonly idleMs: number;
  /** Many servers close a connection after a hundred mails. */
  readonly mailsPerConnection: number;
}

interface Lane {
  busy: number;
  readonly idle: { session: SmtpSession; timer: NodeJS.Timeout }[];
  readonly waiting: (() => void)[];
}

/** Connections kept open between mails, a few per account. Nothing is queued or sent again here: the outbox does that. */
export class SmtpPool {
  readonly #lanes = new Map<string, Lane>();
  readonly #times: SessionTimes;
  readonly #limits: PoolLimits;
  #closed = false;

  constructor(times: SessionTimes, limits: PoolLimits) {
    this.#times = times;
    this.#limits = limits;
  }

  /** Runs `work` with a connection nobody else uses, freshly opened when `fresh`. */
  async with<T>(
    account: SmtpAccount,
    { fresh, signal }: { readonly fresh: boolean; readonly signal?: AbortSignal | undefined },
    work: (session: SmtpSession) => Promise<T>,
  ): Promise<T> {
    const lane = this.#lane(account);
    while (lane.busy >= this.#limits.perAccount) await new Promise<void>((resolve) => lane.waiting.push(resolve));
    lane.busy += 1;
    try {
      const session = (fresh ? undefined : this.#reuse(lane)) ?? (await SmtpSession.open(account, this.#times, signal));
      try {
        const result = await work(session);
        this.#keep(lane, session);
        return result;
      } catch (error) {
        session.close();
        throw error;
      }
    } finally {
      lane.busy -= 1;
      lane.waiting.shift()?.();
    }
  }

  close(): void {
    this.#closed = true;
    for (const lane of this.#lanes.values()) {
      for (const { session, timer } of lane.idle.splice(0)) {
        clearTimeout(timer);
        session.quit();
      }
    }
  }

  #lane(account: SmtpAccount): Lane {
    // A changed password or CA is another account; the digest keeps the secret out of the map's keys.
    const key = sha256(JSON.stringify(account));
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { busy: 0, idle: [], waiting: [] };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #reuse(lane: Lane): SmtpSession | undefined {
    for (let last = lane.idle.pop(); last !== undefined; last = lane.idle.pop()) {
      clearTimeout(last.timer);
      last.session.onEnd = () => undefined;
      if (last.session.open) return last.session;
    }
    return undefined;
  }

  #keep(lane: Lane, session: SmtpSession): void {
    if (this.#closed || !session.open || session.sent >= this.#limits.mailsPerConnection) {
      session.quit();
      return;
    }
    const drop = () => {
      const at = lane.idle.findIndex((one) => one.session === session);
      if (at < 0) return;
      for (const { timer } of lane.idle.splice(at, 1)) clearTimeout(timer);
    };
    const timer = setTimeout(() => {
      drop();
      session.quit();
    }, this.#limits.idleMs);
    timer.unref();
    session.onEnd = drop;
    lane.idle.push({ session, timer });
  }
}
