import { Type } from '@fastify/type-provider-typebox';
import type { PublishedKey } from '../../../formats/modi/public-keys.ts';
import { JWS_ALGORITHMS } from '../../../model/modi.ts';
import { type ApiServer, operation } from '../operation.ts';
import { listOf, matching, named, oneOf, storedText } from '../schemas.ts';

const base64url = (maxLength: number) => Type.Optional(matching('^[A-Za-z0-9_-]+$', maxLength));
const Key = Type.Unsafe<PublishedKey>(
  named('SigningKey', {
    kty: oneOf(['RSA', 'EC', 'OKP']),
    kid: storedText(500, { description: 'Il `kid` indicato nella firma.' }),
    use: oneOf(['sig']),
    alg: oneOf(JWS_ALGORITHMS),
    n: base64url(4_000),
    e: base64url(20),
    crv: Type.Optional(oneOf(['P-256', 'P-384', 'P-521', 'Ed25519'])),
    x: base64url(200),
    y: base64url(200),
    x5c: Type.Optional(listOf(matching('^[A-Za-z0-9+/]+={0,2}$', 20_000), 20)),
    'x5t#S256': Type.Optional(matching('^[A-Za-z0-9_-]{43}$', 43)),
  }),
);

/** The public keys (RFC 7517) by which receivers of webhooks check our signatures; they have no credentials here. */
export function signingKeyRoutes(server: ApiServer, keys: readonly PublishedKey[]): void {
  server.get(
    '/signing-keys',
    operation({
      id: 'listSigningKeys',
      tag: 'webhooks',
      summary: 'Le chiavi pubbliche con cui il nodo firma (JWKS)',
      description:
        'Verificano `Agid-JWT-Signature` in ciò che il nodo invia: la chiave è quella con il `kid` della firma. ' +
        'Se il `kid` non è noto, rileggere questo elenco. Se è vuoto, il nodo non firma.',
      access: 'public',
      answers: { 200: named('SigningKeyList', { keys: listOf(Key, 10) }) },
    }),
    async () => ({ keys }),
  );
}
