import type { Viewer } from './document-pane.ts';
import type { MessageDeps, OfficeVisit } from './message-deps.ts';

/** Where the desk serves the viewer itself, for an opaque frame. */
export const OPAQUE_PREFIX = '/anteprima';

/** The viewer for this browser, which the page's policy then lets in. */
export function viewerFor(
  { request, reply }: OfficeVisit,
  { previewOrigin }: Pick<MessageDeps, 'previewOrigin'>,
): Viewer {
  const origin = previewOrigin(request);
  if (origin === null) return { address: `${OPAQUE_PREFIX}/visore`, isOpaque: true };
  const policy = String(
    reply.raw.getHeader('content-security-policy') ?? reply.getHeader('content-security-policy') ?? '',
  );
  reply.header('content-security-policy', policy.replace(/frame-src [^;]*/, `$& ${origin}`));
  return { address: `${origin}/visore`, isOpaque: false };
}
