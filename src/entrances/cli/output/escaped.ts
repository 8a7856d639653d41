/**
 * Escapes control (C0 but line ends, C1), direction and invisible characters: text from outside must not steer a terminal,
 * nor look like other text.
 */
export const escaped = (text: string): string =>
  text.replace(
    /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
