import type { AooId } from '../../kernel/ids.ts';
import type { Role } from './rights.ts';

/** The person behind a request to the desk, with what it is in the office it works for now. */
export interface DeskCaller {
  readonly personId: string;
  readonly name: string;
  readonly login: string;
  readonly sessionId: string;
  /** Null: none, as an administrator of the node. */
  readonly aoo: AooId | null;
  /** In `aoo`; those of the node included. */
  readonly roles: ReadonlySet<Role>;
  /** Units of `aoo` that it belongs to today, those of persons it stands in for included. */
  readonly units: readonly string[];
  /** Of `units`, those it heads today. */
  readonly headOf: readonly string[];
  /** Administers the whole node, not one office of it. */
  readonly ofNode: boolean;
  /** WCAG 2.1.4: commands of a single key are on. */
  readonly singleKeys: boolean;
}
