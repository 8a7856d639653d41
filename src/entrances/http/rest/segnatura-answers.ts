/** Schemas of a segnatura as it is shown: one shape for all generations. Those a caller may send stand beside them. */
import { Type } from '@fastify/type-provider-typebox';
import type { InspectedSegnatura } from '../../../domain/exchange/inspection.ts';
import { GENERATIONS, type ProtocolMessage } from '../../../model/segnatura.ts';
import { type SegnaturaView, viewOfSegnatura } from '../../../service/documents/segnatura-view.ts';
import type { AnswerOf } from '../operation.ts';
import { int32, listOf, named, oneOf, storedText } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';

/** The XML of a segnatura has at most five megabytes, so no text in it is longer. */
const said = (description?: string) =>
  Type.Optional(storedText(5_242_880, description === undefined ? {} : { description }));
const several = 100_000;

export const SegnaturaGeneration = oneOf(GENERATIONS, { title: 'SegnaturaGeneration' });
export const ProceedingKind = oneOf(['context', 'proceeding'], {
  title: 'ProceedingKind',
  description: 'ContestoProcedurale o Procedimento.',
});

export const SegnaturaIdentifier = named('SegnaturaIdentifier', {
  administration: storedText(5_242_880),
  aoo: storedText(5_242_880),
  register: said(),
  number: storedText(5_242_880),
  date: storedText(10),
  time: said(),
  administrationName: said(),
  aooName: said(),
});
const Classification = named('SegnaturaClassification', {
  name: said(),
  levels: listOf(storedText(5_242_880), several),
  levelNames: Type.Optional(listOf(storedText(5_242_880), several)),
  administration: said('Di chi è il titolario, se non è del mittente.'),
  aoo: said(),
});
const Folder = named('SegnaturaFolder', { name: said(), code: storedText(5_242_880) });
const Person = named('SegnaturaPerson', {
  firstName: said(),
  familyName: said(),
  fullName: said('Dove nome e cognome non sono distinti.'),
  title: said(),
  taxCode: said(),
  role: said(),
  code: said(),
  roleCode: said(),
});
const PostalAddress = named('PostalAddress', {
  text: said('Dove le parti non sono distinte.'),
  streetType: said(),
  street: said(),
  number: said(),
  postcode: said(),
  town: said(),
  townCode: said(),
  province: said(),
  country: said(),
  countryCode: said(),
});
const correspondent = {
  kind: oneOf(['administration', 'legal-person', 'person', 'foreign', 'unknown'], { title: 'CorrespondentKind' }),
  name: storedText(5_242_880),
  administration: said(),
  aoo: said(),
  aooName: said(),
  codeName: said(),
  offices: listOf(named('SegnaturaOffice', { name: said(), code: said() }), several, {
    description: "Gli uffici, dal più esterno al più interno: l'ultimo è quello che scrive o a cui si scrive.",
  }),
  persons: listOf(Person, several),
  address: said(),
  taxCode: said(),
  phones: Type.Optional(listOf(storedText(5_242_880), several)),
  faxes: Type.Optional(listOf(storedText(5_242_880), several)),
  postalAddress: Type.Optional(PostalAddress),
};
const Sender = named('SegnaturaSender', correspondent);
const Recipient = named('SegnaturaRecipient', {
  ...correspondent,
  copy: Type.Boolean(),
  confirmationRequested: Type.Boolean(),
});
const Reference = named('SegnaturaReference', {
  identifier: Type.Optional(SegnaturaIdentifier),
  firstRegistration: Type.Optional(SegnaturaIdentifier),
  description: said('Di un messaggio senza registrazione.'),
  subject: said(),
  classification: Type.Optional(Classification),
  folder: Type.Optional(Folder),
});
const Proceeding = named('SegnaturaProceeding', {
  kind: ProceedingKind,
  administration: storedText(5_242_880),
  aoo: storedText(5_242_880),
  code: storedText(5_242_880),
  type: said(),
  subject: said(),
  classifications: listOf(Classification, several),
  responsible: Type.Optional(Person),
  started: said(),
  ends: said(),
  notes: said(),
});
const Dossier = named('SegnaturaDossier', {
  inside: Type.Optional(
    int32(0, several, { description: 'Posizione, in questo elenco, del fascicolo che lo contiene.' }),
  ),
  administration: said(),
  aoo: said(),
  subject: said(),
  code: said(),
  classifications: listOf(Classification, several),
  notes: said(),
});
const DescribedDocument = named('SegnaturaDocument', {
  role: oneOf(['primary', 'attachment']),
  name: said(),
  mediaType: said(),
  title: said(),
  subject: said(),
  type: said(),
  reference: oneOf(['mime', 'telematic', 'paper', 'message-text']),
  location: said('Dove si trova un documento telematico; le credenziali stanno solo nella segnatura.'),
  pages: said(),
  notes: said(),
  classifications: listOf(Classification, several),
  firstRegistration: Type.Optional(SegnaturaIdentifier),
  dossier: Type.Optional(int32(0, several, { description: 'Posizione, in «dossiers», del suo fascicolo.' })),
  digest: Type.Optional(named('SegnaturaDigest', { algorithm: storedText(5_242_880), hex: said() })),
});
const Reason = named('SegnaturaReason', { reason: said() });
const content = {
  firstRegistration: SegnaturaIdentifier,
  sender: Sender,
  recipients: listOf(Recipient, several),
  replyTo: storedText(5_242_880, { description: "L'indirizzo per le risposte." }),
  classifications: listOf(Classification, several),
  reserved: Reason,
  operatorRequest: Reason,
  paperDocuments: Type.Boolean(),
  telematicReferences: Type.Boolean(),
  notes: storedText(5_242_880),
  documentNotes: storedText(5_242_880),
  folder: Folder,
  references: listOf(Reference, several),
  proceedings: listOf(Proceeding, several),
  dossiers: listOf(Dossier, several),
  documents: listOf(DescribedDocument, several),
};
export const ReadSegnatura = named(
  'ReadSegnatura',
  {
    generation: SegnaturaGeneration,
    valid: Type.Boolean(),
    seal: oneOf(['valid', 'invalid', 'absent', 'untrusted']),
    identifier: Type.Optional(SegnaturaIdentifier),
    subject: said(),
    confirmationRequested: Type.Boolean(),
    ...Type.Partial(Type.Object(content)).properties,
  },
  {
    description:
      'Ciò che la segnatura dichiara, in una sola forma per tutte le versioni. Da «sender» in poi manca solo se la segnatura non si legge più o è troppo grande: resta da scaricare.',
  },
);

/** What was judged when the message came, and what the segnatura says. */
export function presentSegnatura(
  { problems: _, identifier, ...judged }: InspectedSegnatura,
  message: ProtocolMessage | null,
): AnswerOf<typeof ReadSegnatura> {
  const view: Partial<SegnaturaView> = message === null ? {} : viewOfSegnatura(message);
  return {
    ...view,
    ...withoutNulls(judged),
    ...(identifier !== null && { identifier: { ...view.identifier, ...withoutNulls(identifier) } }),
  };
}
