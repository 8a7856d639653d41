import { mild, type ProblemRow, row } from './problem-row.ts';

/** Part of the table in `problems.ts`: what is wrong with the seal of a segnatura. */
export const SEAL_PROBLEMS = {
  'seal-absent': row('flag', 'La segnatura non ha il sigillo elettronico.', 422, '001_ValidazioneFirma'),
  'seal-unreadable': row('flag', 'Il sigillo non è leggibile: {detail}.', 422, '001_ValidazioneFirma'),
  'seal-position': row('flag', 'La struttura del sigillo non è ammessa: {detail}.', 422, '001_ValidazioneFirma'),
  'seal-coverage': row(
    'flag',
    'Il sigillo non copre la segnatura nel modo previsto: {detail}.',
    422,
    '001_ValidazioneFirma',
  ),
  'seal-algorithm': row(
    'flag',
    'Il sigillo usa un algoritmo o una trasformazione non ammessi: {detail}.',
    422,
    '001_ValidazioneFirma',
  ),
  'seal-modified': row(
    'flag',
    "La segnatura è stata modificata dopo l'apposizione del sigillo: {detail}.",
    422,
    '001_ValidazioneFirma',
  ),
  'seal-signature': row(
    'flag',
    'La firma del sigillo non corrisponde al suo certificato.',
    422,
    '001_ValidazioneFirma',
  ),
  'seal-certificate': row(
    'flag',
    'Il certificato del sigillo non è utilizzabile: {detail}.',
    422,
    '001_ValidazioneFirma',
  ),
  'seal-untrusted': mild(
    'flag',
    "Il sigillo non risale a un'autorità riconosciuta: {detail}.",
    422,
    '001_ValidazioneFirma',
  ),
  'seal-certificate-revoked': mild(
    'flag',
    'Quando il sigillo è stato apposto, il certificato era già revocato: {detail}.',
    422,
    '001_ValidazioneFirma',
  ),
  'seal-certificate-revoked-later': mild(
    'note',
    'Il certificato del sigillo è stato revocato in seguito: {detail}. Il sigillo, apposto prima, resta valido.',
  ),
  'seal-of-another': row(
    'flag',
    'Il sigillo è integro ma non risulta del mittente: {detail}.',
    422,
    '001_ValidazioneFirma',
  ),
  'seal-key': row('note', 'Il certificato o la chiave del sigillo non sono utilizzabili: {detail}.', 400),
} as const satisfies Record<string, ProblemRow>;

/** The same, said of the signature inside an XML document; parts of a sentence. */
export const XML_SIGNATURE_REASONS: Readonly<Partial<Record<string, string>>> = {
  'seal-unreadable': 'la firma XML non è leggibile: {detail}',
  'seal-position': 'la struttura della firma XML non è fra quelle che si possono verificare: {detail}',
  'seal-coverage': 'la firma XML non copre il documento in un modo che si possa verificare: {detail}',
  'seal-algorithm': 'la firma XML usa un algoritmo o una trasformazione non ammessi: {detail}',
  'seal-modified': 'il documento è stato modificato dopo la firma: {detail}',
  'seal-signature': 'la firma non corrisponde al suo certificato',
  'seal-certificate': 'il certificato della firma non è utilizzabile: {detail}',
};
