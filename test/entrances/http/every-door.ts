import type { HttpDeps } from '../../../src/entrances/http/server.ts';

type Doors = Omit<HttpDeps, 'log' | 'token' | 'api'>;

/** Everything the server can be given, so that every route is declared; none of it may be used. */
export function everyDoor(): { readonly doors: Doors } {
  const part = (name: string): never =>
    new Proxy(
      {},
      {
        get: (_target, member) => () => Promise.reject(new Error(`${name}.${String(member)} was used`)),
      },
    ) as never;
  return {
    doors: {
      views: part('views'),
      office: part('office'),
      webhooks: part('webhooks'),
      credentials: part('credentials'),
      index: {
        lookUp: part('lookUp'),
        entries: part('entries'),
        layer: part('layer'),
        resolve: part('resolve'),
        layerDeps: part('layerDeps'),
        imports: part('imports'),
        publicPerMinute: null,
      },
    },
  };
}
