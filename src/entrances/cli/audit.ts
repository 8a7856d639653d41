import { parseArgs } from 'node:util';
import { witnessPlaces } from '../../config/witness-places.ts';
import type { AooId } from '../../kernel/ids.ts';
import { auditReport, type OfficeAudit } from '../../service/administration/audit-faults.ts';
import { type FileFault, verifyFiles } from '../../service/administration/verify-files.ts';
import type { AuditFinding } from '../../service/queries/views.ts';
import { holdAgainstWitness, type WitnessVerdict } from '../../service/register/witness.ts';
import { type AuditDeps, withAudit } from '../../wiring/cli-audit.ts';
import { findService } from './input/find-service.ts';
import { complain, say } from './output/say.ts';

const HELP = `Usage: interpro audit [--registrations-only] [--anew] [--json]

Walks the audit chain of every office: each record carries the hash of the one before it. Holds every registration with its
documents, annulments, changes, links, notes, assignments and files, the links of exchanges and the digest of every mail against
what the chain says of them, and the end of the chain against the witness. Reads every stored document and mail again.
Names what was altered, is gone or was put in.

  --registrations-only   stored documents and mails are not read
  --anew                 from the start, also where an audit was interrupted
  --json                 { registrations, documents, ok, faults: [{ what, id, where }], offices }

Exits 1 when something does not fit. Large registers take minutes; how far it is stands on standard error. Interrupted, it goes
on where it was within a day: the chain is walked whole, and of the rows that were compared those are compared again that were
written since. For a judge, run it with --anew.`;

const OPTIONS = {
  'registrations-only': { type: 'boolean' },
  anew: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export async function runAudit(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) return say(HELP);
  const { config, databaseUrl, local } = findService();
  const places = witnessPlaces(config.dataFolder, config.witnessFolder ?? null);
  const { dataFolder, bucket = null } = config;
  const secretKeys = config.access?.secretKeys ?? [];
  const keyFolder = local ? dataFolder : null;
  const report = await withAudit({ databaseUrl, places, dataFolder, bucket, secretKeys, keyFolder }, async (deps) => {
    const memory = values.anew === true ? null : deps.memory.rows;
    const chains = await deps.views.verifyAudit(tellProgress(), memory);
    const offices: OfficeAudit[] = [];
    for (const chain of chains) {
      const aoo = chain.aoo as AooId;
      const witness = await holdAgainstWitness(aoo, deps.witness);
      const files = values['registrations-only'] === true ? null : await readFiles(aoo, deps, values.anew === true);
      offices.push({ ...chain, witness, files });
    }
    return auditReport(offices);
  });
  say(values.json ? JSON.stringify(report, null, 2) : report.offices.flatMap(linesOf).join('\n'));
  return report.ok ? 0 : 1;
}

async function readFiles(aoo: AooId, { stored, documents, memory }: AuditDeps, isAnew: boolean) {
  const tell = every(({ files }: { readonly files: number }) => complain(`${aoo}: ${files} files`));
  const from = isAnew ? null : await memory.files.recall(aoo);
  const checked = await verifyFiles(
    aoo,
    { stored, documents: await documents() },
    from ?? { after: '', files: 0 },
    async (progress) => {
      tell(progress);
      await memory.files.keep(aoo, progress);
    },
  );
  await memory.files.forget(aoo);
  return checked;
}

const WITNESS: Readonly<Record<WitnessVerdict, string>> = {
  agrees: '',
  behind: 'CUT OFF: the chain lacks what its witness has seen, or is another one',
  unseen:
    'RECOVERED without its witness: somebody let the office go on after a restored backup, and the witness does not know',
  none: 'NO WITNESS: whether the end of the chain was cut off cannot be said',
};

function linesOf(office: OfficeAudit): readonly string[] {
  const { aoo, records, brokenAt, covered, notCovered, waiting, found, findings, witness, files, resumedFrom } = office;
  const chain = brokenAt === null ? `whole, ${records} records` : `BROKEN at record ${brokenAt}`;
  const rows = [
    `${covered} rows covered`,
    ...(notCovered > 0 ? [`${notCovered} rows of before the audit covered rows: not covered`] : []),
    ...(waiting > 0 ? [`${waiting} mails not settled yet: not covered`] : []),
    ...(files === null ? [] : [`${files.files} files read`]),
    ...(resumedFrom === null ? [] : [`gone on: up to record ${resumedFrom} compared before`]),
  ];
  const counts = brokenAt === null ? `, ${rows.join(', ')}` : '';
  const unnamed = found - findings.length + (files === null ? 0 : files.found - files.faults.length);
  const more = unnamed > 0 ? [`and ${unnamed} more`] : [];
  const remarks = [
    ...(WITNESS[witness] === '' ? [] : [WITNESS[witness]]),
    ...findings.map(sentenceOf),
    ...(files?.faults ?? []).map(fileSentence),
    ...more,
  ];
  return [chain + counts, ...remarks].map((line) => `${aoo}: ${line}`);
}

const SAID: Readonly<Record<AuditFinding['what'], string>> = {
  altered: 'ALTERED',
  missing: 'MISSING',
  unrecorded: 'PUT IN without a record',
};

const sentenceOf = ({ table, key, what, columns }: AuditFinding): string =>
  `${SAID[what]}: ${[table, key].filter((part) => part !== '').join(' ')}${columns.length === 0 ? '' : `, ${columns.join(', ')}`}`;

const fileSentence = ({ what, sha256, of }: FileFault): string => `${what.toUpperCase()}: file ${sha256}, of ${of}`;

/** Every few seconds, so that a short run says nothing. */
const EVERY_MS = 5_000;

function every<T>(tell: (progress: T) => void): (progress: T) => void {
  let told = Date.now();
  return (progress) => {
    if (Date.now() - told < EVERY_MS) return;
    told = Date.now();
    tell(progress);
  };
}

const tellProgress = () =>
  every(({ aoo, records, of }: { readonly aoo: string; readonly records: number; readonly of: number }) =>
    complain(`${aoo}: ${records} of ${of} records`),
  );
