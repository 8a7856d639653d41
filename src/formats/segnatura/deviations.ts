import type { Generation } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import type { ProblemCollector } from './problem-collector.ts';

/** Names where real mail deviates from its norm, so that a clerk or the sender can see it. */

export const NAMESPACES = {
  digitPa: 'http://www.digitPa.gov.it/protocollo/',
  prot: 'http://www.agid.gov.it/protocollo/',
  pec: 'http://www.agid.gov.it/protocollo/pec/',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
} as const;

/** The fixed `versione` of each generation. The official grammar of 2013 has a placeholder, so it may be missing there. */
export const VERSIONS: Readonly<Record<Generation, string>> = {
  '2001': '2001-05-07',
  '2009': '2009-12-03',
  '2013': 'aaaa-mm-gg',
  '3.0.0': '3.0.0',
};

/**
 * The generation of a document: by its namespace or root name, else by its version, else by the elements it has.
 */
export function detectGeneration(root: XmlElement): Generation {
  const namespace = root.namespace.toLowerCase();
  const version = root.attribute('versione')?.trim() ?? '';
  if (/^https?:\/\/www\.agid\.gov\.it\/protocollo/.test(namespace)) return '3.0.0';
  if (root.name === 'SegnaturaInformatica' || version.startsWith('3.')) return '3.0.0';
  if (/^https?:\/\/www\.digitpa\.gov\.it\/protocollo/.test(namespace)) return '2013';
  if (version === VERSIONS['2009']) return '2009';
  if (version === VERSIONS['2001']) return '2001';
  if (/^aaaa-?mm-?gg$/.test(version)) return '2013';
  return bySigns(root);
}

/** Only 2013 has registers and further information; 2009 differs from 2001 in its digest. */
function bySigns(root: XmlElement): Generation {
  let found: Generation = '2001';
  const waiting = [root];
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    if (element.name === 'CodiceRegistro' || element.name === 'PiuInfo') return '2013';
    if (element.name === 'Impronta' && element.attribute('algoritmo') === 'SHA-256') found = '2009';
    for (const child of element.children) if (typeof child !== 'string') waiting.push(child);
  }
  return found;
}

/** `hasDoctype` counts as true where nobody looked. */
export function findDeviations(
  root: XmlElement,
  hasDoctype: boolean,
  generation: Generation,
  valid: boolean,
  problems: ProblemCollector,
): void {
  checkOpening(root, hasDoctype, generation, problems);
  checkTree(root, generation, problems);
  if (!valid) checkOrder(root, problems);
}

function checkOpening(root: XmlElement, hasDoctype: boolean, generation: Generation, problems: ProblemCollector): void {
  const missing: string[] = [];
  const byDtd = generation === '2001' || generation === '2009';
  if (byDtd && !hasDoctype) missing.push('DOCTYPE');
  if (!byDtd && root.namespace === '' && !hasDoctype) missing.push('spazio dei nomi');
  const version = root.attribute('versione')?.trim() ?? null;
  if (version === null) {
    if (generation !== '2013') missing.push('versione');
  } else if (version !== VERSIONS[generation]) problems.add('segnatura-version', root.at, version);
  checkLanguage(root, generation, missing, problems);
  if (missing.length > 0) problems.add('segnatura-header-incomplete', root.at, missing.join(', '));
}

function checkLanguage(root: XmlElement, generation: Generation, missing: string[], problems: ProblemCollector): void {
  const written = root.attributes.find(({ name }) => name === 'lang' || name === 'xml-lang');
  if (written === undefined) {
    if (generation !== '2013') missing.push('lingua');
    return;
  }
  const name = written.prefix === '' ? written.name : `${written.prefix}:${written.name}`;
  const asNorm =
    generation === '2013'
      ? name === (root.namespace === '' ? 'xml:lang' : 'xml-lang')
      : generation === '3.0.0' || name === 'xml:lang';
  if (!asNorm || written.value !== 'it') problems.add('segnatura-language', root.at, `${name}="${written.value}"`);
}

/** Elements that mean something by being there. */
const MAY_BE_EMPTY = new Set([
  'RiferimentoDocumentiCartacei',
  'RiferimentiTelematici',
  'TestoDelMessaggio',
  'Riservato',
  'InterventoOperatore',
  'CollocazioneTelematica',
]);
const NEVER_TEXT = new Set(['RiferimentoDocumentiCartacei', 'RiferimentiTelematici', 'TestoDelMessaggio']);

