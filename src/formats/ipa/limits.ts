/** What a file of the index may cost. The largest real one (offices) has 123,000 rows and about 50 MB. */
export const IPA_LIMITS = {
  /** One row with its quotes; real ones stay under 2 KB. */
  recordCharacters: 256 * 1024,
  columns: 200,
  /** A cell; the longest real ones are names of 300 characters. */
  cellCharacters: 4_000,
  /** A whole XLSX, packed. It is held in memory, because its directory is at the end. */
  xlsxBytes: 64 * 1024 * 1024,
  /** One part of an XLSX, unpacked. A sheet of 123,000 offices has about 200 MB. */
  partBytes: 512 * 1024 * 1024,
  /** Shared strings are held in memory. */
  sharedStringsBytes: 96 * 1024 * 1024,
  /** Deflate packs repetitive sheets 1:30, a bomb 1:1000. */
  expansion: 120,
} as const;
