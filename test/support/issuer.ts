import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export interface TestIssuer {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** How many times its keys were fetched. */
  readonly asked: () => number;
  /** Adds a new key, which replaces the old ones if `alone`, and returns its `kid`. */
  rotate(alone?: boolean): Promise<string>;
  /** Starts or stops answering 500. */
  fail(failing: boolean): void;
  readonly publicKey: () => JWK;
  /** Signs with the newest key. A given claim replaces the usual one; undefined removes it. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  stop(): Promise<void>;
}

export const AUDIENCE = 'https://protocollo.example.it/api';

/** A token issuer with its JWKS on loopback. `now` is the time of its tokens. */
export async function startIssuer(now: () => Date): Promise<TestIssuer> {
  let asked = 0;
  let failing = false;
  let count = 0;
  let current: { privateKey: CryptoKey; jwk: JWK } | null = null;
  let keys: JWK[] = [];
  const server = createServer((_request, response) => {
    asked += 1;
    if (failing) response.writeHead(500).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const rotate = async (alone = false): Promise<string> => {
    count += 1;
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: `chiave-${count}`, use: 'sig' };
    keys = alone ? [jwk] : [...keys, jwk];
    current = { privateKey, jwk };
    return jwk.kid;
  };
  await rotate();
  const own = () => {
    if (current === null) throw new Error('no key');
    return current;
  };
  return {
    issuer,
    jwksUrl: `${issuer}/jwks.json`,
    asked: () => asked,
    rotate,
    fail(value) {
      failing = value;
    },
    publicKey: () => own().jwk,
    token(claims = {}, header = {}) {
      const seconds = Math.floor(now().getTime() / 1000);
      const payload = {
        iss: issuer,
        aud: AUDIENCE,
        iat: seconds,
        nbf: seconds,
        exp: seconds + 600,
        jti: crypto.randomUUID(),
        client_id: 'client-di-prova',
        sub: 'client-di-prova',
        ...claims,
      };
      return new SignJWT(JSON.parse(JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: own().jwk.kid ?? '', ...header })
        .sign(own().privateKey);
    },
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
