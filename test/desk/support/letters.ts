/** Mails as they come into the offices of the desk's tests: each kind leads to something else for a person. */

import { ordinaryMessage } from '../../../src/sandbox/craft.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { type Facts, MITTENTE } from '../../exchange/councils.ts';
import {
  envelope,
  fresh,
  nextNumber,
  PDF,
  protocolMail,
  protocolMessage,
  TEXT,
  written,
  xmlPart,
} from '../../exchange/mails.ts';
import { pdfFile } from '../../support/pdf-file.ts';

/** A firm with a certified mailbox, which no index knows. */
export const FIRM: Facts = {
  administration: '-',
  code: '-',
  name: 'Edilprova Srl',
  address: 'edilprova@pec.edilprova.example.it' as Facts['address'],
};

/** Mailboxes of those who write to the offices. */
export const WRITERS: readonly string[] = [MITTENTE.address, FIRM.address];

/** What a letter leads to, and how it is written. */
export type LetterKind =
  /** A correct segnatura: registered without a person. */
  | 'registered'
  /** The segnatura declares another digest than the document has: a person decides. */
  | 'flagged'
  /** Certified mail without a segnatura: a person decides. */
  | 'plain'
  /** Mail from outside, not certified at all: a person decides. */
  | 'ordinary';

export function letter(sandbox: Sandbox, kind: LetterKind, to: Facts, subject: string): Buffer {
  const number = nextNumber();
  switch (kind) {
    case 'registered':
      return protocolMail(sandbox, { to, number, subject });
    case 'flagged': {
      const segnatura = written(protocolMessage({ to, number, subject, generation: '3.0.0' }), '3.0.0');
      const other = { ...PDF, content: pdfFile({ pages: ['Aggiunto dopo'] }) };
      return envelope(sandbox, { to, subject, parts: [xmlPart(segnatura), other] });
    }
    case 'plain':
      return envelope(sandbox, { from: FIRM, to, subject, parts: [PDF, TEXT] });
    case 'ordinary':
      return ordinaryMessage({
        from: 'Mario Prova <mario.prova@posta.example.it>',
        to: to.address,
        subject,
        date: new Date(),
        messageId: `<${fresh('o')}@posta.example.it>`,
        parts: [TEXT],
      });
  }
}
