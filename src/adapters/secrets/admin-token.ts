import { randomBytes } from 'node:crypto';
import { secretFile } from './secret-file.ts';

const TOKEN_BYTES = 32;
/** As short as INTERPRO_API_TOKEN may be. */
const LEAST_CHARACTERS = 24;

/** The token of the node's administrator, made at the first start. Rejects when somebody has put too short a one there. */
export async function adminToken(file: string): Promise<string> {
  const token = await secretFile(file, () => randomBytes(TOKEN_BYTES).toString('base64url'));
  if (token.length < LEAST_CHARACTERS)
    throw new Error(`${file} holds fewer than ${LEAST_CHARACTERS} characters: remove it, and a new token is made`);
  return token;
}
