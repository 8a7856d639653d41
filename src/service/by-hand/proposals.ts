/** What was chosen before for the same template or the same correspondent. Proposals are shown with their reason, never set. */
import type { AooId } from '../../kernel/ids.ts';
import type { Reader } from '../people/rights.ts';
import type { PlanEntry } from '../register/by-hand-writes.ts';
import { planOf } from './plan.ts';
import type { FilingViews, OpenFile, PastChoice, PastDecisions } from './ports.ts';

export interface ProposedClass {
  readonly entry: PlanEntry;
  /** `template`: with this template; `correspondent`: of this correspondent; `rule`: the template says so itself. */
  readonly because: 'template' | 'correspondent' | 'rule';
  readonly times: number;
  readonly of: number;
}

export interface Proposals {
  readonly classes: readonly ProposedClass[];
  readonly files: readonly OpenFile[];
  /** By the id of the unit. */
  readonly units: readonly PastChoice[];
}

export interface ProposalDeps {
  readonly past: PastDecisions;
  readonly filing: FilingViews;
}

const SHOWN = 3;

export async function proposalsFor(
  aoo: AooId,
  { templateId, correspondent }: { readonly templateId: string | null; readonly correspondent: string },
  reader: Reader,
  { past, filing }: ProposalDeps,
): Promise<Proposals> {
  const [plan, template, ofTemplate, ofCorrespondent, filesBefore, units] = await Promise.all([
    planOf(aoo, filing),
    templateId === null ? null : filing.template(aoo, templateId),
    templateId === null ? [] : past.classesOfTemplate(aoo, templateId, reader),
    correspondent === '' ? [] : past.classesOfCorrespondent(aoo, correspondent, reader),
    correspondent === '' ? [] : past.filesOfCorrespondent(aoo, correspondent, reader),
    correspondent === '' ? [] : past.unitsOfCorrespondent(aoo, correspondent, reader),
  ]);
  const entries = new Map(plan.map((entry) => [entry.code, entry]));
  const proposed = (because: ProposedClass['because']) => (choice: PastChoice) => {
    const entry = entries.get(choice.value);
    return entry === undefined ? [] : [{ entry, because, times: choice.times, of: choice.of }];
  };
  const ruled = template?.classification == null ? [] : [{ value: template.classification, times: 0, of: 0 }];
  const classes: ProposedClass[] = [];
  // What happened says more than a rule; a rule more than nothing.
  for (const one of [
    ...ofTemplate.flatMap(proposed('template')),
    ...ruled.flatMap(proposed('rule')),
    ...ofCorrespondent.flatMap(proposed('correspondent')),
  ])
    if (!classes.some(({ entry }) => entry.code === one.entry.code)) classes.push(one);
  const files = await Promise.all(filesBefore.slice(0, SHOWN).map(({ fileId }) => filing.file(aoo, fileId)));
  return {
    classes: classes.slice(0, SHOWN),
    units: units.slice(0, SHOWN),
    files: files.flatMap((file) => (file === null || file.closedAt !== null ? [] : file)),
  };
}
