import { problem } from '../../../kernel/problems.ts';
import type { ServiceStatus, Views } from '../../../service/queries/views.ts';

/** Whether this node can work: what it depends on is asked each time. */
export interface Readiness {
  /** Null: the database does not answer. */
  status(): Promise<ServiceStatus | null>;
  /** Why the document store cannot be written to, Italian; null: it can. */
  storageFault(): Promise<string | null>;
}

/** A disk that is away may never answer. */
const ANSWER_MS = 3_000;
/** Anybody may ask for the status; the disk is asked no more often than this. */
const REMEMBERED_MS = 2_000;

export function readinessOf(views: Pick<Views, 'status'>, storage?: () => Promise<void>): Readiness {
  let last: { readonly at: number; readonly fault: Promise<string | null> } | null = null;
  const probe = async (): Promise<string | null> => {
    const isWritable = await within(
      (storage?.() ?? Promise.resolve()).then(() => true),
      ANSWER_MS,
    );
    return isWritable ? null : problem('storage-unavailable').message;
  };
  return {
    status: () => within(views.status(), ANSWER_MS),
    storageFault() {
      const now = performance.now();
      if (last === null || now - last.at > REMEMBERED_MS) last = { at: now, fault: probe() };
      return last.fault;
    },
  };
}

/** Null when it fails or takes longer. */
async function within<T>(work: Promise<T>, milliseconds: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), milliseconds);
  });
  try {
    return await Promise.race([work.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
