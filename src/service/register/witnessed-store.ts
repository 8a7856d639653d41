import type { AooId } from '../../kernel/ids.ts';
import type { Store } from './store.ts';

/**
 * Numbers and audit records that were committed are witnessed before the caller learns of them: what nobody has been told may
 * be lost with a database, what was told may not. Rejects when the witness cannot be written.
 */
export const witnessedStore = (store: Store, bear: (aoo: AooId) => Promise<void>): Store => ({
  ...store,
  async inOffice(aoo, work) {
    let isNumbered = false;
    const result = await store.inOffice(aoo, (tx) =>
      work({
        ...tx,
        async save(changes) {
          isNumbered ||= changes.counters.size > 0 || changes.audit.length > 0;
          await tx.save(changes);
        },
      }),
    );
    if (isNumbered) await bear(aoo);
    return result;
  },
});
