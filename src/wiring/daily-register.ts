/** What closes the registers of days and years, and makes them again. */

import manifest from '../../package.json' with { type: 'json' };
import { postgresRegisterContents } from '../adapters/postgres/daily-register/register-contents.ts';
import { registerPdfProcess } from '../adapters/register-pdf/register-pdf-process.ts';
import type { Clock } from '../kernel/clock.ts';
import type { CloseDeps } from '../service/daily-register/close-register.ts';
import type { Store } from '../service/register/store.ts';

interface Parts {
  readonly pool: Parameters<typeof postgresRegisterContents>[0];
  readonly store: Store;
  readonly documents: CloseDeps['documents'];
  readonly clock: Clock;
}

export const closeDeps = ({ pool, store, documents, clock }: Parts): CloseDeps => ({
  contents: postgresRegisterContents(pool),
  writePdf: registerPdfProcess(),
  ...{ store, documents, clock },
  software: `InterPro ${manifest.version}`,
});
