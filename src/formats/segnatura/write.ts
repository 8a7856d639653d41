import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type {
  Generation,
  Identifier,
  ReceivedMessage,
  ReturnMessage,
  SegnaturaMessage,
} from '../../model/segnatura.ts';
import { element, findIllegal, type Prolog, writeXml, type XmlOutput } from '../xml/write.ts';
import { NAMESPACES, VERSIONS } from './deviations.ts';
import { circularMessage } from './write-circular.ts';
import { documentContextParts } from './write-circular-documents.ts';
import { circularIdentifier, firstRegistration } from './write-circular-parts.ts';
import {
  type Form,
  identifierFitsGuidelines,
  identifierParts,
  type Origin,
  required,
  UnwritableError,
  unwritable,
} from './write-fields.ts';
import { guidelinesMessage } from './write-guidelines.ts';
import { settleReferences } from './write-ids.ts';
import { referencesPart } from './write-references.ts';

const PROLOGS: Readonly<Record<Generation, Prolog>> = {
  '2001': { encoding: 'ISO-8859-1', doctype: 'Segnatura.dtd' },
  '2009': { encoding: 'UTF-8', doctype: 'Segnatura.dtd' },
  '2013': { encoding: 'UTF-8', doctype: null },
  '3.0.0': { encoding: 'UTF-8', doctype: null },
};

const ROOTS = {
  'protocol-message': 'Segnatura',
  confirmation: 'ConfermaRicezione',
  update: 'AggiornamentoConferma',
  exception: 'NotificaEccezione',
  annulment: 'AnnullamentoProtocollazione',
} as const satisfies Record<SegnaturaMessage['kind'], string>;

/**
 * Writes a message so that it is valid against the grammar of the generation; a 3.0.0 segnatura becomes valid with its seal.
 * What the generation has no place for is left out where the norm makes it optional (`convert` says what that is). What it
 * requires and the message lacks is refused by name (`segnatura-not-expressible`), and so are characters that XML does not
 * allow (`segnatura-illegal-character`).
 */
export const writeMessage = (message: SegnaturaMessage, generation: Generation): Result<Buffer> =>
  written(message, { generation, asRead: false });

/**
 * Writes a message as it was read in that generation: an equivalent document with its empty elements, unusual forms and
 * repetitions, valid where the original was. For 2013 it has the form of the schema even if it came in that of the DTD. For
 * 3.0.0 it has the root of the mail channel and no seal, which would no longer fit.
 */
export const rewriteMessage = (message: SegnaturaMessage, generation: Generation): Result<Buffer> =>
  written(message, { generation, asRead: true });

function written(message: SegnaturaMessage, form: Form): Result<Buffer> {
  try {
    const root = form.generation === '3.0.0' ? guidelinesRoot(message, form) : circularRoot(message, form);
    const illegal = findIllegal(root);
    if (illegal !== null) {
      const { at, character } = illegal;
      return refuse(problem('segnatura-illegal-character', at, `${character} in ${at}`));
    }
    return ok(writeXml(form.generation === '3.0.0' ? root : settleReferences(root), PROLOGS[form.generation]));
  } catch (error) {
    if (error instanceof UnwritableError) return refuse(error.problem);
    throw error;
  }
}

function circularRoot(message: SegnaturaMessage, form: Form): XmlOutput {
  const { generation } = form;
  const attributes =
    generation === '2013' ? { xmlns: NAMESPACES.digitPa } : { versione: VERSIONS[generation], 'xml:lang': 'it' };
  const content =
    message.kind === 'protocol-message'
      ? circularMessage(message, form)
      : returnParts(message, '', form, (identifier, origin) => circularIdentifier(identifier, form, origin), {
          fits: () => true,
          first: (identifier) => firstRegistration(identifier, form),
        });
  return element(ROOTS[message.kind], attributes, content);
}

function guidelinesRoot(message: SegnaturaMessage, form: Form): XmlOutput {
  const namespaces = { 'xmlns:pec': NAMESPACES.pec, 'xmlns:prot': NAMESPACES.prot };
  const version = VERSIONS['3.0.0'];
  if (message.kind === 'protocol-message') {
    // The root belongs to the mail schema, but its type, and so attributes and content, to the other one's namespace.
    const attributes = { ...namespaces, 'prot:versione': version, 'prot:lang': 'it' };
    return element('pec:SegnaturaInformatica', attributes, guidelinesMessage(message, form));
  }
  const identifierPart = (name: string) => (identifier: Identifier, origin: Origin) =>
    element(name, {}, identifierParts(identifier, form, origin, 'prot:'));
  const content = returnParts(message, 'pec:', form, identifierPart('pec:Identificatore'), {
    fits: identifierFitsGuidelines,
    first: (identifier) =>
      identifierFitsGuidelines(identifier) ? identifierPart('pec:PrimaRegistrazione')(identifier, 'echoed') : null,
  });
  return element(`pec:${ROOTS[message.kind]}`, { ...namespaces, 'pec:versione': version, 'pec:lang': 'it' }, content);
}

interface Echo {
  /** Whether the grammar accepts the identifier as the other side wrote it. */
  fits(identifier: Identifier): boolean;
  first(identifier: Identifier): XmlOutput | null;
}

type WriteIdentifier = (identifier: Identifier, origin: Origin) => XmlOutput;

function returnParts(
  message: ReturnMessage,
  prefix: string,
  form: Form,
  write: WriteIdentifier,
  echo: Echo,
): readonly (XmlOutput | null)[] {
  const text = (name: string, content: string) => element(`${prefix}${name}`, {}, content || null);
  if (message.kind === 'annulment') {
    return [
      write(message.identifier, 'own'),
      text('Motivo', required(message.reason, 'Motivo', form)),
      text('Provvedimento', required(message.provision, 'Provvedimento', form)),
    ];
  }
  const received = element(
    `${prefix}MessaggioRicevuto`,
    {},
    receivedParts(message.received, prefix, form, write, echo),
  );
  if (message.kind === 'exception') {
    const { identifier } = message;
    const own = identifier === null ? null : write(identifier, 'own');
    return [own, received, text('Motivo', required(message.reason, 'Motivo', form))];
  }
  const { documents = [] } = message;
  const around =
    form.generation === '3.0.0'
      ? []
      : documents.length === 0
        ? [referencesPart(message, form)]
        : documentContextParts(message, documents, form);
  return [write(message.identifier, 'own'), received, ...around];
}

/**
 * The message that a return message is about: by its registration, else in words. An identifier that the grammar of 3.0.0 does
 * not accept (no register, no number) is given in words too, so that every message can be answered.
 */
function receivedParts(
  { identifier, firstRegistration: first, description }: ReceivedMessage,
  prefix: string,
  form: Form,
  write: WriteIdentifier,
  echo: Echo,
): readonly (XmlOutput | null)[] {
  if (identifier !== null && echo.fits(identifier)) {
    return [write(identifier, 'echoed'), first === null ? null : echo.first(first)];
  }
  const words = description || (identifier === null ? description : inWords(identifier));
  const said = words || (form.asRead && words !== null ? null : unwritable('MessaggioRicevuto'));
  return [element(`${prefix}DescrizioneMessaggio`, {}, said)];
}

const inWords = ({ administration, aoo, register, number, date }: Identifier): string =>
  [administration, aoo, register, number, date].filter((each) => each !== null).join(' ');
