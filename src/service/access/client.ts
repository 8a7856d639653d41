import type { AooId } from '../../kernel/ids.ts';
import type { Scope } from './scopes.ts';

/** Who is calling. A credential belongs to one AOO; only the node's administrator has none. */
export interface Client {
  readonly id: string;
  readonly name: string;
  readonly aoo: AooId | null;
  readonly scopes: ReadonlySet<Scope>;
  readonly how: 'api-key' | 'jwt' | 'certificate' | 'node-token';
}
