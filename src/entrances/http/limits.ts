/** What one caller may cost the door. Every limit has its reason. */
export const HTTP_LIMITS = {
  /** A message of a hundred recipients and documents, with their texts, stays below; documents are uploaded before. */
  bodyBytes: 1024 * 1024,
  /** The deepest command nests 8 deep. */
  jsonDepth: 32,
  /** A thousand keys of a bulk look-up, a hundred recipients with a dozen facts each. */
  jsonValues: 20_000,
  /** A body of JSON arrives in one go; who needs longer holds a connection to hold it. */
  bodySeconds: 20,
  headersSeconds: 10,
  /** What still comes of a request that was refused is taken so long and thrown away, so that the refusal is heard. */
  lingerSeconds: 10,
  /** A whole request, uploads of 100 MB on a slow line included. */
  requestSeconds: 1_800,
  /** Longest silence of a connection; a long poll (30 s) stays below. */
  idleSeconds: 120,
  /** What is under way when the service stops may end; nobody holds it up for longer. Uploads go on afterwards. */
  stopSeconds: 20,
  headerBytes: 16 * 1024,
  /** Waiting long polls of 500 offices, and as many who ask for something, twice. */
  connections: 2_000,
} as const;
export type HttpLimits = { readonly [K in keyof typeof HTTP_LIMITS]: number };
