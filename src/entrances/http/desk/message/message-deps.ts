import type { Readable } from 'node:stream';
import type { AooId } from '../../../../kernel/ids.ts';
import type { Result } from '../../../../kernel/result.ts';
import type { UnitChoice } from '../../../../service/assignments/assignment-views.ts';
import type { Assignments } from '../../../../service/assignments/open-assignments.ts';
import type { Registering } from '../../../../service/by-hand/check-filing.ts';
import type { Proposals } from '../../../../service/by-hand/proposals.ts';
import type { Commands } from '../../../../service/commands/commands.ts';
import type { Decided } from '../../../../service/commands/decide-incoming.ts';
import type { FiledRequest } from '../../../../service/commands/register-filed.ts';
import type { MessageContents } from '../../../../service/documents/message-content.ts';
import type { DocumentFile, DocumentReader } from '../../../../service/documents/read-document.ts';
import type { WantedFile } from '../../../../service/evidence/registration-files.ts';
import type { Reader } from '../../../../service/people/rights.ts';
import type { Previews } from '../../../../service/previews/open-previews.ts';
import type { MessageSheets } from '../../../../service/queries/message-sheets.ts';
import type { Views } from '../../../../service/queries/views.ts';
import type { RegistrationKey } from '../../../../service/register/changes.ts';
import type { Call } from '../../../../service/register/idempotent-command.ts';
import type { Office } from '../../../../service/register/office.ts';
import type { RecipientsDeps } from '../send/recipients.ts';
import type { Visit } from '../visit.ts';

export interface MessageDeps {
  readonly sheets: MessageSheets;
  readonly views: Pick<Views, 'registration'>;
  readonly commands: Pick<Commands, 'refuse' | 'confirm' | 'setAside' | 'resend' | 'closeTask'>;
  readonly contents: Pick<MessageContents, 'of'>;
  readonly reader: Pick<DocumentReader, 'inMail' | 'mail'>;
  readonly previews: Previews;
  readonly registrationFiles: {
    file(
      aoo: AooId,
      key: RegistrationKey,
      wanted: WantedFile,
      direction: 'incoming' | 'outgoing' | null,
    ): Promise<Result<DocumentFile>>;
  };
  readonly evidence: (
    aoo: AooId,
    exchangeId: string,
  ) => Promise<{ readonly name: string; readonly stream: Readable } | null>;
  /** What is proposed to who registers, from what was chosen before. */
  readonly choices: (aoo: AooId, correspondent: string, reader: Reader) => Promise<RegisterChoices>;
  readonly registerFiled: (
    office: Office,
    request: FiledRequest,
    person: Registering,
    call: Call,
  ) => Promise<Result<Decided>>;
  readonly assign: Assignments['assign'];
  /** Registered already? */
  readonly seenBefore: (aoo: AooId, question: SeenQuestion, reader: Reader) => Promise<readonly SeenBefore[]>;
  /** Where documents are previewed, for a browser that reached the desk so; null: in an opaque frame of the desk. */
  readonly previewOrigin: (reached: { readonly protocol: string; readonly hostname: string }) => string | null;
  /** Of a sent message. */
  readonly recipients: RecipientsDeps;
  readonly now: () => Date;
}

export interface RegisterChoices {
  readonly proposals: Proposals;
  /** Whom something can be given to today. */
  readonly units: readonly UnitChoice[];
}

export interface SeenQuestion {
  readonly digests: readonly string[];
  readonly peerNumber: string;
  readonly correspondent: string;
  readonly subject: string;
}

export interface SeenBefore extends RegistrationKey {
  readonly date: string;
  readonly subject: string;
  readonly why: 'document' | 'number' | 'subject';
}

/** A visit of an office's page, under whatever right. */
export type OfficeVisit = Pick<
  Visit<'messages:read'>,
  'caller' | 'office' | 'aoo' | 'params' | 'query' | 'request' | 'reply' | 'token'
>;
