import type { Classification, Digest, Identifier, MoreInfo } from '../../model/segnatura.ts';
import { element, type XmlOutput } from '../xml/write.ts';
import { digestText, type Form, identifierParts, type Origin, optionalText, unwritable } from './write-fields.ts';

/** Parts that occur in several places of the circulars. */

export const circularIdentifier = (identifier: Identifier, form: Form, origin: Origin): XmlOutput =>
  element('Identificatore', {}, identifierParts(identifier, form, origin));

export const firstRegistration = (identifier: Identifier | null | undefined, form: Form) =>
  identifier ? element('PrimaRegistrazione', {}, circularIdentifier(identifier, form, 'echoed')) : null;

export const classificationPart = ({ name, levels, levelNames, administration, aoo }: Classification): XmlOutput =>
  element(
    'Classifica',
    {},
    optionalText('CodiceAmministrazione', administration),
    optionalText('CodiceAOO', aoo),
    optionalText('Denominazione', name),
    levels.length === 0
      ? unwritable('Classifica/Livello')
      : levels.map((level, index) => element('Livello', { nome: levelNames?.[index] }, level || null)),
  );

/** The only digest that the grammar of a generation allows. */
export const fixedDigest = ({ generation }: Form): string => (generation === '2001' ? 'SHA-1' : 'SHA-256');

/** A digest by another algorithm cannot be declared and is left out. */
export function digestPart(digest: Digest | null | undefined, form: Form): XmlOutput | null {
  const fixed = fixedDigest(form);
  if (digest == null || (digest.algorithm !== fixed && !(form.asRead && digest.label === fixed))) return null;
  const value = digestText(digest, form);
  return value === null ? null : element('Impronta', { algoritmo: fixed, codifica: 'base64' }, value || null);
}

/** A subset of NMTOKEN; what was read was valid by the whole rule. */
const isToken = (text: string, { asRead }: Form): boolean => asRead || /^[\w.:-]+$/.test(text);
const ENCODINGS = new Set(['7bit', '8bit', 'binary', 'base64', 'quotedprintable', 'xtoken']);

/** Only in 2013; the other grammars have no place for it. */
export function moreInfoPart(info: MoreInfo | undefined, form: Form): XmlOutput | null {
  if (info === undefined || form.generation !== '2013') return null;
  const { schema, internal, external } = info;
  if (!isToken(schema, form)) unwritable('PiuInfo/@XMLSchema', 'non ha la forma prevista');
  if (external === undefined) {
    return element('PiuInfo', { XMLSchema: schema }, element('MetadatiInterni', {}, internal || null));
  }
  const { name, encoding, extension, format, digest } = external;
  if (!ENCODINGS.has(encoding)) unwritable('PiuInfo/MetadatiEsterni/@codifica', 'non è fra quelle previste');
  return element(
    'PiuInfo',
    { XMLSchema: schema },
    element(
      'MetadatiEsterni',
      {
        codifica: encoding,
        estensione: extension !== undefined && isToken(extension, form) ? extension : null,
        formato: format,
      },
      element('NomeFile', {}, name || null),
      digestPart(digest, form),
    ),
  );
}
