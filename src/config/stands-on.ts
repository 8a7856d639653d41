/** The disks and certificates that a configuration stands on, besides the folder of trust. */
import type { NodeParts } from '../service/queries/node-state.ts';
import { DEFAULT_ACCESS } from './access.ts';
import type { Config } from './config.ts';
import { witnessPlaces } from './witness-places.ts';

export function standsOn({ dataFolder, witnessFolder = null, access = DEFAULT_ACCESS, offices }: Config): NodeParts {
  const { tls } = access;
  return {
    folders: [
      { use: 'documents', folder: `${dataFolder}/documents` },
      ...witnessPlaces(dataFolder, witnessFolder).map((folder) => ({ use: 'witness', folder }) as const),
    ],
    certificates: [
      ...(tls === null ? [] : [{ use: 'api', name: null, content: tls.cert } as const]),
      ...(tls === null || tls.ca === null ? [] : [{ use: 'clients', name: null, content: tls.ca } as const]),
      ...offices.flatMap(({ aoo, signer }) =>
        (signer === null ? [] : [signer.certificate, ...signer.chain]).map(
          (content) => ({ use: 'seal', name: aoo, content }) as const,
        ),
      ),
    ],
  };
}
