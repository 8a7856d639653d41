import type { DeclaredDocument, DocumentContext, Dossier, Generation } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { readDigest } from './digests.ts';
import { listed, optional, proseOf, readClassifications } from './fields.ts';
import type { ProblemCollector } from './problem-collector.ts';
import { readFirstRegistration } from './read-identifier.ts';
import { readMoreInfo, references } from './read-more-info.ts';
import { readReferences } from './read-references.ts';

/** `Riferimenti` and `Descrizione` of the circulars, in a segnatura and in a confirmation. */
export function readDocumentContext(root: XmlElement, generation: Generation, problems: ProblemCollector) {
  const description = root.child('Descrizione');
  const described = new Description(generation, problems);
  described.read(description);
  const context: DocumentContext = {
    ...readReferences(root.child('Riferimenti'), generation, problems),
    ...listed('dossiers', described.dossiers),
    ...optional('documentNotes', proseOf(description, 'Note')),
  };
  return { ...context, documents: described.documents };
}

class Description {
  readonly documents: DeclaredDocument[] = [];
  readonly dossiers: Dossier[] = [];
  readonly #generation: Generation;
  readonly #findings: ProblemCollector;

  constructor(generation: Generation, problems: ProblemCollector) {
    this.#generation = generation;
    this.#findings = problems;
  }

  read(element: XmlElement | null): void {
    const text = element?.child('TestoDelMessaggio') ?? null;
    if (text !== null) this.documents.push(messageText(text));
    for (const each of element?.all('Documento') ?? []) {
      this.#document(each, this.documents.length === 0 ? 'primary' : 'attachment', undefined);
    }
    for (const attachments of element?.all('Allegati') ?? []) this.#inside(attachments, undefined);
  }

  /** A Fascicolo holds documents and further Fascicoli. `readXml` has bounded the depth. */
  #inside(holder: XmlElement, dossier: number | undefined): void {
    for (const each of holder.elements()) {
      if (each.name === 'Documento') this.#document(each, 'attachment', dossier);
      if (each.name !== 'Fascicolo') continue;
      this.dossiers.push(readDossier(each, dossier, this.#findings));
      this.#inside(each, this.dossiers.length - 1);
    }
  }

  #document(element: XmlElement, role: DeclaredDocument['role'], dossier: number | undefined): void {
    const document = readDocument(element, role, this.#generation, this.#findings);
    this.documents.push(dossier === undefined ? document : { ...document, dossier });
  }
}

const readDossier = (element: XmlElement, inside: number | undefined, problems: ProblemCollector): Dossier => ({
  ...optional('inside', inside),
  ...optional('administration', proseOf(element, 'CodiceAmministrazione')),
  ...optional('aoo', proseOf(element, 'CodiceAOO')),
  ...optional('subject', proseOf(element, 'Oggetto')),
  ...optional('code', proseOf(element, 'Identificativo')),
  ...listed('classifications', readClassifications(element)),
  ...optional('notes', proseOf(element, 'Note')),
  ...optional('moreInfo', readMoreInfo(element, problems)),
  ...references(element),
});

const messageText = (element: XmlElement): DeclaredDocument => ({
  role: 'primary',
  name: null,
  mediaType: element.attribute('tipoMIME'),
  title: null,
  reference: 'message-text',
  location: null,
  digest: null,
  at: element.at,
  ...optional('id', element.attribute('id')),
});

/** The label of a digest that has none. */
export const standardDigest = (generation: Generation): string => (generation === '2001' ? 'SHA-1' : 'SHA-256');

function readDocument(
  element: XmlElement,
  role: DeclaredDocument['role'],
  generation: Generation,
  problems: ProblemCollector,
): DeclaredDocument {
  const name = element.attribute('nome');
  const location = element.child('CollocazioneTelematica')?.content() ?? null;
  const { reference, ...declared } = readReference(element, name, location, problems);
  return {
    role,
    name,
    mediaType: element.attribute('tipoMIME'),
    title: proseOf(element, 'TitoloDocumento'),
    reference,
    location,
    digest: readDigest(element.child('Impronta'), standardDigest(generation), problems),
    at: element.at,
    ...declared,
    ...references(element),
    ...optional('subject', proseOf(element, 'Oggetto')),
    ...optional('type', proseOf(element, 'TipoDocumento')),
    ...listed('classifications', readClassifications(element)),
    ...optional('pages', proseOf(element, 'NumeroPagine')),
    ...optional('notes', proseOf(element, 'Note')),
    ...optional('firstRegistration', readFirstRegistration(element, generation, problems)),
    ...optional('moreInfo', readMoreInfo(element, problems)),
  };
}

function readReference(
  element: XmlElement,
  name: string | null,
  location: string | null,
  problems: ProblemCollector,
): Pick<DeclaredDocument, 'reference' | 'declaredTelematic'> {
  const written = element.attribute('tipoRiferimento')?.trim() ?? 'MIME';
  const kind = written.toLowerCase();
  if (kind === 'cartaceo') return { reference: 'paper' };
  if (kind === 'telematico') {
    if (location?.trim()) return { reference: 'telematic' };
    problems.add('document-location-empty', element.at, name ?? '');
    // Declared to lie elsewhere, but without an address. If it has a name, it is looked for among the files.
    return name?.trim() ? { reference: 'mime', declaredTelematic: true } : { reference: 'telematic' };
  }
  if (kind !== 'mime') problems.add('segnatura-value-unknown', element.at, `tipoRiferimento="${written}"`);
  if (!name?.trim() && element.attribute('rife') === null) problems.add('document-name-missing', element.at);
  return { reference: 'mime' };
}