/** One walk over all elements, without recursion. */
function checkTree(root: XmlElement, generation: Generation, problems: ProblemCollector): void {
  const empty = new Set<string>();
  const foreign = new Set<string>();
  const unqualified = new Set<string>();
  const waiting = [root];
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    if (element.namespace === NAMESPACES.signature) continue;
    let parts = 0;
    for (const child of element.children) {
      if (typeof child === 'string') continue;
      parts += 1;
      waiting.push(child);
    }
    const text = element.text();
    if (parts === 0 && text === '' && !lawfullyEmpty(element)) empty.add(element.name);
    if (text !== '' && (parts > 0 || NEVER_TEXT.has(element.name))) {
      problems.add('segnatura-text-unexpected', element.at, element.name);
    }
    if (element.name === 'Note' && text.includes('#|#')) problems.add('segnatura-private-markup', element.at);
    if (!expectedNamespace(element, root, generation)) foreign.add(element.namespace || '(nessuno)');
    if (generation === '3.0.0') {
      for (const { name, namespace } of element.attributes) if (namespace === '') unqualified.add(name);
    }
  }
  const listed = (names: Set<string>) => [...names].slice(0, 8).join(', ');
  if (empty.size > 0) problems.add('segnatura-empty-element', root.at, listed(empty));
  if (foreign.size > 0) problems.add('segnatura-namespace', root.at, listed(foreign));
  if (unqualified.size > 0) problems.add('segnatura-attribute-unqualified', root.at, listed(unqualified));
}

/** Elements that the grammar requires, although there may be nothing to put in. */
const lawfullyEmpty = (element: XmlElement): boolean =>
  MAY_BE_EMPTY.has(element.name) ||
  (element.name === 'Denominazione' &&
    ['IndirizzoPostale', 'Classifica', 'Fascicolo'].includes(element.parent?.name ?? '')) ||
  (element.name === 'Documento' && element.attributes.length > 0);

function expectedNamespace(element: XmlElement, root: XmlElement, generation: Generation): boolean {
  if (generation === '3.0.0') return element.namespace === NAMESPACES.prot || element.namespace === NAMESPACES.pec;
  if (generation === '2013' && root.namespace !== '') return element.namespace === NAMESPACES.digitPa;
  return element.namespace === '';
}

/** Orders that real writers get wrong. The grammar says that something is wrong; this says what. */
const ORDERS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    Segnatura: 'Intestazione Riferimenti Descrizione PiuInfo',
    SegnaturaInformatica: 'Intestazione Riferimenti Descrizione Signature',
    Intestazione:
      'Identificatore PrimaRegistrazione OraRegistrazione Origine Destinazione PerConoscenza Risposta Riservato@circular InterventoOperatore RiferimentoDocumentiCartacei RiferimentiTelematici Oggetto Classifica Note Fascicolo Riservato',
    Identificatore:
      'CodiceAmministrazione CodiceAOO CodiceRegistro NumeroRegistrazione DataRegistrazione OraRegistrazione',
    Origine: 'IndirizzoTelematico Mittente',
    Destinazione: 'IndirizzoTelematico Destinatario',
    PerConoscenza: 'IndirizzoTelematico Destinatario',
    Documento:
      'CollocazioneTelematica Impronta TitoloDocumento PrimaRegistrazione TipoDocumento Oggetto Classifica NumeroPagine Note PiuInfo',
    ConfermaRicezione: 'Identificatore MessaggioRicevuto Riferimenti Descrizione',
    AggiornamentoConferma: 'Identificatore MessaggioRicevuto Riferimenti Descrizione',
    NotificaEccezione: 'Identificatore MessaggioRicevuto Motivo',
    AnnullamentoProtocollazione: 'Identificatore Motivo Provvedimento',
  }).map(([name, children]) => [name, children.split(' ')]),
);

/** Elements that may be repeated. */
const MANY = new Set([...['Destinazione', 'PerConoscenza', 'Destinatario', 'Classifica', 'Allegato', 'Signature']]);

function checkOrder(root: XmlElement, problems: ProblemCollector): void {
  const waiting = [root];
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    const order = ORDERS.get(element.name);
    const circular = element.child('Origine') !== null;
    const seen = new Set<string>();
    let last = 0;
    let named = false;
    for (const child of element.elements()) {
      waiting.push(child);
      const name = child.name === 'Riservato' && circular ? 'Riservato@circular' : child.name;
      const place = order?.indexOf(name) ?? -1;
      if (place >= 0 && place < last && !named) {
        problems.add('segnatura-element-order', child.at, child.name);
        named = true;
      }
      if (place >= 0 && seen.has(name) && !MANY.has(name)) {
        problems.add('segnatura-element-repeated', child.at, child.name);
      }
      seen.add(name);
      last = Math.max(last, place);
    }
  }
}
