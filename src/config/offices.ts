/** The JSON file that describes the offices (schemas/offices.schema.json). Passwords are sealed, or kept in files. */
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import { sealedWith } from '../adapters/secrets/sealed.ts';
import { type PolicyWish, policyFrom } from '../domain/exchange/problem-policy.ts';
import { signerFromPkcs12 } from '../formats/seal/pkcs12.ts';
import { type SealSigner, signerFromPem } from '../formats/seal/sealer.ts';
import { isDay } from '../kernel/clock.ts';
import { aooId, mailAddress } from '../kernel/ids.ts';
import type { Result } from '../kernel/result.ts';
import { PASSWORD_CONTEXT } from '../service/access/secrets.ts';
import { type Office, type PlainMailRule, STANDARD } from '../service/register/office.ts';

interface AccountFile {
  host: string;
  port: number;
  secure?: boolean;
  user?: string;
  passwordFile?: string;
  /** Written by `interpro seal`; the node's key opens it. */
  passwordSealed?: string;
  folder?: string;
  caFile?: string;
}
interface OfficeFile {
  administration: string;
  code: string;
  register?: string;
  name: string;
  address: string;
  confirm?: 'always' | 'requested';
  policy?: PolicyWish;
  mailboxes: ({ address: string } & AccountFile)[];
  smtp: AccountFile;
  numbering?: Office['numbering'];
  /** Hours. */
  deadlines?: Partial<Office['deadlines']>;
  plainMail?: PlainMailRule[];
  seal?: SealFile;
  answersPerHour?: number;
  /** Megabytes (of a million bytes). */
  mailLimit?: number;
  dailyRegister?: Partial<Office['dailyRegister']>;
}
type SealFile =
  | { readonly certificateFile: string; readonly keyFile: string; readonly passphraseFile?: string }
  | { readonly pkcs12File: string; readonly passphraseFile?: string };

const officesSchema = new URL('../../schemas/offices.schema.json', import.meta.url);

export interface OfficesReading {
  /** Receives what is wrong. */
  readonly faults: string[];
  /** Receives the names of the files with passwords and keys. */
  readonly secretFiles: string[];
}

/** The offices the file describes. */
export function readOffices(file: string, keys: readonly Uint8Array[], reading: OfficesReading): readonly Office[] {
  const { faults } = reading;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    faults.push(`INTERPRO_OFFICES: ${file} cannot be read: ${unreadable(error)}`);
    return [];
  }
  const validate = new Ajv({ allErrors: true }).compile<{ offices: OfficeFile[] }>(
    JSON.parse(readFileSync(officesSchema, 'utf8')),
  );
  if (!validate(content)) {
    faults.push(...schemaFaults(file, validate.errors ?? []));
    return [];
  }
  const offices = content.offices.flatMap((office, index) =>
    toOffice(office, `${file}/offices/${index}`, { open: opener(keys), ...reading }),
  );
  const doubled = offices.filter((office, index) => offices.findIndex(({ aoo }) => aoo === office.aoo) !== index);
  for (const { aoo } of doubled) faults.push(`${file}: the office ${aoo} is there twice`);
  return offices;
}

/** The parser quotes a piece of the file. It may be a secret, and this text goes to a log: it is left out. */
function unreadable(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof SyntaxError)) return message;
  const [, place] = /(\(line \d+ column \d+\))$/.exec(message) ?? [];
  return `it is not JSON${place === undefined ? '' : ` ${place}`}`;
}

/** A password in plain text is reported with what to do; the faults that only follow from it are not. */
function schemaFaults(file: string, errors: readonly ErrorObject[]): string[] {
  const plain = new Set(errors.filter(isPlainPassword).map(({ instancePath }) => instancePath));
  const others = errors.filter(
    ({ keyword, instancePath }) => !plain.has(instancePath) || !FOLLOWS_FROM_IT.has(keyword),
  );
  return [
    ...[...plain].map(
      (at) =>
        `${file}${at}/password: passwords are not kept in plain text: put what \`interpro seal\` prints into "passwordSealed" (npm run -s interpro -- seal < FILE), or name a file that only the service may read in "passwordFile"`,
    ),
    ...others.map(
      ({ instancePath, message, params }) =>
        `${file}${instancePath || '/'}: ${message} ${JSON.stringify(params).slice(0, 100)}`,
    ),
  ];
}

const isPlainPassword = ({ keyword, params }: ErrorObject): boolean =>
  keyword === 'additionalProperties' && params['additionalProperty'] === 'password';
const FOLLOWS_FROM_IT = new Set(['additionalProperties', 'required', 'oneOf']);

interface Reading extends OfficesReading {
  readonly open: (sealed: string) => Result<string>;
}

const opener = (keys: readonly Uint8Array[]) => {
  const secrets = sealedWith(keys);
  return (sealed: string) => secrets.open(sealed, PASSWORD_CONTEXT);
};

