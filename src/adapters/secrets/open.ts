import type { Secrets } from '../../service/access/secrets.ts';
import { localKey } from './key-file.ts';
import { sealedWith } from './sealed.ts';

/** `keyFolder`: where a key is made and kept when none is configured; null: then nothing can be sealed. */
export const openSecrets = async (keys: readonly Uint8Array[], keyFolder: string | null): Promise<Secrets> =>
  sealedWith(keys.length === 0 && keyFolder !== null ? [await localKey(keyFolder)] : keys);
