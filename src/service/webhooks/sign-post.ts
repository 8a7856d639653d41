import { signIntegrity } from '../../formats/modi/sign.ts';
import type { ModiSigner } from '../../model/modi.ts';
import type { WebhookSigner } from './webhook-endpoint.ts';

/** Long enough for a slow receiver, too short to be replayed later. */
const LIFETIME_SECONDS = 120;

/** ModI INTEGRITY_REST: the audience is the receiver's origin, the issuer this node. */
export const modiWebhookSigner = (signer: ModiSigner, issuer: string): WebhookSigner => ({
  async sign({ url, body, contentType, tokenId }, at) {
    const request = {
      body,
      contentType,
      contentEncoding: null,
      audience: new URL(url).origin,
      issuer,
      subject: null,
      tokenId,
      now: at,
      lifetimeSeconds: LIFETIME_SECONDS,
    };
    return { ...(await signIntegrity(request, signer)) };
  },
});
