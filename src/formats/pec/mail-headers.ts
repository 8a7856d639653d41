import type { MimePart } from '../../model/mime.ts';
import type { MailHeaders } from '../../model/pec.ts';
import { addresses } from '../mime/addresses.ts';
import { parseMailDate } from '../mime/dates.ts';
import { header, headers } from '../mime/header-block.ts';
import { decodeWords } from '../mime/words.ts';

/** The headers of a mail that a register needs. */
export function readMailHeaders(root: MimePart): MailHeaders {
  return {
    messageId: messageId(header(root, 'message-id')),
    from: addresses(header(root, 'from') ?? '')[0] ?? null,
    to: headers(root, 'to').flatMap(addresses),
    cc: headers(root, 'cc').flatMap(addresses),
    subject: decodeWords(header(root, 'subject') ?? ''),
    date: parseMailDate(header(root, 'date') ?? '')?.toISOString() ?? null,
    reference: messageId(header(root, 'x-riferimento-message-id')),
    automatic: automatic(root),
  };
}

/** RFC 3834 §5. Older responders, and some of today, write `Precedence` or one of the two `X-` fields instead. */
function automatic(root: MimePart): MailHeaders['automatic'] {
  const said = firstWord(header(root, 'auto-submitted'));
  const precedence = firstWord(header(root, 'precedence'));
  const responds = header(root, 'x-autoreply') !== null || header(root, 'x-autorespond') !== null;
  if (said === 'auto-replied' || precedence === 'auto_reply' || responds) return 'reply';
  return (said !== '' && said !== 'no') || BULK.has(precedence) ? 'generated' : null;
}

const BULK = new Set(['bulk', 'junk', 'list']);
/** Without parameters and comments. */
const firstWord = (field: string | null): string => /^\s*([\w-]*)/.exec(field ?? '')?.[1]?.toLowerCase() ?? '';

/** The sender where there is exactly one From field with one address; null otherwise. */
export function soleSender(root: MimePart): string | null {
  const fields = headers(root, 'from');
  const found = fields.length === 1 ? addresses(fields[0] ?? '') : [];
  return found.length === 1 ? (found[0] ?? null) : null;
}

function messageId(field: string | null): string | null {
  const value = field?.trim() ?? '';
  const inside = /<[^<>]*>/.exec(value)?.[0];
  if (inside) return inside.replace(/\s+/g, '');
  return value === '' || /\s/.test(value) ? null : `<${value}>`;
}
