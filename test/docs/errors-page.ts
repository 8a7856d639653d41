/** Generates `docs/errors.md` from the table of problems. The advice is given here, by status and where needed by code. */
import { PROBLEMS, type ProblemCode } from '../../src/kernel/problems.ts';

const BY_STATUS: Readonly<Record<number, string>> = {
  400: 'Correct the request.',
  401: 'Send valid credentials; the same ones are refused again.',
  403: 'Ask for the scope, or for a credential of that office.',
  404: 'It does not exist, or is not yours to see.',
  405: 'Use one of the methods in `Allow`.',
  408: 'Send it again, with the same `Idempotency-Key`.',
  409: 'Read the current state and decide again.',
  413: 'Make it smaller.',
  415: 'Send another `Content-Type`.',
  416: 'Ask for bytes that are there.',
  417: 'Leave `Expect` out, or send `100-continue`.',
  422: 'Correct the request and send it again.',
  429: 'Wait for `Retry-After` seconds, then send it again, with the same `Idempotency-Key`.',
  500: 'Send it again a little later, with the same `Idempotency-Key`; if it goes on, tell the node, with `instance`.',
  503: 'Wait for `Retry-After` seconds, then send it again, with the same `Idempotency-Key`.',
};

const OF_RECIPIENT = '`recipients` in the answer says which one, with suggestions.';
const BY_CODE: Partial<Record<ProblemCode, string>> = {
  'bad-request':
    '`errors` names the place of each mistake, a hundred at most (of the first alone where the body has more than 2000 values): correct them.',
  'body-interrupted': 'Send it again.',
  'cursor-invalid': 'Begin the list again, without `cursor`.',
  'office-missing':
    'Name the office with `?aoo=`. Only an administrator of the node has to; a credential of an office has its own.',
  'index-empty': 'Import a file that has rows.',
  'token-early': 'Compare your clock with `Date` in the answer.',
  'token-expired': 'Get a new token.',
  'token-replayed':
    'Get a new token for every request, or ask the node to accept tokens of this issuer more than once (`reuse`).',
  'credential-expired':
    'Ask for a new one. Rotate the next one before it expires: `POST /credentials/self/rotation`, or `credential rotate`.',
  'credential-rotated': 'Use the new key. If you never made one, somebody else has your key: have it revoked.',
  'upload-interrupted': 'Continue from `Upload-Offset`, with `Content-Range`.',
  'upload-offset': 'Continue from `Upload-Offset`, with `Content-Range`.',
  'upload-complete': 'Nothing: the document is complete.',
  'upload-busy': 'Wait for `Retry-After` seconds, read the upload and continue from `received`.',
  'upload-incomplete': 'Upload the rest, then send the same request again.',
  'upload-expired': 'Announce the document again.',
  'upload-unknown': 'Announce the document again.',
  'upload-range': '`Content-Range` must fit the size that was announced.',
  'upload-quota': 'Use or cancel uploads (`DELETE /uploads/{id}`), or wait.',
  'upload-digest-differs': 'Upload it again from byte 0.',
  'idempotency-key-reused':
    'Another request used this key: choose a new one, and look for the mistake in how you make keys.',
  'command-in-progress': 'Ask again a little later, with the same `Idempotency-Key`.',
  'number-taken': 'This number is already in the register. If not for this very message, send the right number.',
  'number-date-future': 'Check `date`. Nothing was registered: send the right one.',
  'number-missing': 'Send `registration`: this office gives its own numbers.',
  'number-not-ours': 'Leave `registration` out: InterPro gives the numbers of this office.',
  'reply-address-not-own': "Give one of the office's own certified addresses as `replyTo`, or leave it out.",
  'state-conflict': 'Read the message: somebody has decided, or its state does not allow it. Repeating does not help.',
  'version-conflict': 'Read it again, decide again and send the new ETag; the same `Idempotency-Key` will do.',
  'task-undecided': 'Decide about the message (register, refuse or close it): the task closes by itself.',
  'registration-annulled': 'Nothing: it is annulled.',
  'index-busy': 'Try again when the other import has finished.',
  'index-older': 'Import days from the oldest to the newest; a file without a date counts as of today.',
  'index-shrunken': 'Look at the file. Where it is right, import it with `partial` or with a larger share.',
  'webhook-too-many': 'Remove a webhook.',
  'webhook-position': 'Begin at an event that has happened, or leave `after` out.',
  'webhook-address': 'Use https and a public address. The node may allow others (`INTERPRO_WEBHOOK_HOSTS`).',
  'mail-limit': 'Spread the documents over several messages.',
  'documents-too-large': 'Spread the documents over several messages.',
  'upload-too-large': 'A document may have 100 MB.',
  'signer-missing': 'Name another `generation`, or have a seal configured for the office.',
  'segnatura-not-expressible': 'Change the text, or name another `generation`.',
  'index-recipient-unknown': OF_RECIPIENT,
  'index-recipient-ambiguous': OF_RECIPIENT,
  'index-recipient-ceased': OF_RECIPIENT,
  'index-recipient-unreachable': OF_RECIPIENT,
  'index-recipient-doubled': 'Name each recipient once.',
  'document-lost':
    'Tell the node, with `instance`: a stored document is missing or was altered. Nothing of it is handed out.',
  'document-unavailable': 'Tell the node, with `instance`: it cannot read a stored document.',
  'secret-unreadable': 'Tell the node.',
  'secrets-unavailable': 'Tell the node: it has no `INTERPRO_SECRET_KEY`.',
  'headers-too-large': 'Send fewer or shorter headers: 16 KB at most.',
  'address-too-long': 'Shorten the path.',
  'idempotency-key-required': 'Send one with every command: a UUID that you keep with the work it belongs to.',
  'if-match-required': 'Read it first and send its ETag.',
  'integrity-missing': 'This credential asks for signed requests: docs/access.md.',
  'audit-missing': 'This credential asks for signed evidence: docs/access.md.',
  'certificate-required': 'Present the client certificate the credential is bound to.',
};

