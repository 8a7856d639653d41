import type { DeclaredDocument, DocumentContext, Dossier } from '../../model/segnatura.ts';
import { element, type XmlOutput } from '../xml/write.ts';
import { classificationPart, digestPart, firstRegistration, moreInfoPart } from './write-circular-parts.ts';
import { DEEPEST, type Form, optionalText, required, unwritable } from './write-fields.ts';
import { referencesPart } from './write-references.ts';

/** Writes `Riferimenti` and `Descrizione` of the circulars. */
export const documentContextParts = (
  context: DocumentContext,
  documents: readonly DeclaredDocument[],
  form: Form,
): readonly (XmlOutput | null)[] => [referencesPart(context, form), descriptionPart(documents, context, form)];

function descriptionPart(
  documents: readonly DeclaredDocument[],
  { dossiers = [], documentNotes }: DocumentContext,
  form: Form,
): XmlOutput {
  const [primary, ...others] = documents.filter((each) => each.role === 'primary');
  const attachments = documents.filter((each) => each.role === 'attachment');
  if (primary === undefined) unwritable('Descrizione/Documento');
  if (others.length > 0) unwritable('Descrizione/Documento', 'i documenti primari sono più di uno');
  const first =
    primary.reference === 'message-text'
      ? element('TestoDelMessaggio', { id: primary.id, tipoMIME: primary.mediaType })
      : documentPart(primary, form);
  const rest = inDossiers(attachments, dossiers, form);
  return element(
    'Descrizione',
    {},
    first,
    rest.length === 0 ? null : element('Allegati', {}, rest),
    optionalText('Note', documentNotes),
  );
}

/** One level of the tree of documents and dossiers. */
type Branch = (DeclaredDocument | { readonly dossier: Dossier; readonly content: Branch })[];

/**
 * A dossier stands where its first document does, and the grammars allow none without documents. So the order of the documents
 * and the nesting of the dossiers give the whole tree. Dossiers without documents are left out.
 */
function inDossiers(documents: readonly DeclaredDocument[], dossiers: readonly Dossier[], form: Form): XmlOutput[] {
  const top: Branch = [];
  const placed = new Map<number, Branch>();
  const branch = (index: number): Branch => {
    // From the dossier outwards to one that is already placed, then inwards again.
    const missing: number[] = [];
    let at: number | undefined = index;
    for (; at !== undefined && !placed.has(at); at = dossiers[at]?.inside) {
      if (dossiers[at] === undefined || missing.includes(at)) unwritable('Allegati/Fascicolo', 'non è al suo posto');
      missing.push(at);
      if (missing.length > DEEPEST) unwritable('Allegati/Fascicolo', 'ha troppi livelli');
    }
    let around = at === undefined ? top : (placed.get(at) ?? top);
    for (const each of missing.reverse()) {
      const content: Branch = [];
      const dossier = dossiers[each];
      if (dossier !== undefined) around.push({ dossier, content });
      placed.set(each, content);
      around = content;
    }
    return around;
  };
  for (const document of documents) (document.dossier === undefined ? top : branch(document.dossier)).push(document);
  const written = (content: Branch): XmlOutput[] =>
    content.map((each) =>
      'role' in each ? documentPart(each, form) : dossierPart(each.dossier, written(each.content), form),
    );
  return written(top);
}

const dossierPart = (dossier: Dossier, content: readonly XmlOutput[], form: Form): XmlOutput =>
  element(
    'Fascicolo',
    { id: dossier.id, rife: dossier.repeats },
    optionalText('CodiceAmministrazione', dossier.administration),
    optionalText('CodiceAOO', dossier.aoo),
    optionalText('Oggetto', dossier.subject),
    optionalText('Identificativo', dossier.code),
    (dossier.classifications ?? []).map(classificationPart),
    optionalText('Note', dossier.notes),
    moreInfoPart(dossier.moreInfo, form),
    content,
  );

function documentPart(document: DeclaredDocument, form: Form): XmlOutput {
  const { reference: kind, location, digest } = document;
  if (kind === 'message-text') unwritable('Allegati/Documento', 'il testo del messaggio non può essere un allegato');
  const telematic = kind === 'telematic' || (form.asRead && document.declaredTelematic === true);
  const place = form.asRead
    ? location
    : kind === 'telematic'
      ? required(location, 'CollocazioneTelematica', form)
      : location || null;
  return element(
    'Documento',
    {
      id: document.id,
      rife: document.repeats,
      nome: document.name,
      tipoMIME: document.mediaType,
      tipoRiferimento: telematic ? 'telematico' : kind === 'paper' ? 'cartaceo' : 'MIME',
    },
    optionalText('CollocazioneTelematica', place),
    place === null ? null : digestPart(digest, form),
    optionalText('TitoloDocumento', document.title),
    firstRegistration(document.firstRegistration, form),
    optionalText('TipoDocumento', document.type),
    optionalText('Oggetto', document.subject),
    (document.classifications ?? []).map(classificationPart),
    optionalText('NumeroPagine', document.pages),
    optionalText('Note', document.notes),
    moreInfoPart(document.moreInfo, form),
  );
}
