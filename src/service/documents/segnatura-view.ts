/**
 * The segnatura of a message as it is shown: one shape for all generations, without what only the writers need (how a value
 * was written, groups of contacts, credentials of a telematic reference: those stay in the segnatura itself). What is not
 * known is left out.
 */
import type {
  Classification,
  Correspondent,
  DeclaredDocument,
  Dossier,
  Folder,
  Identifier,
  MessageReference,
  Person,
  PostalAddress,
  Proceeding,
  ProtocolMessage,
  Recipient,
} from '../../model/segnatura.ts';

/** An object of which the members that were null are left out. */
type Known<T> = { [K in keyof T as null extends T[K] ? never : undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : undefined extends T[K] ? K : never]?: Exclude<T[K], null | undefined>;
};

function known<T extends object>(value: T): Known<T> {
  const kept: Record<string, unknown> = {};
  for (const name in value) if (value[name] !== null && value[name] !== undefined) kept[name] = value[name];
  return kept as Known<T>;
}

const of = <Value, Shown>(value: Value | null | undefined, show: (value: Value) => Shown): Shown | null =>
  value === null || value === undefined ? null : show(value);

export type SegnaturaView = ReturnType<typeof viewOfSegnatura>;

export function viewOfSegnatura(message: ProtocolMessage) {
  return known({
    identifier: viewOfIdentifier(message.identifier),
    firstRegistration: of(message.firstRegistration, viewOfIdentifier),
    subject: message.subject,
    sender: viewOfCorrespondent(message.sender),
    recipients: message.recipients.map(viewOfRecipient),
    replyTo: message.replyTo,
    confirmationRequested: message.confirmationRequested,
    classifications: message.classifications.map(viewOfClassification),
    reserved: of(message.reserved, viewOfReason),
    operatorRequest: of(message.operatorRequest, viewOfReason),
    paperDocuments: message.paperDocuments,
    telematicReferences: message.telematicReferences,
    notes: message.notes,
    documentNotes: message.documentNotes,
    folder: of(message.folder, viewOfFolder),
    references: (message.references ?? []).map(viewOfReference),
    proceedings: (message.proceedings ?? []).map(viewOfProceeding),
    dossiers: (message.dossiers ?? []).map(viewOfDossier),
    documents: message.documents.map(viewOfDocument),
  });
}

/** The element alone already asks; a reason is optional. */
const viewOfReason = (reason: string) => known({ reason: reason.trim() === '' ? null : reason });

const viewOfIdentifier = ({ written: _, ...identifier }: Identifier) => known(identifier);

const viewOfFolder = ({ name, code }: Folder) => known({ name, code });

const viewOfClassification = ({ name, levels, levelNames, administration, aoo }: Classification) =>
  known({ name, levels, levelNames: levelNames?.map((one) => one ?? ''), administration, aoo });

const viewOfPerson = ({ firstName, familyName, fullName, title, taxCode, role, code, roleCode }: Person) =>
  known({ firstName, familyName, fullName, title, taxCode, role, code, roleCode });

const viewOfPostalAddress = (address: PostalAddress) => known(address);

function viewOfCorrespondent(body: Correspondent) {
  const { kind, name, administration, aoo, aooName, office, address, taxCode, codeName } = body;
  const { officePath = [], persons = [], postalAddress, phones, faxes } = body;
  const one = office === null ? [] : [{ name: office, code: null }];
  return known({
    ...{ kind, name, administration, aoo, aooName, address, taxCode, codeName, phones, faxes },
    /** From the outermost to the innermost. */
    offices: (officePath.length > 0 ? officePath : one).map(({ name: called, code }) => known({ name: called, code })),
    persons: persons.map(viewOfPerson),
    postalAddress: of(postalAddress, viewOfPostalAddress),
  });
}

const viewOfRecipient = (recipient: Recipient) => ({
  ...viewOfCorrespondent(recipient),
  copy: recipient.copy,
  confirmationRequested: recipient.confirmationRequested,
});

const viewOfReference = (reference: MessageReference) => {
  const { identifier, firstRegistration, description, subject, classification, folder } = reference;
  return known({
    identifier: of(identifier, viewOfIdentifier),
    firstRegistration: of(firstRegistration, viewOfIdentifier),
    description,
    subject,
    classification: of(classification, viewOfClassification),
    folder: of(folder, viewOfFolder),
  });
};

const viewOfProceeding = (proceeding: Proceeding) => {
  const { kind, administration, aoo, code, type, subject, classifications, responsible, started, ends, notes } =
    proceeding;
  return known({
    ...{ kind, administration, aoo, code, type, subject, started, ends, notes },
    classifications: (classifications ?? []).map(viewOfClassification),
    responsible: of(responsible, viewOfPerson),
  });
};

const viewOfDossier = ({ inside, administration, aoo, subject, code, classifications, notes }: Dossier) =>
  known({
    ...{ inside, administration, aoo, subject, code, notes },
    classifications: (classifications ?? []).map(viewOfClassification),
  });

function viewOfDocument(document: DeclaredDocument) {
  const { role, name, mediaType, title, reference, location, subject, type, pages, notes, dossier } = document;
  return known({
    ...{ role, name, mediaType, title, reference, location, subject, type, pages, notes, dossier },
    classifications: (document.classifications ?? []).map(viewOfClassification),
    firstRegistration: of(document.firstRegistration, viewOfIdentifier),
    digest: of(document.digest, ({ algorithm, hex }) => known({ algorithm, hex })),
  });
}
