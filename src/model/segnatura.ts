import type { Problem } from '../kernel/problems.ts';

/**
 * One neutral, typed model for the five kinds of XML that AOOs exchange, in all generations (2001, its 2009 variant, 2013,
 * 3.0.0). It loses nothing: what was read can be written again as it was.
 *
 * Text stays as written, white space at its edges included, because no grammar normalises it. `''` is an element that is
 * there but empty; null or an absent property is one that is not there. Values whose form a norm fixes (codes, numbers,
 * dates, times, digests, addresses) are brought into that form; where they were written otherwise, `written` keeps how.
 *
 * Required fields hold what a register needs, optional ones what those leave unsaid.
 */
export const GENERATIONS = ['2001', '2009', '2013', '3.0.0'] as const;
export type Generation = (typeof GENERATIONS)[number];

export interface Identifier {
  readonly administration: string;
  readonly aoo: string;
  /** Null in the 2001 and 2009 forms, which have no register. */
  readonly register: string | null;
  readonly number: string;
  /** `yyyy-mm-dd`. */
  readonly date: string;
  /** `hh:mm:ss[.fraction][zone]`. */
  readonly time: string | null;
  /** `descrizione` of the two codes (3.0.0). */
  readonly administrationName?: string;
  readonly aooName?: string;
  /** The parts that the XML has in another form: blanks around a code, a date with a zone, `29/02/2024`. */
  readonly written?: { readonly [Part in IdentifierPart]?: string };
}
export type IdentifierPart = 'administration' | 'aoo' | 'register' | 'number' | 'date' | 'time';

/**
 * Tuscany's rule for senders that are not public bodies: this word stands in both codes of the identifier, and the
 * message id stands in place of the number.
 */
export const COMMUNICATION = 'COMUNICAZIONE';

/** Where someone is reached by mail or service. */
export interface NetAddress {
  readonly address: string;
  /** Only where it is not what the address looks like; `NMTOKEN` of the circulars is the `other` of 3.0.0. */
  readonly type?: 'mail' | 'service' | 'other';
  readonly note?: string;
  /** As the XML has it, where that differs (`mailto:`, blanks). */
  readonly written?: string;
}

export interface PhoneNumber {
  readonly number: string;
  readonly note?: string;
}

/** All ways to reach one body. */
export interface Contacts {
  readonly postal?: readonly PostalAddress[];
  readonly addresses?: readonly NetAddress[];
  readonly phones?: readonly PhoneNumber[];
  readonly faxes?: readonly PhoneNumber[];
}

/**
 * Contacts and whose they are. In the circulars, contacts of an administration stand in its innermost `office`, or in the
 * `body` where it names no office, and the `recipient` around it may have its own. 3.0.0 tells the administration (`body`),
 * its `aoo` and its `office` apart.
 */
export interface ContactGroup extends Contacts {
  readonly of: 'body' | 'aoo' | 'office' | 'recipient';
}

/** A person inside an office, or a correspondent who is a person. */
export interface Person {
  readonly firstName: string | null;
  /** Null when only a full name is given. */
  readonly familyName: string | null;
  /** `Denominazione`, where the parts are not told apart. */
  readonly fullName: string | null;
  readonly title: string | null;
  readonly taxCode: string | null;
  /** The person's role in the office (2001 to 2013). Where the role names nobody, all other fields are null. */
  readonly role: string | null;
  /** `Identificativo` of the person and of the role. */
  readonly code?: string;
  readonly roleCode?: string;
  readonly id?: string;
  /** `rife`: the same person as the one with this `id`. */
  readonly repeats?: string;
  /** Of a person inside a body (3.0.0). */
  readonly contacts?: Contacts;
}

/** One level of the path from an administration down to the office. */
export interface OrganizationalUnit {
  /** Null where 3.0.0 has the code only. */
  readonly name: string | null;
  readonly code: string | null;
  readonly temporary: boolean;
}

/** Either one text, or its parts. */
export interface PostalAddress {
  readonly text: string | null;
  /** `via`, `piazza` … */
  readonly streetType: string | null;
  readonly street: string | null;
  readonly number: string | null;
  readonly postcode: string | null;
  readonly town: string | null;
  readonly townCode: string | null;
  readonly province: string | null;
  readonly country: string | null;
  /** ISO 3166 (3.0.0); `ITA` where absent. */
  readonly countryCode?: string;
}

