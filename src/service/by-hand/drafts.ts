/** Forms of the desk as they are typed, saved by themselves. They are work in hand of one person, and no record. */
import type { Clock } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Draft, DraftKind, Drafts } from './ports.ts';

export interface DraftDeps {
  readonly drafts: Drafts;
  readonly clock: Clock;
}

/** `version`: of what is replaced, 0 of a new one; the page that saved last goes on with the version it got. */
export async function saveDraft(
  aoo: AooId,
  wanted: Pick<Draft, 'draftId' | 'personId' | 'content' | 'version'> & { readonly kind: DraftKind },
  { drafts, clock }: DraftDeps,
): Promise<Result<{ readonly version: number; readonly savedAt: Date }>> {
  if (Buffer.byteLength(JSON.stringify(wanted.content)) > LIMITS.draftBytes) return refuse(problem('draft-too-large'));
  const savedAt = clock.now();
  const isSaved = await drafts.save(aoo, { ...wanted, savedAt }, LIMITS.drafts);
  return isSaved ? ok({ version: wanted.version + 1, savedAt }) : refuse(problem('version-conflict'));
}
