/** PostgreSQL refuses NUL and lone surrogates, which hostile subjects and file names contain. */
export const cleanText = (text: string): string =>
  text.includes('\0') || !text.isWellFormed() ? text.toWellFormed().replaceAll('\0', '\uFFFD') : text;

const clean = (_key: string, value: unknown): unknown => (typeof value === 'string' ? cleanText(value) : value);

export const toJson = (value: unknown): string => JSON.stringify(value, clean);