/** Who sends or receives: an administration (with AOO and office), a legal or natural person, a foreign body. */
export interface Correspondent {
  readonly kind: 'administration' | 'legal-person' | 'person' | 'foreign' | 'unknown';
  readonly name: string;
  readonly administration: string | null;
  readonly aoo: string | null;
  readonly aooName: string | null;
  readonly office: string | null;
  /** Mail or service address, without `mailto:`. */
  readonly address: string | null;
  readonly taxCode: string | null;
  /** `descrizione` of the administration's code (3.0.0). */
  readonly codeName?: string;
  /** The offices on the way to `office`, outermost first; absent where there is one without a code, or none. */
  readonly officePath?: readonly OrganizationalUnit[];
  /** The first one is the correspondent where `kind` is `person`. Absent, as the following ones, where there are none. */
  readonly persons?: readonly Person[];
  readonly postalAddress?: PostalAddress;
  readonly phones?: readonly string[];
  readonly faxes?: readonly string[];
  /** All contacts and where each stands; absent where the fields above say it all. Where present, writers use it alone. */
  readonly contacts?: readonly ContactGroup[];
}

/** A correspondent of whom nothing is known but, at most, a name and an address. */
export const unknownCorrespondent = (name: string, address: string | null): Correspondent => ({
  kind: 'unknown',
  name,
  administration: null,
  aoo: null,
  aooName: null,
  office: null,
  address,
  taxCode: null,
});

export interface Recipient extends Correspondent {
  readonly confirmationRequested: boolean;
  readonly copy: boolean;
  /** Address of the `Destinazione` around it (2001 to 2013), where it is not `address`. */
  readonly destination?: NetAddress;
  /** In one `Destinazione` with the recipient before it. */
  readonly sharesDestination?: true;
}

export interface Digest {
  readonly algorithm: string;
  /** The declared value as lower-case hexadecimal; null when it can be read neither as base64 nor as hexadecimal. */
  readonly hex: string | null;
  /** Label and value as the XML has them, where they are not `algorithm` and the base64 of `hex`. */
  readonly label?: string;
  readonly written?: string;
}

/** Where a file lies (3.0.0: fetched by HTTPS GET with Basic credentials, which are never to be logged). */
export interface FilePlace {
  readonly host: string;
  readonly path: string;
  /** Milliseconds, as written: the schema knows no limit. */
  readonly timeToLive?: string;
  readonly user?: string;
  readonly password?: string;
}

/** A signature, seal or time stamp is `inside` the file or in files beside it (3.0.0). */
export type Signing = 'inside' | readonly SignatureFile[];
export interface SignatureFile {
  readonly name: string;
  readonly mediaType?: string;
  /** As written: the schema knows no limit. */
  readonly order: string;
}

/** `PiuInfo` (2013): metadata by a schema of the sender's, here or in a file. */
export interface MoreInfo {
  readonly schema: string;
  readonly internal?: string;
  readonly external?: {
    readonly name: string;
    readonly encoding: string;
    readonly format: string;
    readonly extension?: string;
    readonly digest?: Digest;
  };
}

export interface DeclaredDocument {
  readonly role: 'primary' | 'attachment';
  /** `nome` / `nomeFile`; null for TestoDelMessaggio and for documents without a file. */
  readonly name: string | null;
  readonly mediaType: string | null;
  readonly title: string | null;
  readonly reference: 'mime' | 'telematic' | 'paper' | 'message-text';
  readonly location: string | null;
  readonly digest: Digest | null;
  /** Place in the XML. */
  readonly at: string;
  readonly id?: string;
  /** `rife`: the same document as the one with this `id`, described there. */
  readonly repeats?: string;
  readonly subject?: string;
  /** `TipoDocumento`. */
  readonly type?: string;
  readonly classifications?: readonly Classification[];
  readonly pages?: string;
  readonly notes?: string;
  readonly firstRegistration?: Identifier;
  readonly moreInfo?: MoreInfo;
  /** Index of its innermost dossier in `dossiers`. */
  readonly dossier?: number;
  /** Declared telematic although no address is given, so that it is looked for among the files (`reference` is `mime`). */
  readonly declaredTelematic?: true;
  readonly place?: FilePlace;
  readonly signed?: Signing;
  readonly sealed?: Signing;
  readonly timestamped?: Signing;
}

/** `Fascicolo` among the attachments (2001 to 2013): documents, by index, and further dossiers lie in it. */
export interface Dossier {
  /** Index of the dossier around it, which comes before it. */
  readonly inside?: number;
  readonly administration?: string;
  readonly aoo?: string;
  readonly subject?: string;
  readonly code?: string;
  readonly classifications?: readonly Classification[];
  readonly notes?: string;
  readonly moreInfo?: MoreInfo;
  readonly id?: string;
  readonly repeats?: string;
}

export interface Classification {
  readonly name: string | null;
  readonly levels: readonly string[];
  /** Name of each level, null where it has none; absent where none has. */
  readonly levelNames?: readonly (string | null)[];
  /** Whose plan it is (2001 to 2013). */
  readonly administration?: string;
  readonly aoo?: string;
  /** A single level written as a path (3.0.0). */
  readonly asPath?: true;
}

