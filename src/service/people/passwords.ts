/**
 * Passwords at rest: argon2id (RFC 9106) with the parameters that OWASP asks for (19 MiB, 2 passes). One hash takes a
 * fifth of a second of a whole core, so few run at once, the queue is short, and nobody may fill it from one address.
 */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';

const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

const HEAD = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$`;
const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** Nobody's password: an unknown name costs the same time as a known one. */
const NOBODY = `${HEAD}${unpadded(randomBytes(SALT_BYTES))}$${unpadded(randomBytes(HASH_BYTES))}`;

export interface Passwords {
  /** `from`: whose turn in the queue it is. Refuses with `sign-in-busy`. */
  hash(password: string, from: string): Promise<Result<string>>;
  /** Takes the same time whether or not there is a hash to compare with. */
  verify(password: string, hash: string | null, from: string): Promise<Result<boolean>>;
  /** It was made with other parameters than today's. */
  isOld(hash: string): boolean;
}

const derive = (parameters: Argon2Parameters): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, key) => (error === null ? resolve(key) : reject(error)));
  });

/** Different spellings of one character are one password, on any keyboard (RFC 8265). */
const bytesOf = (password: string): Buffer => Buffer.from(password.normalize('NFC'), 'utf8');

export function openPasswords(): Passwords {
  const inTurn = openQueue();
  return {
    async hash(password, from) {
      const nonce = randomBytes(SALT_BYTES);
      const key = await inTurn(from, () =>
        derive({ message: bytesOf(password), nonce, tagLength: HASH_BYTES, ...COST }),
      );
      return key.ok ? ok(`${HEAD}${unpadded(nonce)}$${unpadded(key.value)}`) : key;
    },
    async verify(password, hash, from) {
      const [, memory, passes, parallelism, salt = '', tag = ''] = PHC.exec(hash ?? NOBODY) ?? [];
      const expected = Buffer.from(tag, 'base64');
      const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
      // What is no hash at all was put there by hand: it opens to nobody.
      if (salt === '') return ok(false);
      const key = await inTurn(from, () =>
        derive({
          message: bytesOf(password),
          nonce: Buffer.from(salt, 'base64'),
          tagLength: expected.byteLength,
          ...cost,
        }),
      );
      return key.ok ? ok(timingSafeEqual(key.value, expected) && hash !== null) : key;
    },
    isOld: (hash) => !hash.startsWith(HEAD),
  };
}

interface Waiting {
  readonly from: string;
  start(): void;
}

function openQueue(): <T>(from: string, work: () => Promise<T>) => Promise<Result<T>> {
  const waiting: Waiting[] = [];
  let running = 0;
  const next = (): void => {
    if (running >= LIMITS.hashesAtOnce) return;
    const first = waiting.shift();
    if (first === undefined) return;
    running += 1;
    first.start();
  };
  return async (from, work) => {
    const mine = waiting.filter((one) => one.from === from).length;
    if (waiting.length >= LIMITS.hashesWaiting || mine >= LIMITS.hashesWaitingFromOne)
      return refuse(problem('sign-in-busy'));
    const turn = Promise.withResolvers<void>();
    waiting.push({ from, start: turn.resolve });
    next();
    await turn.promise;
    try {
      return ok(await work());
    } finally {
      running -= 1;
      next();
    }
  };
}
