/** Subjects that come back, with the classification, the office and the reserve that go with them. */

import { COUNCIL_PLAN } from '../../domain/register/council-plan.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { TemplateWrite } from '../register/by-hand-writes.ts';
import { type Call, type CommandDeps, personOf, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';

/** `templateId` null: a new one. `version`: what the person saw. */
export type TemplateRequest = Omit<TemplateWrite, 'templateId' | 'version' | 'retired'> & {
  readonly templateId: string | null;
  readonly version: number | null;
};

/** "Conservazione illimitata", "10 anni dalla chiusura del fascicolo". */
const LONGEST_RETENTION = 200;

export async function saveTemplate(
  office: Office,
  request: TemplateRequest,
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly templateId: string }>> {
  const { templateId, version, ...content } = request;
  if (content.name === '' || content.subject === '') return refuse(problem('template-incomplete', 'name'));
  if (content.name.length > LIMITS.handName) return refuse(problem('hand-name-long', 'name', String(LIMITS.handName)));
  if (content.subject.length > LIMITS.handSubject)
    return refuse(problem('hand-subject-long', 'subject', String(LIMITS.handSubject)));
  if ((content.retention ?? '').length > LONGEST_RETENTION)
    return refuse(problem('correspondent-text-long', 'retention', String(LONGEST_RETENTION)));
  return runCommand(office, call, deps, async (tx, work) => {
    const present = templateId === null ? null : await tx.byHand.template(templateId);
    if (templateId !== null && (present === null || present.retired)) return refuse(problem('hand-template-unknown'));
    if (present !== null && version !== present.version) return refuse(problem('version-conflict'));
    if (await tx.byHand.isTemplateNamed(content.name, templateId))
      return refuse(problem('template-name-taken', 'name', content.name));
    const { classification, unitId } = content;
    const plan = (await tx.byHand.plan()) ?? COUNCIL_PLAN;
    if (classification !== null && !plan.some(({ code }) => code === classification))
      return refuse(problem('hand-class-unknown', 'classification', classification));
    if (unitId !== null && !(await tx.byHand.isUnit(unitId))) return refuse(problem('template-unit-unknown', 'unitId'));
    const id = templateId ?? uuidv7(work.at);
    work.byHand.templates.push({ ...content, templateId: id, version: (present?.version ?? 0) + 1, retired: false });
    work.audit(present === null ? 'template-added' : 'template-changed', id, {
      ...{ by: call.by, person: personOf(call) },
      ...content,
    });
    return ok({ templateId: id });
  });
}

/** No longer offered; registrations made with it keep naming it. */
export const retireTemplate = (
  office: Office,
  { templateId, version }: { readonly templateId: string; readonly version: number | null },
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly templateId: string }>> =>
  runCommand(office, call, deps, async (tx, work) => {
    const present = await tx.byHand.template(templateId);
    if (present === null || present.retired) return refuse(problem('hand-template-unknown'));
    if (version !== present.version) return refuse(problem('version-conflict'));
    work.byHand.templates.push({ ...present, version: present.version + 1, retired: true });
    work.audit('template-retired', templateId, { by: call.by, person: personOf(call), name: present.name });
    return ok({ templateId });
  });
