/** Octets written as `%20` in text that is otherwise one octet a character. */
export const unpercent = (latin1: string): Buffer =>
  Buffer.from(
    latin1.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
