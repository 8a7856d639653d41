import { basename, extname } from 'node:path';
import { parseArgs } from 'node:util';
import { witnessPlaces } from '../../config/witness-places.ts';
import { oneLine } from '../../domain/register/registration.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { ProblemCode } from '../../kernel/problems.ts';
import { GENERATIONS } from '../../model/segnatura.ts';
import { type NotSent, type SendToRequest, type SentTo, sendTo } from '../../service/outgoing/send-to.ts';
import { withSending } from '../../wiring/cli.ts';
import { givenNumber, NUMBER_FORM } from './decisions/number-options.ts';
import { DETAIL_HELP, DETAIL_OPTIONS, detailsOf } from './input/detail-options.ts';
import { findService } from './input/find-service.ts';
import { MisuseError, openFile } from './input/given-files.ts';
import { officeNamed } from './input/office-named.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';

const HELP = `Usage: interpro send --from AOO --to CODE-OR-ADDRESS [--to …] --subject TEXT [options] FILE…

Registers a message and queues it; the running service sends it. The first file is the primary document, the others are
attachments. Recipients are looked up in the index first (interpro index find NAME). If one is unknown, ambiguous or
ceased, nothing is registered, and the command prints who could be meant.

  --from AOO             the sending office: IPA code/code of the AOO, or one of the two if it is unambiguous
  --to CODE-OR-ADDRESS   IPA code, IPA code/code of the AOO, Codice_uni_aoo or certified address; may be repeated
  --subject TEXT
  --classification CODE  place in the filing plan, levels separated by dots: I.15
  --copy CODE-OR-ADDRESS like --to, for information only
  --generation G         2001, 2009, 2013 or 3.0.0 (sealed); default: what each recipient is known to read, else 2013
${DETAIL_HELP}
  --number N --date DAY --time HH:MM:SS   for an office whose own protocol system numbers
  --no-confirmation      do not ask for a confirmation
  --address-as-it-is     use an address even if the index does not know it
  --json`;

const text = { type: 'string' } as const;
const OPTIONS = {
  from: text,
  to: { type: 'string', multiple: true },
  copy: { type: 'string', multiple: true },
  number: text,
  date: text,
  time: text,
  subject: text,
  classification: text,
  generation: text,
  'no-confirmation': { type: 'boolean', default: false },
  'address-as-it-is': { type: 'boolean', default: false },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  ...DETAIL_OPTIONS,
} as const;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.pdf': 'application/pdf',
  '.p7m': 'application/pkcs7-mime',
  '.p7s': 'application/pkcs7-signature',
  '.xml': 'application/xml',
  '.txt': 'text/plain',
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.eml': 'message/rfc822',
  '.zip': 'application/zip',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.rtf': 'application/rtf',
  '.odt': 'application/vnd.oasis.opendocument.text',
  '.ods': 'application/vnd.oasis.opendocument.spreadsheet',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** The API's limit. */
const MAX_SUBJECT_CHARACTERS = 20_000;

