import { isWide } from '../../formats/charset/decode-charset.ts';
import { cmsEncoding } from '../../formats/signed-document/spot.ts';

/** How a document can be shown. `other`: its name, type and size are all that is. */
export type PreviewKind = 'pdf' | 'image' | 'text' | 'page' | 'mail' | 'signed' | 'archive' | 'other';

const TEXT_TYPES = /^(?:text\/(?!html|rtf)[\w.+-]+|application\/(?:json|xml|[\w.-]+\+xml|[\w.-]+\+json))$/;
const TEXT_NAMES = /\.(?:txt|csv|xml|json|log|md|ini|ics|vcf)$/i;
const OFFICE = /\.(?:docx|xlsx|pptx|odt|ods|odp|odg|jar|apk|asice?|asics|epub)$/i;

/** By the first bytes, which nobody can choose without being what they say; the name and the type only tell texts apart. */
export function previewKind(name: string, mediaType: string, head: Buffer): PreviewKind {
  const latin = head.toString('latin1', 0, 1_024);
  if (cmsEncoding(head) !== null) return 'signed';
  // Some programs write something of their own before it.
  if (/^\s*%PDF-/.test(latin) || (/\.pdf$/i.test(name) && latin.includes('%PDF-'))) return 'pdf';
  if (isPicture(latin)) return 'image';
  if (latin.startsWith('PK\x03\x04') || latin.startsWith('PK\x05\x06')) return OFFICE.test(name) ? 'other' : 'archive';
  // A drawing is shown as a picture: nothing in it runs there.
  if (/\.svg$/i.test(name) || mediaType === 'image/svg+xml') return /<svg[\s>]/i.test(latin) ? 'image' : 'text';
  if (mediaType === 'message/rfc822' || /\.eml$/i.test(name)) return 'mail';
  if (head.includes(0) && !isWide(head)) return 'other';
  if (mediaType === 'text/html' || /\.x?html?$/i.test(name)) return 'page';
  return TEXT_TYPES.test(mediaType) || TEXT_NAMES.test(name) ? 'text' : 'other';
}

const isPicture = (latin: string): boolean =>
  latin.startsWith('\x89PNG\r\n\x1a\n') ||
  latin.startsWith('\xff\xd8\xff') ||
  /^GIF8[79]a/.test(latin) ||
  (latin.startsWith('RIFF') && latin.startsWith('WEBP', 8));
