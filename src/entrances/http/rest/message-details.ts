/** What a caller may say of an outgoing message beyond subject, recipients and documents, in the shape in which it is shown. */
import { type Static, Type } from '@fastify/type-provider-typebox';
import { sentenceForRecipient } from '../../../kernel/conversion-problems.ts';
import type { Problem } from '../../../kernel/problems.ts';
import type { MessageReference, Person as ModelPerson } from '../../../model/segnatura.ts';
import type { MessageDetails } from '../../../service/outgoing/message-details.ts';
import type { Office as OwnOffice } from '../../../service/register/office.ts';
import type { RequestPlace } from '../reply/problem-error.ts';
import { closed, day, ipaCode, line, listOf, matching, named, prose } from '../schemas.ts';
import { ProceedingKind } from './segnatura-answers.ts';

const Office = named('SendingOffice', {
  name: line(300),
  code: Type.Optional(line(16, { description: "Codice_uni_uo dell'IPA: la 3.0.0 indica un ufficio solo così." })),
});
const Person = named(
  'SendingPerson',
  {
    firstName: Type.Optional(line(150, { description: 'La 3.0.0 vuole nome e cognome.' })),
    familyName: line(150),
    title: Type.Optional(line(150)),
    role: Type.Optional(line(300, { description: 'La 3.0.0 non lo prevede.' })),
  },
  { description: 'Chi scrive.' },
);
const Classification = named('ReferenceClassification', {
  name: Type.Optional(line(500)),
  levels: listOf(line(100), 10, { minItems: 1 }),
});
const Folder = named('Folder', { name: Type.Optional(line(500)), code: line(200) });
const Reference = named(
  'MessageReference',
  {
    identifier: Type.Optional(
      named('ReferredRegistration', {
        administration: ipaCode(),
        aoo: ipaCode(),
        register: Type.Optional(ipaCode({ description: 'Da indicare se è noto: la 2013 e la 3.0.0 lo vogliono.' })),
        number: matching('^[0-9]{1,20}$', 20, { description: 'Si scrive con almeno sette cifre.' }),
        date: day(),
      }),
    ),
    description: Type.Optional(line(2_000, { description: 'Al posto di «identifier», se non era protocollato.' })),
    subject: Type.Optional(line(20_000, { description: 'La 3.0.0 lo vuole, con la classificazione.' })),
    classification: Type.Optional(Classification),
    folder: Type.Optional(Folder),
  },
  { description: 'Un messaggio precedente: con «identifier» oppure «description». La 3.0.0 ne prevede uno solo.' },
);
const Proceeding = named(
  'Proceeding',
  {
    kind: ProceedingKind,
    code: line(200),
    administration: Type.Optional(ipaCode({ description: 'Se manca, la propria.' })),
    aoo: Type.Optional(ipaCode({ description: 'Se manca, la propria.' })),
    type: Type.Optional(line(300)),
    subject: Type.Optional(line(2_000)),
  },
  { description: 'Il procedimento a cui il messaggio appartiene; la 3.0.0 non lo prevede.' },
);
const DocumentDetails = named('DocumentDetails', {
  title: Type.Optional(line(2_000)),
  subject: Type.Optional(line(20_000, { description: 'La 3.0.0 non lo prevede, come «type» e «notes».' })),
  type: Type.Optional(line(300)),
  notes: Type.Optional(prose(5_000)),
});

