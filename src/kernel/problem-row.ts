/** A row of the table of problems; `problems.ts` says what it is for. */
export type OnReceipt = 'note' | 'flag' | 'operator' | 'exception';

export interface ProblemRow {
  /** Status of an API answer that fails for this reason. */
  readonly http:
    | 400
    | 401
    | 403
    | 404
    | 405
    | 408
    | 409
    | 410
    | 412
    | 413
    | 414
    | 415
    | 416
    | 417
    | 422
    | 428
    | 429
    | 431
    | 500
    | 503;
  /** Anomaly of the service channel (allegato 6), where one fits. */
  readonly soap:
    | '000_Irricevibile'
    | '001_ValidazioneFirma'
    | '002_AnomaliaImpronte'
    | '004_DocumentoAllegatiErroreValidazioneFirma'
    | null;
  readonly onReceipt: OnReceipt;
  /** What an office with the policy `strict` does. */
  readonly strict: OnReceipt;
  /** Sentence for a person, Italian. */
  readonly sentence: string;
}

export const row = (
  onReceipt: OnReceipt,
  sentence: string,
  http: ProblemRow['http'] = 422,
  soap: ProblemRow['soap'] = null,
) => ({ http, soap, onReceipt, strict: onReceipt === 'flag' ? 'exception' : onReceipt, sentence }) as const;

/** For what is not the segnatura's fault: even a strict office does no more about it. */
export const mild = (...[onReceipt, ...rest]: Parameters<typeof row>) =>
  ({ ...row(onReceipt, ...rest), strict: onReceipt }) as const;

/** For what only a strict office acts on. */
export const wished = (...rest: Parameters<typeof row>) => ({ ...row(...rest), strict: 'exception' }) as const;
