/** What can be read from a thrown value: JavaScript throws anything. */

export const errorMessage = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** The `code` that Node and its drivers give their errors, such as `ENOENT` or an SQLSTATE; '' where there is none. */
export const errorCode = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
