/** The parts of an office's set-up, and what an administrator does when one is at fault. */
export type Part =
  | 'database'
  | 'service'
  | 'mailbox'
  | 'smtp'
  | 'trust'
  | 'index'
  | 'seal'
  | 'deadlines'
  | 'documents'
  | 'provider';

interface PartRow {
  readonly name: string;
  readonly advice: string;
}

export const PARTS: Readonly<Record<Part, PartRow>> = {
  database: {
    name: 'the database',
    advice: 'start PostgreSQL and the service (npm start), or correct DATABASE_URL; interpro doctor',
  },
  service: {
    name: 'the service',
    advice: 'start it (npm start), with the same INTERPRO_OFFICES and INTERPRO_DATA as this command; its log says more',
  },
  mailbox: {
    name: 'the mailbox (IMAP)',
    advice:
      'correct host, port, user, password and folder under "mailboxes" in INTERPRO_OFFICES, and run interpro reload; mail to the address must arrive there, and no rule may move it elsewhere',
  },
  smtp: {
    name: 'SMTP',
    advice:
      'the server says why; correct host, port, user and password under "smtp" in INTERPRO_OFFICES (the user must be allowed to send from the address), and run interpro reload',
  },
  trust: {
    name: 'trust',
    advice:
      'put the certificate of the authority that signed for the provider into the folder INTERPRO_TRUST, and run interpro reload',
  },
  index: {
    name: 'the index',
    advice: 'interpro index show CODE; import the national index (interpro index import) or mend its layer (index set)',
  },
  seal: {
    name: 'the seal',
    advice: 'name certificate and key under "seal" in INTERPRO_OFFICES, and run interpro reload',
  },
  deadlines: {
    name: 'the deadlines',
    advice: 'allow more hours under "deadlines" in INTERPRO_OFFICES: the provider needs longer',
  },
  documents: {
    name: 'the document store',
    advice: 'set INTERPRO_DATA to the same folder for the service and this command; both must be able to write to it',
  },
  provider: {
    name: 'the provider',
    advice: 'interpro show EXCHANGE tells how far it came; if the provider is slow, repeat with a longer --timeout',
  },
};
