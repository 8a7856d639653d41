/**
 * An address of this very desk, as a form or a link may name it for later: a path, and nothing that a browser would take for
 * another host (`//`, `/\`) or for a script.
 */
export const isOwnAddress = (text: string): boolean => /^\/(?![/\\])[^\\\s]*$/.test(text) && text.length <= 2_000;
