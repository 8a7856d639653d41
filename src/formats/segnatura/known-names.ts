import { XmlElement } from '../xml/tree.ts';
import { NAMESPACES } from './deviations.ts';
import type { ProblemCollector } from './problem-collector.ts';

/** Some writers get capitals wrong: `<OGGETTO>`, `confermaricezione="si"`. Such names are understood and reported. */

interface Names {
  /** Asked first, which saves nearly all the work. */
  readonly exact: ReadonlySet<string>;
  readonly byLowerCase: ReadonlyMap<string, string>;
}

function names(text: string): Names {
  const exact = text.split(/\s+/).filter((name) => name !== '');
  return { exact: new Set(exact), byLowerCase: new Map(exact.map((name) => [name.toLowerCase(), name])) };
}

/** All elements of the grammars. No two differ in capitals only. */
const ELEMENTS = names(`
  Segnatura SegnaturaInformatica ConfermaRicezione AggiornamentoConferma NotificaEccezione AnnullamentoProtocollazione
  Intestazione Identificatore PrimaRegistrazione CodiceAmministrazione CodiceAOO CodiceRegistro NumeroRegistrazione
  DataRegistrazione OraRegistrazione Origine Mittente Destinazione PerConoscenza Destinatario Risposta IndirizzoTelematico
  Riservato InterventoOperatore RiferimentoDocumentiCartacei RiferimentiTelematici Oggetto Classifica Livello Note
  Riferimenti Messaggio ContestoProcedurale Procedimento TipoContestoProcedurale TipoProcedimento Responsabile DataAvvio
  DataTermine Descrizione Documento TestoDelMessaggio Allegati Fascicolo CollocazioneTelematica Impronta TitoloDocumento
  TipoDocumento NumeroPagine PiuInfo MetadatiInterni MetadatiEsterni NomeFile Amministrazione AOO UnitaOrganizzativa Ruolo
  Persona Denominazione Identificativo Nome Cognome Titolo CodiceFiscale IndirizzoPostale Indirizzo Toponimo Civico CAP
  Comune Provincia Nazione Telefono Fax MessaggioRicevuto DescrizioneMessaggio Motivo Provvedimento
  CodiceFlat CodicePath SubLivello CodiceFascicolo DocumentoPrimario Allegato HostValue PathValue firmatoDigitalmente
  sigillatoElettronicamente marcaturaTemporale UnDetached Detached AmministrazioneEstera PersonaFisica PersonaGiuridica
  DenominazioneAmministrazione DenominazioneUfficio CFAmministrazione CodiceIPAAmministrazione CodiceIPAAOO CodiceIPAUO
  ContattiAmministrazione ContattiAOO ContattiUO ContattiPersonaGiuridica Contatti PIVAoCF dug duf`);

const ATTRIBUTES = names(`
  versione nome nomeFile tipoMIME mimeType tipoRiferimento confermaRicezione perConoscenza tipo note tempo id rife algoritmo
  codifica descrizione timeToLive userId password order XMLSchema estensione formato dug codice3166`);

/** The name in the spelling of the grammars, or unchanged where it is none of theirs. */
const known = (name: string, { exact, byLowerCase }: Names): string =>
  exact.has(name) ? name : (byLowerCase.get(name.toLowerCase()) ?? name);

/** The tree in the spelling of the grammars; the same tree where nothing is misspelt, which is nearly always so. */
export function inKnownCase(root: XmlElement, problems: ProblemCollector): XmlElement {
  if (!isMisspelt(root)) return root;
  const said = new Set<string>();
  const spelt = (name: string, list: Names): string => {
    const right = known(name, list);
    if (right !== name) said.add(name);
    return right;
  };
  const copied = (element: XmlElement, parent: XmlElement | null): XmlElement => {
    const attributes = element.attributes.map((each) => {
      // `CodiceISTAT` has two lawful spellings, so it is on neither list.
      const right = spelt(each.name, ATTRIBUTES);
      return right === each.name || element.attributes.some(({ name }) => name === right)
        ? each
        : { ...each, name: right };
    });
    const copy = new XmlElement(spelt(element.name, ELEMENTS), element.prefix, element.namespace, attributes, parent);
    for (const child of element.children) {
      const foreign = typeof child === 'string' || child.namespace === NAMESPACES.signature;
      copy.children.push(foreign ? child : copied(child, copy));
    }
    return copy;
  };
  // `readXml` has bounded the depth.
  const copy = copied(root, null);
  problems.add('segnatura-name-case', copy.at, [...said].slice(0, 8).join(', '));
  return copy;
}

function isMisspelt(root: XmlElement): boolean {
  const waiting = [root];
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    if (element.namespace === NAMESPACES.signature) continue;
    if (known(element.name, ELEMENTS) !== element.name) return true;
    for (const { name } of element.attributes) if (known(name, ATTRIBUTES) !== name) return true;
    for (const child of element.children) if (typeof child !== 'string') waiting.push(child);
  }
  return false;
}
