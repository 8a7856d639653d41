import { ConfigError } from '../../config/config.ts';
import { loadOptionalPart } from '../../kernel/optional-part.ts';
import { errorCode } from '../../kernel/thrown.ts';
import { explainError } from './output/explain-error.ts';
import { complain, say } from './output/say.ts';

interface Command {
  readonly summary: string;
  run(args: readonly string[]): Promise<number>;
}

/** A command is loaded when it is called: `inspect`, for one, needs no database driver. */
const COMMANDS: Readonly<Record<string, Command>> = {
  migrate: {
    summary: 'bring the database to the current schema',
    run: async (args) => (await import('./migrate.ts')).runMigrate(args),
  },
  doctor: {
    summary: 'check configuration, database, mailboxes and trust anchors, and say what to do',
    run: async (args) => (await import('./doctor.ts')).runDoctor(args),
  },
  reload: {
    summary: 'have the running service read its configuration again',
    run: async (args) => (await import('./reload.ts')).runReload(args),
  },
  inspect: {
    summary: 'judge a mail (.eml) or a segnatura (.xml) as the service would',
    run: async (args) => (await import('./inspect.ts')).runInspect(args),
  },
  segnatura: {
    summary: 'check, write or convert a segnatura',
    run: async (args) => (await import('./segnatura/segnatura-command.ts')).runSegnatura(args),
  },
  send: {
    summary: 'register a message and send it to offices found in the index',
    run: async (args) => (await import('./send.ts')).runSend(args),
  },
  list: {
    summary: 'list messages, registrations, exchanges or tasks, newest first',
    run: async (args) => (await import('./list-and-show.ts')).runList(args),
  },
  search: {
    summary: 'search the register, down to the text of documents',
    run: async (args) => (await import('./search.ts')).runSearch(args),
  },
  show: {
    summary: 'show everything known about one message, registration, exchange or task',
    run: async (args) => (await import('./list-and-show.ts')).runShow(args),
  },
  register: {
    summary: 'register a message that waits for a person',
    run: async (args) => (await import('./decisions/exchange-decisions.ts')).runRegister(args),
  },
  refuse: {
    summary: 'refuse a message: its sender is told why',
    run: async (args) => (await import('./decisions/exchange-decisions.ts')).runRefuse(args),
  },
  confirm: {
    summary: 'tell the sender of a registered message its number',
    run: async (args) => (await import('./decisions/exchange-decisions.ts')).runConfirm(args),
  },
  close: {
    summary: "put a message aside, or take a task off a person's list",
    run: async (args) => (await import('./decisions/exchange-decisions.ts')).runClose(args),
  },
  'hand-over': {
    summary: 'hand a message that waits for a protocol system to a person',
    run: async (args) => (await import('./decisions/exchange-decisions.ts')).runHandOver(args),
  },
  resend: {
    summary: 'send the mail of an exchange once more',
    run: async (args) => (await import('./decisions/exchange-decisions.ts')).runResend(args),
  },
  annul: {
    summary: 'annul a registration (DPR 445/2000 art. 54)',
    run: async (args) => (await import('./decisions/registration-decisions.ts')).runAnnul(args),
  },
  change: {
    summary: 'reassign or reclassify a registration',
    run: async (args) => (await import('./decisions/registration-decisions.ts')).runChange(args),
  },
  documents: {
    summary: 'find stored documents that are damaged, or that nothing mentions',
    run: async (args) => (await import('./documents.ts')).runDocuments(args),
  },
  recover: {
    summary: 'see what a restored database lacks, and let its offices go on',
    run: async (args) => (await import('./recover.ts')).runRecover(args),
  },
  rehearse: {
    summary: 'prove that an office is set up well: it sends every message to itself',
    run: async (args) => (await import('./rehearse/rehearse.ts')).runRehearse(args),
  },
  evidence: {
    summary: 'export everything that proves one exchange as a ZIP',
    run: async (args) => (await import('./evidence.ts')).runEvidence(args),
  },
  retry: {
    summary: 'settle again messages that could not be settled',
    run: async (args) => (await import('./retry.ts')).runRetry(args),
  },
  'daily-register': {
    summary: 'close the registers of days that are over; list, show, write and verify them',
    run: async (args) => (await import('./daily-register.ts')).runDailyRegister(args),
  },
  text: {
    summary: 'the texts of documents: how far they are read, read some again',
    run: async (args) => (await import('./text.ts')).runText(args),
  },
  audit: {
    summary: 'walk the audit chain of every office and say whether it is whole',
    run: async (args) => (await import('./audit.ts')).runAudit(args),
  },
  credential: {
    summary: 'who may call the API: create, list, rotate, revoke',
    run: async (args) => (await import('./credential.ts')).runCredential(args),
  },
  person: {
    summary: 'who works at the desk: add, list, role, disable, entry',
    run: async (args) => (await import('./person.ts')).runPerson(args),
  },
  seal: {
    summary: 'seal a password for the offices file with the key of the node',
    run: async (args) => (await import('./seal.ts')).runSeal(args),
  },
  index: {
    summary: 'the national index: import, look-up, history, changes',
    run: async (args) => (await import('./index/index-command.ts')).runIndex(args),
  },
  sandbox: {
    summary: 'run a PEC provider for trying things out',
    run: async (args) => (await loadSandbox()).runSandbox(args, print),
  },
};

/** Production installations leave the sandbox out. */
const loadSandbox = () => loadOptionalPart('The PEC sandbox', () => import('../../sandbox/cli.ts'));

const print = (line: string): void => void say(line);

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `Usage: npm run -s interpro -- <command> [options]\n\n${lines.join('\n')}\n\nEvery command explains itself with --help.`;
}

/** `interpro <command>`. Commands print for people, or JSON with `--json`, and exit 0 (done), 1 (failed) or 2 (misused). */
export async function runInterpro([name, ...args]: readonly string[]): Promise<number> {
  const command = name === undefined ? undefined : COMMANDS[name];
  if (command === undefined) {
    const asked = name === undefined || name === '--help' || name === 'help';
    if (asked) print(help());
    else complain(`interpro: there is no command "${name}"\nwhat there is: interpro --help`);
    return asked && name !== undefined ? 0 : 2;
  }
  try {
    return await command.run(args);
  } catch (error) {
    complain(`interpro ${name}: ${explainError(error)}`);
    return error instanceof ConfigError || isMisuse(error) ? 2 : 1;
  }
}

function isMisuse(error: unknown): boolean {
  return errorCode(error).startsWith('ERR_PARSE_ARGS');
}