function toOffice(office: OfficeFile, at: string, reading: Reading): Office[] {
  const { faults } = reading;
  const before = faults.length;
  const address = mailAddress(office.address);
  if (address === null) faults.push(`${at}/address: "${office.address}" is not a mail address`);
  const { policy, faults: wrong } = policyFrom(office.policy);
  for (const fault of wrong) faults.push(`${at}/policy: ${fault}`);
  const mailboxes = office.mailboxes.flatMap((mailbox, index) => {
    const own = mailAddress(mailbox.address);
    if (own === null) faults.push(`${at}/mailboxes/${index}/address: "${mailbox.address}" is not a mail address`);
    const account = toAccount(mailbox, `${at}/mailboxes/${index}`, reading);
    return own === null
      ? []
      : [
          {
            address: own,
            account: {
              ...account,
              user: account.user ?? own,
              password: account.password ?? '',
              folder: mailbox.folder ?? 'INBOX',
            },
          },
        ];
  });
  for (const [index, { address: own }] of mailboxes.entries())
    if (mailboxes.findIndex((other) => other.address === own) !== index)
      faults.push(`${at}/mailboxes/${index}: the mailbox ${own} is there twice`);
  const { from } = { ...STANDARD.dailyRegister, ...office.dailyRegister };
  if (from !== null && !isDay(from)) faults.push(`${at}/dailyRegister/from: there is no such day`);
  const smtp = toAccount(office.smtp, `${at}/smtp`, reading);
  const signer = office.seal === undefined ? null : toSigner(office.seal, `${at}/seal`, reading);
  if (address === null || faults.length > before) return [];
  const { administration, code, name } = office;
  return [
    {
      aoo: aooId(administration, code),
      administration,
      code,
      register: office.register ?? 'PROT',
      name,
      address,
      mailboxes,
      smtp,
      confirm: office.confirm ?? STANDARD.confirm,
      policy,
      numbering: office.numbering ?? STANDARD.numbering,
      deadlines: { ...STANDARD.deadlines, ...inSeconds(office.deadlines ?? {}) },
      plainMail: office.plainMail ?? STANDARD.plainMail,
      signer,
      answersPerHour: office.answersPerHour ?? STANDARD.answersPerHour,
      dailyRegister: { ...STANDARD.dailyRegister, ...office.dailyRegister },
      mailLimit: office.mailLimit === undefined ? STANDARD.mailLimit : office.mailLimit * 1_000_000,
    },
  ];
}

const inSeconds = (hours: Partial<Office['deadlines']>): Partial<Office['deadlines']> =>
  Object.fromEntries(Object.entries(hours).map(([awaited, value]) => [awaited, value * 3600]));

/** A key that cannot be used is reported at boot, not at the first message. */
function toSigner(seal: SealFile, at: string, { faults, secretFiles }: Reading): SealSigner | null {
  secretFiles.push('pkcs12File' in seal ? seal.pkcs12File : seal.keyFile);
  if (seal.passphraseFile !== undefined) secretFiles.push(seal.passphraseFile);
  try {
    const passphrase = seal.passphraseFile === undefined ? null : readFileSync(seal.passphraseFile, 'utf8').trimEnd();
    const signer =
      'pkcs12File' in seal
        ? signerFromPkcs12(readFileSync(seal.pkcs12File), passphrase ?? '')
        : signerFromPem(
            readFileSync(seal.certificateFile, 'utf8'),
            readFileSync(seal.keyFile, 'utf8'),
            passphrase === null ? {} : { passphrase },
          );
    if (signer.ok) return signer.value;
    faults.push(`${at}: ${signer.problem.message}`);
  } catch (error) {
    faults.push(`${at}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return null;
}

function toAccount(account: AccountFile, at: string, { open, faults, secretFiles }: Reading) {
  if (account.passwordFile !== undefined) secretFiles.push(account.passwordFile);
  const read = (path: string | undefined, field: string): string | null => {
    if (path === undefined) return null;
    try {
      return readFileSync(path, 'utf8');
    } catch {
      faults.push(`${at}/${field}: the file ${path} cannot be read`);
      return null;
    }
  };
  const opened = (): string | null => {
    if (account.passwordSealed === undefined) return null;
    const password = open(account.passwordSealed);
    if (password.ok) return password.value;
    faults.push(`${at}/passwordSealed: it does not open with INTERPRO_SECRET_KEY: seal it again (interpro seal)`);
    return null;
  };
  return {
    host: account.host,
    port: account.port,
    secure: account.secure ?? true,
    user: account.user ?? null,
    password: read(account.passwordFile, 'passwordFile')?.trimEnd() ?? opened(),
    ca: read(account.caFile, 'caFile'),
  };
}
