/** A receiver of InterPro's webhooks for Node 22 or newer, nothing to install: copy it and make it yours (docs/join-in-a-day.md). */
import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { createServer } from 'node:http';

type Json = { [name: string]: unknown };
const SECONDS = 300;

/** `signature`: InterPro-Signature; `body`: the bytes as they came, before anything reads them as JSON. */
export function isGenuine(signature: string, body: Buffer, secret: string, now = Date.now() / 1000): boolean {
  const parts = signature.split(',').map((part) => part.trim().split('='));
  const t = parts.find(([name]) => name === 't')?.[1] ?? '';
  // Too old, or the clocks differ: a copy of an earlier request proves nothing.
  if (!/^[0-9]{1,12}$/.test(t) || Math.abs(now - Number(t)) > SECONDS) return false;
  const expected = createHmac('sha256', secret).update(`${t}.`).update(body).digest();
  // For a day after the secret was changed there are two: any of them will do.
  const given = parts.filter(([name]) => name === 'v1').map(([, hex = '']) => Buffer.from(hex, 'hex'));
  return given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
}

const ALGORITHMS: { [alg: string]: string | null } = {
  RS256: 'sha256',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  EdDSA: null,
};
let keys: Json[] = [];

/** ModI INTEGRITY_REST: `node` is what you asked the webhook of, without path; `origin` that of your webhook's address. */
export async function isSignedByNode(headers: Json, body: Buffer, node: string, origin: string): Promise<boolean> {
  const [head = '', claims = '', signature = '', more] = String(headers['agid-jwt-signature'] ?? '').split('.');
  const read = (part: string): Json => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
  const { kid, alg } = read(head);
  const hash = ALGORITHMS[String(alg)];
  const known = () => keys.find((key) => key['kid'] === kid && key['alg'] === alg);
  // Asked for once, and again for a key that is new.
  if (known() === undefined)
    keys = ((await (await fetch(`${node}/rest/interpro/v1/signing-keys`)).json()) as { keys: Json[] }).keys;
  const jwk = known();
  if (more !== undefined || hash === undefined || jwk === undefined) return false;
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const };
  if (!verify(hash, Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'))) return false;
  const { aud, nbf, exp, signed_headers: signed } = read(claims);
  const now = Date.now() / 1000;
  const isInTime = Number(nbf) - 30 <= now && now < Number(exp) + 30;
  const digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
  const fits = (signed as Json[]).every((one) => Object.entries(one).every(([name, value]) => headers[name] === value));
  return isInTime && aud === origin && fits && (signed as Json[]).some((one) => one['digest'] === digest);
}

/** Yours: a table. The same event may come more than once. */
const seen = new Set<string>();
if (process.argv[1] === import.meta.filename) {
  const { SECRET = '', PORT, NODE, ORIGIN = '' } = process.env;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const genuine = isGenuine(String(request.headers['interpro-signature'] ?? ''), body, SECRET);
    const signed =
      NODE === undefined || (genuine && (await isSignedByNode(request.headers, body, NODE, ORIGIN).catch(() => false)));
    response.writeHead(genuine && signed ? 204 : 401).end();
    const { id, type } =
      genuine && signed ? (JSON.parse(body.toString()) as { id: string; type: string }) : { id: '', type: '' };
    // Yours: write it down, answer, and do the work afterwards.
    if (id !== '' && !seen.has(id)) console.log(id, type);
    seen.add(id);
  });
  server.listen(Number(PORT), '127.0.0.1');
}
