/** What an audit found, as a program reads it: one fault each, with what, which and where. */
import type { AuditVerdict } from '../queries/views.ts';
import type { WitnessVerdict } from '../register/witness.ts';
import type { FilesChecked } from './verify-files.ts';

export interface AuditFault {
  readonly what: string;
  readonly id: string;
  readonly where: string;
}

export interface OfficeAudit extends AuditVerdict {
  readonly witness: WitnessVerdict;
  /** Null: files were not read. */
  readonly files: FilesChecked | null;
}

const WITNESS: Readonly<Record<WitnessVerdict, string | null>> = {
  agrees: null,
  behind: 'cut off, or another chain than was witnessed',
  unseen: 'recovered without its witness',
  none: 'nobody has witnessed the end of the chain',
};

export function auditFaults(office: OfficeAudit): readonly AuditFault[] {
  const { aoo, brokenAt, findings, found, witness, files } = office;
  const said = WITNESS[witness];
  const unnamed = found - findings.length + (files === null ? 0 : files.found - files.faults.length);
  return [
    ...(brokenAt === null ? [] : [{ what: 'the audit chain is broken', id: String(brokenAt), where: `${aoo} audit` }]),
    ...findings.map(({ table, key, what, columns }) => ({
      what,
      id: key,
      where: [aoo, table, columns.join(', ')].filter((part) => part !== '').join(' '),
    })),
    ...(files?.faults ?? []).map(({ what, sha256, of }) => ({ what, id: sha256, where: `${aoo} file of ${of}` })),
    ...(said === null ? [] : [{ what: said, id: aoo, where: `${aoo} witness` }]),
    ...(unnamed > 0 ? [{ what: `${unnamed} more`, id: '', where: aoo }] : []),
  ];
}

/** The whole answer. */
export const auditReport = (offices: readonly OfficeAudit[]) => {
  const faults = offices.flatMap(auditFaults);
  return {
    registrations: offices.reduce((sum, { registrations }) => sum + registrations, 0),
    documents: offices.reduce((sum, { files }) => sum + (files?.files ?? 0), 0),
    ok: faults.length === 0,
    faults,
    offices,
  };
};
