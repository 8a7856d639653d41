/** The minimum anyone has to do: libxml2 parses the bytes and validates them, in this process. */
import { readFileSync } from 'node:fs';
import { GRAMMAR_FILES } from '../../src/formats/segnatura/grammar.ts';
import { compileSchema, freeDocument, parseDocument, validateWithSchema } from '../../src/formats/xml/libxml.ts';

export function libxmlAlone(schema: 'segnatura-2013.xsd' | 'mail-3.0.0.xsd'): (bytes: Uint8Array) => void {
  const folder = new URL('../../schemas/', import.meta.url);
  const files = new Map(GRAMMAR_FILES.map((name) => [name as string, readFileSync(new URL(name, folder))]));
  const compiled = compileSchema(schema, files);
  return (bytes) => {
    const document = parseDocument(bytes).value;
    const valid = validateWithSchema(document, compiled).value;
    freeDocument(document);
    if (!valid) throw new Error('the baseline finds a message of the bench invalid');
  };
}
