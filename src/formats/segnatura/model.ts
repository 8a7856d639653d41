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
}

export interface Classification {
  readonly name: string | null;
  readonly levels: readonly string[];
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
  readonly reserved: string | null;
  readonly operatorRequest: string | null;
  readonly paperDocuments: boolean;
  readonly telematicReferences: boolean;
  readonly notes: string | null;
  readonly documents: readonly DeclaredDocument[];
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
