import { join } from 'node:path';

/** Every place of the witness: one in the data folder, and a second one where it is configured. */
export const witnessPlaces = (dataFolder: string, second: string | null): readonly string[] => [
  join(dataFolder, 'witness'),
  ...(second === null ? [] : [second]),
];
