import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import type { MailboxLogin } from '../../src/sandbox/mailboxes.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { needs } from '../support/shared.ts';

export const ESEMPIO = { address: 'protocollo@pec.esempio.example.it', password: 'uno' };
export const PROVARIA = { address: 'protocollo@pec.provaria.example.it', password: 'due' };
export const ESEMPIO_2 = { address: 'ufficio@pec.esempio.example.it', password: 'tre' };

export const haveOpenssl = needs(
  spawnSync('openssl', ['version']).status === 0,
  'openssl, the judge of every signature',
);

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** True when openssl, an independent verifier, accepts the signature; its complaint otherwise. */
export function opensslVerifies(mail: Uint8Array, caPem: string, tool: 'cms' | 'smime' = 'cms'): true | string {
  const folder = temporaryFolder();
  try {
    const [file, ca] = [join(folder.path, 'mail.eml'), join(folder.path, 'ca.pem')];
    writeFileSync(file, mail);
    writeFileSync(ca, caPem);
    const args = [tool, '-verify', '-in', file, '-CAfile', ca, '-purpose', 'smimesign', '-out', '/dev/null'];
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    return status === 0 ? true : stderr;
  } finally {
    folder.remove();
  }
}

/** A header of the top level, unfolded. */
export function header(mail: Uint8Array, name: string): string | null {
  const text = Buffer.from(mail).toString('latin1');
  const head = text.slice(0, text.indexOf('\r\n\r\n')).replace(/\r\n[ \t]/g, ' ');
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1] ?? null;
}

/** Content of the part of that name inside the signed part. */
export function part(mail: Uint8Array, name: string): Buffer | null {
  const text = Buffer.from(mail).toString('latin1');
  const boundary = /multipart\/mixed; boundary="([^"]+)"/.exec(text)?.[1];
  if (boundary === undefined) throw new Error('no multipart/mixed');
  const found = text
    .split(`\r\n--${boundary}`)
    .find((piece) => piece.slice(0, piece.indexOf('\r\n\r\n')).includes(`filename="${name}"`));
  if (found === undefined) return null;
  const at = found.indexOf('\r\n\r\n') + 4;
  const encoded = /Content-Transfer-Encoding: base64/.test(found.slice(0, at));
  return Buffer.from(found.slice(at), encoded ? 'base64' : 'latin1');
}

export interface Daticert {
  readonly type: string | undefined;
  readonly error: string | undefined;
  readonly recipients: readonly string[];
  readonly value: (element: string) => string | undefined;
  readonly xml: string;
}

export function daticert(mail: Uint8Array): Daticert {
  const xml = part(mail, 'daticert.xml')?.toString('utf8') ?? '';
  return {
    xml,
    type: /<postacert tipo="([^"]*)"/.exec(xml)?.[1],
    error: /errore="([^"]*)"/.exec(xml)?.[1],
    recipients: [...xml.matchAll(/<destinatari tipo="(\w+)">([^<]*)</g)].map(
      ([, type, address]) => `${type} ${address}`,
    ),
    value: (element) => new RegExp(`<${element}(?: [^>]*)?>([^<]*)</${element}>`).exec(xml)?.[1],
  };
}

export interface Draft {
  readonly to: string | readonly string[];
  readonly [option: string]: unknown;
}

/** Submits a message as an office's software would. */
export async function submit(sandbox: Sandbox, user: MailboxLogin, draft: Draft): Promise<string> {
  const transport = nodemailer.createTransport({
    ...sandbox.smtp,
    secure: false,
    auth: { user: user.address, pass: user.password },
  });
  try {
    const info = await transport.sendMail({
      from: user.address,
      subject: 'Prova',
      text: 'Buongiorno',
      ...draft,
    } as never);
    return String((info as { readonly response: string }).response);
  } finally {
    transport.close();
  }
}

/** X-Trasporto or X-Ricevuta of every mail in the box, oldest first. */
export const kinds = (sandbox: Sandbox, address: string): readonly (string | null)[] =>
  sandbox.mails(address).map(({ bytes }) => header(bytes, 'X-Trasporto') ?? header(bytes, 'X-Ricevuta'));

export function last(sandbox: Sandbox, address: string, kind: string): Buffer {
  const mail = sandbox
    .mails(address)
    .findLast(({ bytes }) => (header(bytes, 'X-Trasporto') ?? header(bytes, 'X-Ricevuta')) === kind);
  if (!mail) throw new Error(`no ${kind} in ${address}: ${kinds(sandbox, address).join(', ')}`);
  return mail.bytes;
}
