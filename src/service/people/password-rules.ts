import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';

/** NIST SP 800-63B: length is what counts; no rules about kinds of characters, no expiry. */
const LEAST = 12;
/** Of a password of twelve characters or more that people choose first. */
const EASY = /^(?:(.{1,4})\1+.{0,3}|(?:password|passw0rd|protocollo|comune|qwerty|abcdef|123456)[\d!.?_-]*.{0,4})$/i;

/** `names`: what a password must not be made of. */
export function passwordProblem(password: string, names: readonly string[], at = 'password'): Problem | null {
  if ([...password].length < LEAST) return problem('password-short', at);
  if (password.length > LIMITS.passwordLength) return problem('password-long', at);
  const letters = password.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const isName = names
    .map((name) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''))
    .some((name) => name.length > 2 && letters.replace(name, '').length < 5 && letters.includes(name));
  return isName || EASY.test(password) ? problem('password-easy', at) : null;
}

const LOGIN = /^[a-z0-9][a-z0-9._@+-]{1,99}$/;

/** As it is kept and compared; null: it can be nobody's. */
export function toLogin(typed: string): string | null {
  const login = typed.normalize('NFKC').trim().toLowerCase();
  return LOGIN.test(login) ? login : null;
}

/** A person's name on one line; null: it is missing, or too long. */
export function toName(typed: string): string | null {
  const name = typed
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return name === '' || name.length > 120 ? null : name;
}
