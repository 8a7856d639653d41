import type { DocumentContext, MessageReference, Proceeding } from '../../model/segnatura.ts';
import { element, type XmlOutput } from '../xml/write.ts';
import { personElement } from './write-circular-bodies.ts';
import { circularIdentifier, classificationPart, firstRegistration, moreInfoPart } from './write-circular-parts.ts';
import { type Form, optionalText } from './write-fields.ts';

/** Writes `Riferimenti` of the circulars: messages and proceedings in the order in which they were read. */
export function referencesPart({ references = [], proceedings = [] }: DocumentContext, form: Form): XmlOutput | null {
  const waiting = [...proceedings];
  const parts: (XmlOutput | null)[] = [];
  for (let index = 0; index <= references.length; index += 1) {
    while (waiting[0] !== undefined && (waiting[0].after <= index || index === references.length)) {
      const next = waiting.shift();
      if (next !== undefined) parts.push(proceedingPart(next, form));
    }
    const message = references[index];
    if (message !== undefined) parts.push(messagePart(message, form));
  }
  const content = parts.filter((each) => each !== null);
  return content.length === 0 ? null : element('Riferimenti', {}, content);
}

function messagePart({ identifier, description, firstRegistration: first }: MessageReference, form: Form) {
  if (identifier === null && description === null) return null;
  return element(
    'Messaggio',
    {},
    identifier === null
      ? element('DescrizioneMessaggio', {}, description || null)
      : circularIdentifier(identifier, form, 'echoed'),
    firstRegistration(first, form),
  );
}

function proceedingPart(proceeding: Proceeding, form: Form): XmlOutput {
  const context = proceeding.kind === 'context';
  const text = (name: string, content: string) => element(name, {}, content || null);
  return element(
    context ? 'ContestoProcedurale' : 'Procedimento',
    { id: proceeding.id, rife: proceeding.repeats },
    text('CodiceAmministrazione', proceeding.administration),
    text('CodiceAOO', proceeding.aoo),
    text('Identificativo', proceeding.code),
    optionalText(context ? 'TipoContestoProcedurale' : 'TipoProcedimento', proceeding.type),
    optionalText('Oggetto', proceeding.subject),
    (proceeding.classifications ?? []).map(classificationPart),
    context || proceeding.responsible === undefined
      ? null
      : element('Responsabile', {}, personElement(proceeding.responsible)),
    optionalText('DataAvvio', proceeding.started),
    context ? null : optionalText('DataTermine', proceeding.ends),
    optionalText('Note', proceeding.notes),
    moreInfoPart(proceeding.moreInfo, form),
  );
}
