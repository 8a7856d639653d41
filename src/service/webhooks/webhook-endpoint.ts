import type { WebhookOutcome } from '../../domain/delivery/webhook.ts';

export interface WebhookPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface WebhookEndpoint {
  /** Why this address can never be used, in Italian; null: it can be tried. */
  refusal(url: string): string | null;
  /** Never rejects. */
  post(post: WebhookPost, signal: AbortSignal): Promise<WebhookOutcome>;
  close(): void;
}

/** Signs posts with the node's own key (ModI INTEGRITY_REST). */
export interface WebhookSigner {
  sign(
    request: { readonly url: string; readonly body: Buffer; readonly contentType: string; readonly tokenId: string },
    at: Date,
  ): Promise<Readonly<Record<string, string>>>;
}
