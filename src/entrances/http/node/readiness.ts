import { problem } from '../../../kernel/problems.ts';
import type { ServiceStatus, Views } from '../../../service/queries/views.ts';

/** What a service cannot work without; null: it cannot be had. */
export interface Readiness {
  status(): Promise<ServiceStatus | null>;
  /** Why the document store cannot be written to, Italian; null: it can. */
  storageFault(): Promise<string | null>;
}

/** A disk that is away may keep everybody waiting who asks it. */
const ANSWER_MS = 3_000;
/** Anybody may ask for the status: the disk is asked so often at most. */
const REMEMBERED_MS = 2_000;

export function readinessOf(views: Pick<Views, 'status'>, storage?: () => Promise<void>): Readiness {
  let asked: { readonly at: number; readonly fault: Promise<string | null> } | null = null;
  const probe = async (): Promise<string | null> => {
    const written = await within(
      (storage?.() ?? Promise.resolve()).then(() => true),
      ANSWER_MS,
    );
    return written ? null : problem('storage-unavailable').message;
  };
  return {
    status: () => within(views.status(), ANSWER_MS),
    storageFault() {
      const now = performance.now();
      if (asked === null || now - asked.at > REMEMBERED_MS) asked = { at: now, fault: probe() };
      return asked.fault;
    },
  };
}

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
