import { parseArgs } from 'node:util';
import { witnessPlaces } from '../../config/witness-places.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { AuditFinding, AuditVerdict } from '../../service/queries/views.ts';
import { holdAgainstWitness, type WitnessVerdict } from '../../service/register/witness.ts';
import { withAudit } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { complain, say } from './output/say.ts';

const HELP = `Usage: interpro audit [--json]

Walks the audit chain of every office: each record carries the hash of the one before it. Holds every registration with its
documents, annulments and changes, the links of exchanges and the digest of every mail against what the chain says of them,
and the end of the chain against the witness. Names what was altered, is gone or was put in.

Exits 1 when something does not fit. Large registers take minutes; how far it is stands on standard error.`;

type Checked = AuditVerdict & { readonly witness: WitnessVerdict };

export async function runAudit(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) return say(HELP);
  const { config, databaseUrl } = findService();
  const places = witnessPlaces(config.dataFolder, config.witnessFolder ?? null);
  const checked = await withAudit({ databaseUrl, places }, async ({ views, witness }) => {
    const chains = await views.verifyAudit(tellProgress());
    const held: Checked[] = [];
    for (const chain of chains) held.push({ ...chain, witness: await holdAgainstWitness(chain.aoo as AooId, witness) });
    return held;
  });
  say(values.json ? JSON.stringify(checked, null, 2) : checked.flatMap(linesOf).join('\n'));
  const isSound = ({ brokenAt, found, witness }: Checked): boolean =>
    brokenAt === null && found === 0 && witness === 'agrees';
  return checked.every(isSound) ? 0 : 1;
}

const WITNESS: Readonly<Record<WitnessVerdict, string>> = {
  agrees: '',
  behind: 'CUT OFF: the chain lacks what its witness has seen, or is another one',
  unseen:
    'RECOVERED without its witness: somebody let the office go on after a restored backup, and the witness does not know',
  none: 'NO WITNESS: whether the end of the chain was cut off cannot be said',
};

function linesOf({ aoo, records, brokenAt, covered, notCovered, waiting, found, findings, witness }: Checked) {
  const chain = brokenAt === null ? `whole, ${records} records` : `BROKEN at record ${brokenAt}`;
  const rows = [
    `${covered} rows covered`,
    ...(notCovered > 0 ? [`${notCovered} rows of before the audit covered rows: not covered`] : []),
    ...(waiting > 0 ? [`${waiting} mails not settled yet: not covered`] : []),
  ];
  const counts = brokenAt === null ? `, ${rows.join(', ')}` : '';
  const more = found > findings.length ? [`and ${found - findings.length} more`] : [];
  const remarks = [...(WITNESS[witness] === '' ? [] : [WITNESS[witness]]), ...findings.map(sentenceOf), ...more];
  return [chain + counts, ...remarks].map((line) => `${aoo}: ${line}`);
}

const SAID: Readonly<Record<AuditFinding['what'], string>> = {
  altered: 'ALTERED',
  missing: 'MISSING',
  unrecorded: 'PUT IN without a record',
};

const sentenceOf = ({ table, key, what, columns }: AuditFinding): string =>
  `${SAID[what]}: ${[table, key].filter((part) => part !== '').join(' ')}${columns.length === 0 ? '' : `, ${columns.join(', ')}`}`;

/** Every few seconds, so that a short run says nothing. */
const EVERY_MS = 5_000;

function tellProgress() {
  let told = Date.now();
  return ({ aoo, records, of }: { readonly aoo: string; readonly records: number; readonly of: number }): void => {
    if (Date.now() - told < EVERY_MS) return;
    told = Date.now();
    complain(`${aoo}: ${records} of ${of} records`);
  };
}
