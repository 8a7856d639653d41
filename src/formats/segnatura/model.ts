import type { Problem } from '../../kernel/problems.ts';

/**
 * One neutral model for the five kinds of XML that AOOs exchange, in all generations (2001, its 2009 variant, 2013, 3.0.0).
 * What a generation does not know is null or empty; text is as written, trimmed.
 */
export type Generation = '2001' | '2009' | '2013' | '3.0.0';

export interface Identifier {
  readonly administration: string;
  readonly aoo: string;
  /** Null in the 2001 and 2009 forms, which have no register. */
  readonly register: string | null;
  readonly number: string;
  /** `yyyy-mm-dd`. */
  readonly date: string;
  readonly time: string | null;
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
  /** What the person is in the office (2001, 2009, 2013). */
  readonly role: string | null;
}

/** A level of an office's place in its administration. */
export interface Office {
  readonly name: string;
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
  /** The offices on the way to `office`, outermost first; absent where there is one without a code, or none. */
  readonly officePath?: readonly Office[];
  /** The first one is the correspondent where `kind` is `person`. Absent, as the following ones, where there are none. */
  readonly persons?: readonly Person[];
  readonly postalAddress?: PostalAddress;
  readonly phones?: readonly string[];
  readonly faxes?: readonly string[];
}

export interface Recipient extends Correspondent {
  readonly confirmationRequested: boolean;
  readonly copy: boolean;
}

export interface Digest {
  readonly algorithm: string;
  /** The declared value as lower-case hexadecimal; null when it can be read neither as base64 nor as hexadecimal. */
  readonly hex: string | null;
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
  readonly pages?: string;
  readonly notes?: string;
  readonly firstRegistration?: Identifier;
}

export interface Classification {
  readonly name: string | null;
  readonly levels: readonly string[];
}

/** A file of the sender's, by name and code (3.0.0). */
export interface Folder {
  readonly name: string | null;
  readonly code: string;
}

/** An earlier message that this one refers to. */
export interface MessageReference extends ReceivedMessage {
  /** Subject, classification and folder of that message (3.0.0). */
  readonly subject?: string;
  readonly classification?: Classification;
  readonly folder?: Folder;
}

export interface ProtocolMessage {
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
  readonly documents: readonly DeclaredDocument[];
  readonly references?: readonly MessageReference[];
  readonly folder?: Folder;
}

/** The message an answer speaks of. */
export interface ReceivedMessage {
  readonly identifier: Identifier | null;
  readonly firstRegistration: Identifier | null;
  /** Only for messages that bore no registration. */
  readonly description: string | null;
}

export interface Confirmation {
  readonly kind: 'confirmation' | 'update';
  readonly identifier: Identifier;
  readonly received: ReceivedMessage;
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
  /** Null when not even the essential fields could be read; `problems` says why. */
  readonly message: SegnaturaMessage | null;
  readonly hasSeal: boolean;
  readonly problems: readonly Problem[];
}
