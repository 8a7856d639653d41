/** PostgreSQL refuses NUL and lone surrogates in JSON text; both come in hostile subjects and file names. */
const clean = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())
    ? value.toWellFormed().replaceAll('\0', '\uFFFD')
    : value;

export const toJson = (value: unknown): string => JSON.stringify(value, clean);