/** Members of a message, beside those every one has. */
export const messageDetailMembers = {
  text: Type.Optional(
    prose(20_000, {
      description: 'Il testo del messaggio di posta. Accompagna la segnatura e i documenti, e non è fra questi.',
    }),
  ),
  sender: Type.Optional(
    named('MessageSender', {
      offices: Type.Optional(
        listOf(Office, 10, { description: 'Dal più esterno a quello che scrive; la 3.0.0 indica solo questo.' }),
      ),
      persons: Type.Optional(listOf(Person, 10)),
    }),
  ),
  replyTo: Type.Optional(
    line(320, {
      description: "Dove si vogliono le risposte: un indirizzo certificato di questo ufficio, diverso dall'usuale.",
    }),
  ),
  reserved: Type.Optional(
    named('AskedReserve', { reason: Type.Optional(line(500)) }, { description: 'Chiede un trattamento riservato.' }),
  ),
  notes: Type.Optional(prose(5_000, { description: 'La 3.0.0 non le prevede.' })),
  folder: Type.Optional(Folder),
  references: Type.Optional(listOf(Reference, 100)),
  proceedings: Type.Optional(listOf(Proceeding, 20)),
  documentDetails: Type.Optional(
    listOf(DocumentDetails, 200, { description: "Ciò che si dice dei documenti, nell'ordine di questi." }),
  ),
};
const Details = closed(messageDetailMembers);
export type SaidDetails = Static<typeof Details>;

/** What a schema cannot say. */
export function faultsInDetails(said: SaidDetails, documents: number): readonly RequestPlace[] {
  const { references = [], documentDetails = [] } = said;
  const fault = (pointer: string, message: string): RequestPlace => ({ in: 'body', pointer, message });
  const unclear = references.flatMap(({ identifier, description }, index) =>
    (identifier === undefined) === (description === undefined)
      ? [fault(`/references/${index}`, 'serve «identifier» oppure «description», uno solo dei due')]
      : [],
  );
  if (documentDetails.length <= documents) return unclear;
  return [...unclear, fault(`/documentDetails/${documents}`, `i documenti del messaggio sono ${documents}`)];
}

/** Undefined where nothing is said: such a message is written as ever. */
export function toDetails({ administration, code }: OwnOffice, said: SaidDetails): MessageDetails | undefined {
  const { text, sender, replyTo, reserved, notes, folder, references, proceedings, documentDetails } = said;
  const details: MessageDetails = {
    ...(text !== undefined && { text }),
    ...(sender?.offices !== undefined && {
      offices: sender.offices.map(({ name, code: uo = null }) => ({ name, code: uo })),
    }),
    ...(sender?.persons !== undefined && { persons: sender.persons.map(toPerson) }),
    ...(replyTo !== undefined && { replyTo }),
    ...(reserved !== undefined && { reserved: reserved.reason ?? '' }),
    ...(notes !== undefined && { notes }),
    ...(folder !== undefined && { folder: toFolder(folder) }),
    ...(references !== undefined && { references: references.map(toReference) }),
    ...(proceedings !== undefined && {
      proceedings: proceedings.map((one) => ({ administration, aoo: code, ...one })),
    }),
    ...(documentDetails !== undefined && {
      documents: documentDetails.map(({ title = null, ...rest }) => ({ title, ...rest })),
    }),
  };
  return Object.keys(details).length === 0 ? undefined : details;
}

const toPerson = ({ firstName, familyName, title, role }: Static<typeof Person>): ModelPerson => ({
  firstName: firstName ?? null,
  familyName,
  fullName: null,
  title: title ?? null,
  taxCode: null,
  role: role ?? null,
});

const toFolder = ({ name, code }: Static<typeof Folder>) => ({ name: name ?? null, code });

function toReference({ identifier, description, ...about }: Static<typeof Reference>): MessageReference {
  const { subject, classification, folder } = about;
  return {
    identifier:
      identifier === undefined
        ? null
        : { register: null, time: null, ...identifier, number: identifier.number.padStart(7, '0') },
    firstRegistration: null,
    description: description ?? null,
    ...(subject !== undefined && { subject }),
    ...(classification !== undefined && {
      classification: { name: classification.name ?? null, levels: classification.levels },
    }),
    ...(folder !== undefined && { folder: toFolder(folder) }),
  };
}

/** What a recipient will not read, by its place in the request. */
export function presentLoss({ code, at, message }: Problem, generation: string) {
  const steps = at.replace(/\[([0-9]+)\]/g, '.$1').replace(/^documents\b/, 'documentDetails');
  return {
    code,
    message: sentenceForRecipient(message, generation),
    pointer: `/${steps.replace(/^sender\.office(?:Path)?\b/, 'sender.offices').replaceAll('.', '/')}`,
  };
}
