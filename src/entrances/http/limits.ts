/** What one caller may cost the HTTP server. Every limit has its reason. */
export const HTTP_LIMITS = {
  /** A message to a hundred recipients stays below: its documents are uploaded before. */
  bodyBytes: 1024 * 1024,
  /** The deepest command nests 8 deep. */
  jsonDepth: 32,
  /** A bulk look-up has a thousand keys, a message a hundred recipients with a dozen members each. */
  jsonValues: 20_000,
  /** A JSON body arrives at once; a slower one only holds the connection. */
  bodySeconds: 20,
  headersSeconds: 10,
  /** The rest of a refused request is read and discarded for so long, so that the client reads the refusal. */
  lingerSeconds: 10,
  /** A whole request: an upload of 100 MB over a slow line. */
  requestSeconds: 1_800,
  /** Longest silence of a connection. A long poll takes 30 s. */
  idleSeconds: 120,
  /** Requests under way may end within this time when the service stops. Uploads can be resumed later. */
  stopSeconds: 20,
  headerBytes: 16 * 1024,
  /** Twice the long polls of 500 offices and as many other requests. */
  connections: 2_000,
} as const;
export type HttpLimits = { readonly [K in keyof typeof HTTP_LIMITS]: number };