export async function runSend(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  if (values.help) return say(HELP);
  const { from, to = [], copy = [], subject = '' } = values;
  const generation = GENERATIONS.find((known) => known === values.generation) ?? null;
  if (from === undefined || to.length === 0 || values.subject === undefined)
    return misused('--from, --to and --subject are needed');
  for (const [name, given] of Object.entries({ from: [from], to, subject: [subject] }))
    if (given.some((one) => one.trim() === '')) return misused(`--${name} is empty`);
  if (subject.length > MAX_SUBJECT_CHARACTERS)
    return misused(`--subject is longer than ${MAX_SUBJECT_CHARACTERS} characters`);
  if (copy.some((one) => one.trim() === '')) return misused('--copy is empty');
  if (positionals.length === 0) return misused('name at least one file');
  if ((values.generation === undefined) !== (generation === null))
    return misused('--generation: 2001, 2009, 2013 or 3.0.0');
  const levels = values.classification?.split('.').map((level) => level.trim()) ?? [];
  if (levels.includes('')) return misused('--classification: levels are separated by single dots, as in I.15');
  const { config, databaseUrl } = findService();
  const office = officeNamed(from, config.offices);
  if (office === null) return misused(`--from: offices here are ${config.offices.map(({ aoo }) => aoo).join(', ')}`);
  let documents: SendToRequest['documents'];
  try {
    documents = await openAll(positionals);
  } catch (error) {
    if (error instanceof MisuseError) return misused(error.message);
    throw error;
  }
  const given = givenNumber(values, office.register);
  if (given === 'wrong') return misused(NUMBER_FORM);
  const details = detailsOf(values, positionals.length);
  if (typeof details === 'string') return misused(details);
  const request: SendToRequest = {
    to,
    copies: copy,
    ...(given !== null && { given }),
    ...(details !== null && { details }),
    subject: oneLine(subject),
    generation,
    documents,
    confirmationRequested: !values['no-confirmation'],
    addressAsItIs: values['address-as-it-is'],
    classifications: levels.length === 0 ? [] : [{ name: null, levels }],
  };
  const witness = witnessPlaces(config.dataFolder, config.witnessFolder ?? null);
  const place = {
    databaseUrl,
    dataFolder: config.dataFolder,
    bucket: config.bucket ?? null,
    node: config.index.node,
    witness,
  };
  const sent = await withSending(place, (deps) => sendTo(office, request, deps));
  if (values.json) say(JSON.stringify(sent.ok ? sent.value : plainly(sent), null, 2));
  else if (sent.ok) say(told(sent.value));
  if (sent.ok) return 0;
  if (!values.json) complain(refusal(sent));
  return 1;
}

const misused = (reason: string): 2 => sayMisuse('send', reason);

/** Throws MisuseError. Names must differ: the segnatura names the documents, and is a file of the message too. */
async function openAll(files: readonly string[]): Promise<SendToRequest['documents']> {
  const documents: SendToRequest['documents'][number][] = [];
  const taken = new Set(['segnatura.xml']);
  let left: number = LIMITS.sentBytes;
  for (const file of files) {
    const name = basename(file);
    if (file === '-') throw new MisuseError('a document needs a name: standard input has none');
    if (taken.has(name.toLowerCase())) throw new MisuseError(`${name}: another file of the message has this name`);
    taken.add(name.toLowerCase());
    const bytes = await openFile(file, left);
    if (bytes.length === 0) throw new MisuseError(`${name} is empty`);
    left -= bytes.length;
    const mediaType = MEDIA_TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream';
    documents.push({ name, mediaType, bytes });
  }
  return documents;
}

function told({ identifier, recipients, exchanges }: SentTo): string {
  const head = `registered under number ${identifier.number} of ${identifier.date}; queued for`;
  const lines = recipients.map(({ address, generation, copy, correspondent: { name, aooName } }, index) => {
    const who = [name, aooName].filter((part) => part !== null && part !== address).join(' / ');
    const how = `segnatura ${generation}${copy ? ', for information' : ''}`;
    const { exchangeId, warnings = [] } = exchanges[index] ?? {};
    const line = `  ${[who, address, how].filter(Boolean).join(', ')}  (interpro show ${exchangeId})`;
    return [line, ...warnings.map(({ message }) => `    ${message}`)].join('\n');
  });
  return [head, ...lines].join('\n');
}

const plainly = ({ problem, recipients }: NotSent) => ({ problem, recipients });

/** For each recipient what is wrong and who could be meant; in Italian, like every sentence about a message. */
const UNKNOWN: ProblemCode = 'index-recipient-unknown';
const AS_IT_IS = "Un indirizzo certificato che non è nell'indice si usa con --address-as-it-is.";

function refusal({ problem, recipients }: NotSent): string {
  const reasons = recipients.map(({ problem: own, suggestions }) => {
    const lines = suggestions.map(({ key, name, bodyName, municipality, province }) => {
      const who = [bodyName, name].filter(Boolean).join(' / ');
      const where = [municipality, province && `(${province})`].filter(Boolean).join(' ');
      return `  ${[who, where].filter(Boolean).join(', ')}: --to ${key}`;
    });
    const hint = lines.length > 0 ? ['Forse si intendeva:', ...lines] : own.code === UNKNOWN ? [AS_IT_IS] : [];
    return [own.message, ...hint].join('\n');
  });
  return [...(reasons.length > 0 ? reasons : [problem.message]), 'Non è stato registrato nulla.'].join('\n');
}
