/** Escapes control and direction characters: text from outside must not steer a terminal. */
export const escaped = (text: string): string =>
  text.replace(
    /[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
