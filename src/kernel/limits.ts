/**
 * What the outside world may cost us. Every limit has its reason; what exceeds one is kept as raw bytes,
 * named, and shown to a person.
 */
export const LIMITS = {
  /** Providers accept up to 100 MB; base64 and the envelope add a third. */
  mailBytes: 140 * 1024 * 1024,
  /** What a provider takes in one mail, before base64: all documents together. */
  sentBytes: 100 * 1024 * 1024,
  /** A real PEC nests 6 deep; a forwarded one twice that. */
  mimeDepth: 24,
  /** The largest real message seen had some 200 parts; a hostile one has as many as it likes. */
  mimeParts: 2_000,
  /** Real header blocks stay under 64 KiB even after many relays. */
  headerBytes: 256 * 1024,
  headerCount: 1_000,
  /** A segnatura of 20,000-character subject and hundreds of attachments is under 1 MiB. */
  xmlBytes: 5 * 1024 * 1024,
  /** What is read with repairs. The tolerant reader is several times slower, and no real file comes near this size. */
  tolerantXmlBytes: 1024 * 1024,
  /** The deepest valid segnatura (nested Fascicolo) stays well under 100. */
  xmlDepth: 128,
  xmlElements: 100_000,
  xmlAttributes: 256,
  /** daticert of a mail to 1,000 recipients is about 100 KiB. */
  daticertBytes: 2 * 1024 * 1024,
  /** CMS with a full chain is under 16 KiB. */
  cmsBytes: 1024 * 1024,
  asn1Depth: 32,
  /** Larger signed documents are not verified, because the whole of one is held in memory. Scans of a hundred pages fit. */
  signedBytes: 48 * 1024 * 1024,
  /** A PDF of which a copy with the segnatura is made: the whole of one is held in memory several times. */
  stampedBytes: 48 * 1024 * 1024,
  /** Signatures around signatures (`.pdf.p7m.p7m`). */
  signedDepth: 8,
  /** Bytes digested to check the signatures of one mail, counted once per signature: about a second of work. */
  signedWork: 512 * 1024 * 1024,
  /** A list of revoked certificates; that of a large authority has some MB. */
  revocationListBytes: 32 * 1024 * 1024,
  /** Places of such lists that a node remembers: providers share one authority, seals come from some dozens. */
  revocationPoints: 256,
  /** Of them, those of one authority: a large one splits its list into some dozen. */
  revocationPointsOfIssuer: 32,
  /** Longest certificate chain tried. */
  chainLength: 8,
  /** Uploads of one office that nobody has used yet: a protocol system prepares a handful of messages at a time. */
  uploads: 500,
  /** Bytes that those uploads announce together: twenty of the largest mails. A forgetful client cannot fill the disk. */
  uploadBytes: 2 * 1024 * 1024 * 1024,
  /** Documents of one message inside its request; the largest real message had as many parts. */
  messageFiles: 200,
  /** Each has a mail of its own and stands in the segnatura of all. A list of this length is checked in seconds. */
  messageRecipients: 1_000,
  /** A recipient as it is written: name, code or address. */
  recipientLine: 2_400,
  /** A list of recipients as it is typed or pasted: a thousand lines. */
  recipientsText: 400_000,
  /** A form with files, as browsers send it without script; larger files go up in pieces. Each such form is held whole. */
  formBytes: 32 * 1024 * 1024,
  /** Fields of a form: more than one with the names of a thousand recipients has. */
  formFields: 5_000,
  /** The message itself in such a request: JSON of a few kilobytes, more with hundreds of recipients. */
  messageJsonBytes: 1024 * 1024,
  /** What people type: a subject of three pages is a document. */
  handSubject: 4_000,
  handName: 500,
  handPeerNumber: 60,
  /** Rows of one file of the emergency register: a large council registers some hundred documents a day. */
  emergencyRows: 5_000,
  /** Bytes of such a file. */
  emergencyBytes: 8 * 1024 * 1024,
  /** A draft: texts of a form with a hundred recipients. */
  draftBytes: 128 * 1024,
  /** Drafts of one person; the oldest goes. */
  drafts: 50,
  /** Entries of a plan of classification: the councils' model has 120 of two levels. */
  planEntries: 5_000,
  /** Bytes of its CSV. */
  planBytes: 1024 * 1024,
  /** Bytes of a document's name: what file systems accept. */
  fileNameBytes: 255,
  /** Longer than anybody types; each is hashed at a cost, so a megabyte must not be. */
  passwordLength: 256,
  /** Passwords hashed at once: argon2id takes 19 MiB and a whole core for each. */
  hashesAtOnce: 2,
  /** Waiting to be hashed: at some 0.2 s each, more would wait longer than a person does. */
  hashesWaiting: 40,
  /** Of them, from one address: whoever floods the queue does not fill it. */
  hashesWaitingFromOne: 6,
  /** Browsers in which one person is signed in: the oldest ends when one more begins. */
  sessionsOfOne: 20,
  /** Sign-ins at the body's provider that have begun and are not finished: hundreds of times a council's persons. */
  accountAttempts: 20_000,
  /** Of these, begun at one address, which may be a whole council's: who floods pushes out his own. */
  accountAttemptsOfPlace: 1_000,
  /** Bytes of an answer of that provider: keys, tokens with hundreds of groups. */
  accountAnswerBytes: 1024 * 1024,
  /** Bytes of a logout token as a form: a few names and a signature. */
  logoutTokenBytes: 16 * 1024,
  /** Groups of one account that are looked at; a directory with nested groups gives a few hundred. */
  accountGroups: 2_000,
  /** UTF-16 units of a name that a part of a mail gives: what NTFS accepts, the most generous of file systems. */
  partNameLength: 255,
  /** Characters of a note or a reason at an assignment: a page. */
  assignmentNote: 2_000,
  /** Units and persons that are informed of one registration at once; the largest council has fewer units. */
  assignmentTargets: 100,
  /** A document of which the text is read: the whole of one is held in memory. Scans of a hundred pages fit. */
  textBytes: 64 * 1024 * 1024,
  /** UTF-8 bytes of the text that is kept of a document: some thousand pages. */
  textKeptBytes: 2 * 1024 * 1024,
  /** A piece of it: the words of a hundred kilobytes always fit into what PostgreSQL holds of one text (1 MiB). */
  textPartBytes: 100 * 1024,
  /** Pages of a PDF that are read. */
  textPages: 2_000,
  /** Files of a ZIP that is an office document; large ones with pictures have some hundred. */
  textZipEntries: 10_000,
  /** Bytes one of them, and all together, may unpack to; and how much more than packed. Sheets of numbers pack tenfold. */
  textZipEntryBytes: 50 * 1024 * 1024,
  textZipBytes: 200 * 1024 * 1024,
  textZipRatio: 100,
  /** Documents in documents: a PDF in two signatures in a mail that was forwarded. */
  textDepth: 6,
  /** Files of a mail that is a document. */
  textFiles: 200,
  /** Of one office, in one direction: how it behaves shows in the latest of them. */
  behaviourExchanges: 500,
} as const;
export type Limits = { readonly [K in keyof typeof LIMITS]: number };
