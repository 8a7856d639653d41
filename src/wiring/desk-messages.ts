/** What the screen of a message is made of. */
import { postgresByHand } from '../adapters/postgres/by-hand/store.ts';
import { postgresAssignments } from '../adapters/postgres/queries/assignments.ts';
import { postgresMessageSheets } from '../adapters/postgres/queries/message-sheets.ts';
import { recipientLives } from '../adapters/postgres/queries/recipient-lives.ts';
import type { MessageDeps } from '../entrances/http/desk/message/message-deps.ts';
import { legalTime } from '../kernel/clock.ts';
import type { Sha256 } from '../kernel/ids.ts';
import { openAssignments } from '../service/assignments/open-assignments.ts';
import { likelyDuplicates } from '../service/by-hand/duplicates.ts';
import { proposalsFor } from '../service/by-hand/proposals.ts';
import type { Commands } from '../service/commands/commands.ts';
import { registerFiled } from '../service/commands/register-filed.ts';
import { openPreviews } from '../service/previews/open-previews.ts';
import type { PreviewLooks } from '../service/previews/preview.ts';
import type { officeReading } from './api.ts';
import { maySeeIn } from './desk-by-hand.ts';
import type { PreviewOrigin } from './preview.ts';
import type { Storage } from './storage.ts';

export interface MessageParts {
  readonly storage: Storage;
  readonly commands: Commands;
  readonly reading: ReturnType<typeof officeReading>;
  readonly preview: PreviewOrigin;
  readonly looks: PreviewLooks;
}

export function messageDeps({ storage, commands, reading, preview, looks }: MessageParts): MessageDeps {
  const { pool, clock, views } = storage;
  const byHand = postgresByHand(pool);
  const { duplicates } = byHand;
  const assignments = openAssignments(storage, postgresAssignments(pool));
  const { contents, reader, registrationFiles, evidence } = reading;
  return {
    sheets: postgresMessageSheets(pool),
    views,
    commands,
    assign: assignments.assign,
    choices: async (aoo, correspondent, asker) => {
      const [proposals, units] = await Promise.all([
        proposalsFor(aoo, { templateId: null, correspondent }, asker, byHand),
        assignments.views.choices(aoo, legalTime(clock.now()).date),
      ]);
      return { proposals, units };
    },
    registerFiled: (office, request, person, call) =>
      registerFiled(office, request, person, call, {
        register: commands.register,
        filing: byHand.filing,
        maySee: maySeeIn(views),
      }),
    contents,
    reader,
    registrationFiles,
    evidence,
    previews: openPreviews(looks),
    async seenBefore(aoo, question, asker) {
      const digests = question.digests as readonly Sha256[];
      const found = await likelyDuplicates(aoo, { ...question, digests }, asker, clock.now(), duplicates);
      return found.map(({ registration: { register, year, number, date, subject }, why }) => ({
        register,
        year,
        number,
        date,
        subject,
        why,
      }));
    },
    previewOrigin: preview.of,
    recipients: { lives: recipientLives(pool), clock },
    now: clock.now,
  };
}
