import { DocumentsError } from '../../service/documents/documents.ts';

interface ServiceError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const NO_SPACE = new Set(['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull', 'InsufficientCapacity']);

/**
 * What the client threw, as an error of the document store. It names the answer and the object, and neither the server nor
 * the account: `/status` shows this text to everybody. An error of a source that breaks stays as it is.
 */
export function s3Error(thrown: unknown, what: string, isSilent: boolean): unknown {
  if (thrown instanceof DocumentsError) return thrown;
  if (isSilent) return new DocumentsError('unusable', 'document store: S3 does not answer', thrown);
  const { name = '', code, $metadata } = thrown as ServiceError;
  const status = $metadata?.httpStatusCode;
  const shown = what.length === 64 ? `'${what.slice(0, 2)}/${what}'` : what;
  if (status === 507 || NO_SPACE.has(name))
    return new DocumentsError('no-space', `document store: S3 has no room (${name})`, thrown);
  if (status === 404 && name !== 'NoSuchBucket')
    return new DocumentsError('missing', `document store: ${shown} is not there`, thrown);
  if (status !== undefined)
    return new DocumentsError('unusable', `document store: S3 answered ${status} ${name} for ${shown}`, thrown);
  if (code !== undefined || name === 'TimeoutError' || name === 'CredentialsProviderError')
    return new DocumentsError('unusable', `document store: S3 cannot be reached (${code ?? name})`, thrown);
  return thrown;
}

/** Answers that a second try may change. What says that something is not there or not allowed will say so again. */
export function isWorthRepeating(thrown: unknown): boolean {
  if (thrown instanceof DocumentsError) return thrown.fault === 'unusable';
  const status = (thrown as ServiceError).$metadata?.httpStatusCode;
  return status === undefined || status === 429 || status >= 500;
}
