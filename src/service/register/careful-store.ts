/** The store of the command line, which works beside the service or before it. */
import type { AooId } from '../../kernel/ids.ts';
import type { Store } from './store.ts';
import { OfficeStoppedError, type Witness } from './witness.ts';
import { witnessedStore } from './witnessed-store.ts';

/**
 * A database that is behind its witness numbers nothing, though no service has looked yet; and a number that this process has
 * taken is witnessed before it is printed.
 */
export function carefulStore(store: Store, { bear, check }: Witness, places: readonly string[]): Store {
  const looked = new Map<AooId, Promise<unknown>>();
  const careful: Store = {
    ...store,
    async inOffice(aoo, work) {
      const look = looked.get(aoo) ?? check([aoo]);
      looked.set(aoo, look);
      await look;
      return store.inOffice(aoo, work);
    },
  };
  return witnessedStore(careful, (aoo) =>
    bear(aoo).catch((error: unknown) => {
      if (error instanceof OfficeStoppedError) throw error;
      throw new Error(
        `it is registered and queued, do not repeat it; but its witness in ${places.join(', ')} cannot be written`,
        {
          cause: error,
        },
      );
    }),
  );
}
