import type { HttpDeps } from '../../../src/entrances/http/server.ts';

/** What a server is given so that it declares every route. No handler can be called: whatever it uses rejects. */
export function depsOfAllRoutes(): Omit<HttpDeps, 'log' | 'token' | 'api'> {
  const unusable = (name: string): never =>
    new Proxy(
      {},
      {
        get: (_target, member) => () => Promise.reject(new Error(`${name}.${String(member)} was used`)),
      },
    ) as never;
  return {
    views: unusable('views'),
    office: unusable('office'),
    webhooks: unusable('webhooks'),
    credentials: unusable('credentials'),
    index: {
      lookUp: unusable('lookUp'),
      entries: unusable('entries'),
      layer: unusable('layer'),
      resolve: unusable('resolve'),
      layerDeps: unusable('layerDeps'),
      imports: unusable('imports'),
      publicPerMinute: null,
    },
  };
}