/** A file of the sender's, by name and code (3.0.0). */
export interface Folder {
  readonly name: string | null;
  readonly code: string;
}

/** The message an answer speaks of. */
export interface ReceivedMessage {
  readonly identifier: Identifier | null;
  readonly firstRegistration: Identifier | null;
  /** Only for messages that bore no registration. */
  readonly description: string | null;
}

/** An earlier message that this one refers to. */
export interface MessageReference extends ReceivedMessage {
  /** Subject, classification and folder of that message (3.0.0). */
  readonly subject?: string;
  readonly classification?: Classification;
  readonly folder?: Folder;
}

/** `ContestoProcedurale` or `Procedimento` that a message belongs to (2001 to 2013). */
export interface Proceeding {
  readonly kind: 'context' | 'proceeding';
  /** How many of `references` come before it. */
  readonly after: number;
  readonly administration: string;
  readonly aoo: string;
  readonly code: string;
  readonly type?: string;
  readonly subject?: string;
  readonly classifications?: readonly Classification[];
  readonly responsible?: Person;
  readonly started?: string;
  readonly ends?: string;
  readonly notes?: string;
  readonly moreInfo?: MoreInfo;
  readonly id?: string;
  readonly repeats?: string;
}

/** What may stand around the documents of the circulars, in a segnatura and in a confirmation. */
export interface DocumentContext {
  readonly references?: readonly MessageReference[];
  readonly proceedings?: readonly Proceeding[];
  /** Each one after the dossier it lies in. */
  readonly dossiers?: readonly Dossier[];
  /** `Descrizione/Note`. */
  readonly documentNotes?: string;
}

export interface ProtocolMessage extends DocumentContext {
  readonly kind: 'protocol-message';
  readonly identifier: Identifier;
  readonly firstRegistration: Identifier | null;
  readonly subject: string;
  readonly sender: Correspondent;
  readonly recipients: readonly Recipient[];
  /** Where answers go: Risposta, else Origine (2001, 2013); the sender's smtp contact in 3.0.0. */
  readonly replyTo: string | null;
  readonly confirmationRequested: boolean;
  readonly classifications: readonly Classification[];
  /** The reason, '' when none is given; null when not asked for. */
  readonly reserved: string | null;
  /** As `reserved`. */
  readonly operatorRequest: string | null;
  readonly paperDocuments: boolean;
  readonly telematicReferences: boolean;
  readonly notes: string | null;
  /** All of them, in order, those of dossiers too. */
  readonly documents: readonly DeclaredDocument[];
  readonly folder?: Folder;
  readonly moreInfo?: MoreInfo;
  /** Clock of the time of registration: that of the network (`rupa`, `spc`) or another; the office's own where absent. */
  readonly clock?: 'network' | 'other';
  /** The heading's own `Oggetto`, where `subject` had to be found elsewhere. */
  readonly headingSubject?: { readonly text: string | null };
  /** `Origine` and `Risposta`, where `sender.address` and `replyTo` do not say it all. */
  readonly origin?: NetAddress;
  readonly reply?: NetAddress;
  /** The codes inside `Mittente`, where they are not just left out for being those of the identifier. */
  readonly senderCodes?: { readonly administration: string | null; readonly aoo: string | null };
  /** `Riservato` of 3.0.0, where it is not just there or not: a note without reserve, an empty note. */
  readonly reserve?: { readonly value: boolean; readonly note: string | null };
}

export interface Confirmation extends DocumentContext {
  readonly kind: 'confirmation' | 'update';
  readonly identifier: Identifier;
  readonly received: ReceivedMessage;
  /** Documents described again (2001 to 2013). */
  readonly documents?: readonly DeclaredDocument[];
}
export interface ExceptionNotice {
  readonly kind: 'exception';
  readonly identifier: Identifier | null;
  readonly received: ReceivedMessage;
  readonly reason: string;
}
export interface Annulment {
  readonly kind: 'annulment';
  readonly identifier: Identifier;
  readonly reason: string;
  readonly provision: string;
}

export type ReturnMessage = Confirmation | ExceptionNotice | Annulment;
export type SegnaturaMessage = ProtocolMessage | ReturnMessage;

export interface SegnaturaReading {
  readonly generation: Generation;
  /** Valid against the grammar of its generation. */
  readonly valid: boolean;
  /** Only the tolerant reader could read the XML: a seal over it proves nothing. */
  readonly repaired: boolean;
  /** Null when not even the essential fields could be read; `problems` says why. */
  readonly message: SegnaturaMessage | null;
  readonly hasSeal: boolean;
  readonly problems: readonly Problem[];
}

/** A document of a message and its file: declared, present, or both. */
export interface MatchedDocument {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: string | null;
  readonly role: 'primary' | 'attachment' | 'undeclared';
  readonly digest: 'matches' | 'differs' | 'not-declared';
  readonly present: boolean;
}
