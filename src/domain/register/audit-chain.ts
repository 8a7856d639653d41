import { sha256Of } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';

/** What the first record of an office's audit chain builds upon. */
export const CHAIN_START = '0'.repeat(64);

/** The hash of a record covers its content and the hash of the record before it. */
export const chainHash = (previous: string, content: string): Sha256 => sha256Of([previous, content]);