const ON_RECEIPT = {
  note: 'noted',
  flag: 'registered, with a flag',
  operator: 'left to a person',
  exception: 'refused with a NotificaEccezione',
} as const;

const line = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const sentence = (code: ProblemCode): string =>
  PROBLEMS[code].sentence.replaceAll('{detail}.', '…').replaceAll('{detail}', '…').replaceAll('|', '\\|');

export function adviceFor(code: ProblemCode): string | undefined {
  return BY_CODE[code] ?? BY_STATUS[PROBLEMS[code].http];
}

/** `answers`: the codes an API answer can have. */
export function errorsPage(answers: ReadonlySet<ProblemCode>): string {
  const all = Object.keys(PROBLEMS) as ProblemCode[];
  const ofAnswers = [...answers].sort((a, b) => PROBLEMS[a].http - PROBLEMS[b].http || (a < b ? -1 : 1));
  // The problems a message can have, in the order of the table.
  const ofMessages = all.filter((code) =>
    /^(mime|mail|pec|daticert|xml|segnatura|digest|document|seal|recipient|sender|registration|answer|message|receipt)-/.test(
      code,
    ),
  );
  return [
    '# Errors',
    '',
    '<!-- Written by `UPDATE_DOCS=1 npx vitest run test/docs/errors.test.ts` from src/kernel/problems.ts. -->',
    '',
    'Codes are stable: programs may rely on them. `…` stands for the details of the case.',
    '',
    '## Answers of the API',
    '',
    'Each is `application/problem+json` with `status`, `code`, a sentence as `title`, the same sentence with the details of',
    'the case as `detail` where there are any, `instance` (the request, as the log knows it) and, where a place is known,',
    '`errors`. `GET /rest/interpro/v1/problems` gives the same list to programs.',
    '',
    line('status', 'code', 'sentence', 'what to do'),
    line('---', '---', '---', '---'),
    ...ofAnswers.map((code) => line(String(PROBLEMS[code].http), `\`${code}\``, sentence(code), adviceFor(code) ?? '')),
    '',
    '## Problems of messages',
    '',
    'What is found when a message is judged stands in its `problems` (`GET /incoming-messages/{id}`) and, for a registration,',
    'in `flags`. The protocol system need not do anything: the columns say what the service does, by default and under the',
    'policy `strict`.',
    '',
    line('code', 'sentence', 'by default', 'strict'),
    line('---', '---', '---', '---'),
    ...ofMessages.map((code) =>
      line(`\`${code}\``, sentence(code), ON_RECEIPT[PROBLEMS[code].onReceipt], ON_RECEIPT[PROBLEMS[code].strict]),
    ),
    '',
  ].join('\n');
}
