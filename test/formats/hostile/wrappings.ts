import type { ProblemCode } from '../../../src/kernel/problems.ts';

/**
 * The known forms of XML signature wrapping: the signed element is kept somewhere for the verifier, and another one is put
 * where the reader looks.
 */
export interface Wrapping {
  readonly name: string;
  readonly code: ProblemCode;
  readonly build: (sealed: string) => string;
}

const END = '</prot:SegnaturaInformatica>';
const signatureOf = (sealed: string): string => sealed.slice(sealed.indexOf('<ds:Signature '), sealed.indexOf(END));
/** Without the XML declaration. */
const innerOf = (sealed: string): string => sealed.slice(sealed.indexOf('<prot:Segnatura'));

/** `message`: what was sealed; the forged one has another number. */
export function wrappings(message: string): readonly Wrapping[] {
  const forged = message.replace('0000123', '0009999');
  const forms: readonly (readonly [string, ProblemCode, Wrapping['build']])[] = [
    ['into another message', 'seal-modified', (sealed) => forged.replace(END, signatureOf(sealed) + END)],
    [
      'with its message inside ds:Object',
      'seal-position',
      (sealed) =>
        forged.replace(
          END,
          signatureOf(sealed).replace('</ds:Signature>', `<ds:Object>${innerOf(sealed)}</ds:Object></ds:Signature>`) +
            END,
        ),
    ],
    [
      'with its message inside the new one',
      'seal-position',
      (sealed) => forged.replace(END, `<prot:Vecchia>${innerOf(sealed)}</prot:Vecchia>${END}`),
    ],
    [
      'with its message before the seal',
      'seal-modified',
      (sealed) => forged.replace(END, innerOf(sealed).replace(signatureOf(sealed), '') + signatureOf(sealed) + END),
    ],
    [
      'below the new root, signed message as the last child',
      'seal-position',
      (sealed) => forged.replace(END, innerOf(sealed) + END),
    ],
    [
      'to the front',
      'seal-position',
      (sealed) =>
        sealed
          .replace(signatureOf(sealed), '')
          .replace('<prot:Intestazione>', `${signatureOf(sealed)}<prot:Intestazione>`),
    ],
    [
      'one level down',
      'seal-position',
      (sealed) =>
        sealed
          .replace(signatureOf(sealed), '')
          .replace('</prot:Descrizione>', `${signatureOf(sealed)}</prot:Descrizione>`),
    ],
    ['away from the end', 'seal-position', (sealed) => sealed.replace(END, `<prot:Dopo/>${END}`)],
    ['and doubled', 'seal-position', (sealed) => sealed.replace(END, signatureOf(sealed) + END)],
    [
      'and doubled with other ids',
      'seal-position',
      (sealed) => sealed.replace(END, signatureOf(sealed).replaceAll('sigillo-', 'altro-') + END),
    ],
    [
      'under a root that wraps everything',
      'seal-position',
      (sealed) =>
        `<prot:SegnaturaInformatica xmlns:prot="http://www.agid.gov.it/protocollo/">${innerOf(sealed)}</prot:SegnaturaInformatica>`,
    ],
    [
      'with a second SignedInfo',
      'seal-unreadable',
      (sealed) => {
        const info = sealed.slice(sealed.indexOf('<ds:SignedInfo'), sealed.indexOf('<ds:SignatureValue>'));
        return sealed.replace('<ds:SignatureValue>', `${info}<ds:SignatureValue>`);
      },
    ],
    [
      'with second properties',
      'seal-position',
      (sealed) =>
        sealed.replace(
          '</xades:QualifyingProperties>',
          '<xades:SignedProperties Id="x"/></xades:QualifyingProperties>',
        ),
    ],
    [
      'with text beside its parts',
      'seal-unreadable',
      (sealed) => sealed.replace('<ds:SignatureValue>', 'x<ds:SignatureValue>'),
    ],
    [
      'with another namespace for its prefix',
      'seal-unreadable',
      (sealed) => sealed.replace('<ds:Object>', '<ds:Object xmlns:ds="urn:x">'),
    ],
    ['with declarations', 'xml-doctype-internal', (sealed) => sealed.replace('?>', '?><!DOCTYPE a [<!ENTITY e "x">]>')],
    ['with an entity', 'xml-entity', (sealed) => sealed.replace('0000123', '&e;')],
  ];
  return forms.map(([name, code, build]) => ({ name, code, build }));
}
