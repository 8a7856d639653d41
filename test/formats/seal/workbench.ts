import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type SealSigner, type SignerOptions, signerFromPem } from '../../../src/formats/seal/sealer.ts';
import type { TrustAnchors } from '../../../src/model/pec.ts';
import { needs } from '../../support/shared.ts';
import { CA, type CertificateWish, type Made, Workshop } from '../cms/openssl.ts';

/** `xmlsec1` judges what we write and writes what we judge. */
export const hasXmlsec = needs(
  spawnSync('xmlsec1', ['--version']).status === 0,
  'xmlsec1 is missing: seals are not compared with an independent implementation (apt-get install xmlsec1)',
);

export const AT = new Date('2026-03-02T10:15:00Z');
export const SEALER = [
  'basicConstraints = CA:FALSE',
  'keyUsage = critical,nonRepudiation',
  'subjectKeyIdentifier = hash',
  'authorityKeyIdentifier = keyid',
];

/** A root, an authority below it, and sealers with keys of every kind. */
export class SealWorkshop extends Workshop {
  readonly root: Made;
  readonly authority: Made;
  readonly trust: TrustAnchors;

  constructor() {
    super();
    const name = (cn: string) => ({ name: cn, subject: `/C=IT/O=Autorita di Esempio/CN=${cn}` });
    this.root = this.certificate({ ...name('Radice di Esempio'), extensions: CA() });
    this.authority = this.certificate({ ...name('Autorità di Esempio'), issuer: this.root, extensions: CA() });
    this.trust = { anchors: [{ certificate: this.root.der, onlyVia: [] }] };
  }

  sealer(wish: Partial<CertificateWish> = {}): Made {
    const subject = '/C=IT/O=Comune di Esempio/CN=Sigillo del Comune di Esempio';
    return this.certificate({ name: 'Sigillo', subject, issuer: this.authority, extensions: SEALER, ...wish });
  }

  pem(...made: readonly Made[]): string {
    return made.map(({ certificate }) => this.read(certificate).toString()).join('');
  }

  signer(made: Made, options: SignerOptions = {}): SealSigner {
    const read = signerFromPem(this.pem(made, this.authority), this.read(made.key).toString(), options);
    if (!read.ok) throw new Error(read.problem.message);
    return read.value;
  }

  /** xmlsec1's verdict on a seal. It reads no schema, so it has to be told the identifiers. */
  xmlsecAccepts(bytes: Uint8Array): boolean {
    const file = this.write('to-verify.xml', Buffer.from(bytes));
    const trusted = ['--trusted-pem', this.root.certificate, '--enabled-key-data', 'x509'];
    const time = ['--verification-gmt-time', '2026-03-02 10:15:00'];
    return this.#xmlsec('--verify', ...trusted, ...time, ...IDS, file).status === 0;
  }

  /** Fills in digests and value of a template. */
  xmlsecSigns(template: string, made: Made): Buffer {
    const file = this.write('to-sign.xml', Buffer.from(template));
    const run = this.#xmlsec('--sign', '--privkey-pem', made.key, ...IDS, file);
    if (run.status !== 0) throw new Error(`xmlsec1 cannot sign: ${run.stderr}`);
    return run.stdout;
  }

  #xmlsec(...args: readonly string[]) {
    const run = spawnSync('xmlsec1', args, { cwd: this.dir });
    return { status: run.status, stdout: run.stdout, stderr: run.stderr.toString() };
  }
}

const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
const IDS = [
  `${XADES}:SignedProperties`,
  `${DS}:KeyInfo`,
  `${DS}:Object`,
  `${DS}:Manifest`,
  'http://www.agid.gov.it/protocollo/:SegnaturaInformatica',
  'http://www.agid.gov.it/protocollo/:Intestazione',
].flatMap((each) => ['--id-attr:Id', each]);

export const C14N = {
  '1.0': 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  '1.0 with comments': 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
  '1.1': 'http://www.w3.org/2006/12/xml-c14n11',
  '1.1 with comments': 'http://www.w3.org/2006/12/xml-c14n11#WithComments',
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  'exclusive with comments': 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
} as const;

export const ENVELOPED = `${DS}enveloped-signature`;
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const PROPERTIES_TYPE = 'http://uri.etsi.org/01903#SignedProperties';

export interface Template {
  readonly der: Uint8Array;
  readonly c14n?: string;
  readonly method?: string;
  readonly digest?: string;
  /** Whole `ds:Reference` elements; the usual two where left out. */
  readonly references?: readonly string[];
  readonly id?: string;
  readonly target?: string;
  readonly propertiesId?: string;
  readonly keyInfo?: string;
  /** Inside SignedSignatureProperties. */
  readonly properties?: string;
  /** Further children of ds:Signature. */
  readonly objects?: string;
  readonly unsigned?: string;
}

export const reference = (
  uri: string | null,
  transforms: readonly string[],
  { attributes = '', digest = SHA256 }: { attributes?: string; digest?: string } = {},
): string =>
  `<ds:Reference${uri === null ? '' : ` URI="${uri}"`} ${attributes}>${
    transforms.length === 0 ? '' : `<ds:Transforms>${transforms.map(transform).join('')}</ds:Transforms>`
  }<ds:DigestMethod Algorithm="${digest}"/><ds:DigestValue></ds:DigestValue></ds:Reference>`;

const transform = (each: string): string =>
  each.startsWith('<') ? each : `<ds:Transform Algorithm="${each}"></ds:Transform>`;

export const rootReference = (...transforms: readonly string[]): string => reference('', [ENVELOPED, ...transforms]);
export const propertiesReference = (...transforms: readonly string[]): string =>
  reference('#props', transforms, { attributes: `Type="${PROPERTIES_TYPE}"` });

export const certDigest = (
  der: Uint8Array,
  element = 'SigningCertificateV2',
  algorithm = 'sha256',
  uri = SHA256,
): string =>
  `<xades:${element}><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="${uri}"/><ds:DigestValue>${createHash(
    algorithm,
  )
    .update(der)
    .digest('base64')}</ds:DigestValue></xades:CertDigest></xades:Cert></xades:${element}>`;

export const keyInfo = (ders: readonly Uint8Array[], attributes = ''): string =>
  `<ds:KeyInfo${attributes}><ds:X509Data>${ders
    .map(
      (der) =>
        `<ds:X509Certificate>\n${Buffer.from(der).toString('base64').replace(/.{76}/g, '$&\n')}\n</ds:X509Certificate>`,
    )
    .join('')}</ds:X509Data></ds:KeyInfo>`;

export const SIGNING_TIME = '<xades:SigningTime>2026-03-02T11:15:00+01:00</xades:SigningTime>';

/** A signature for xmlsec1 to fill in, laid out over several lines as many toolkits do. */
export function template(wish: Template): string {
  const references = wish.references ?? [rootReference(), propertiesReference()];
  const properties = wish.properties ?? SIGNING_TIME + certDigest(wish.der);
  return `<ds:Signature xmlns:ds="${DS}" Id="${wish.id ?? 'firma'}">
<ds:SignedInfo>
  <ds:CanonicalizationMethod Algorithm="${wish.c14n ?? C14N['1.0']}"/>
  <ds:SignatureMethod Algorithm="${wish.method ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'}"/>
  ${references.join('\n  ')}
</ds:SignedInfo>
<ds:SignatureValue></ds:SignatureValue>
${wish.keyInfo ?? keyInfo([wish.der])}
<ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="${wish.target ?? '#firma'}">
  <xades:SignedProperties Id="${wish.propertiesId ?? 'props'}"><xades:SignedSignatureProperties>${properties}</xades:SignedSignatureProperties></xades:SignedProperties>${wish.unsigned ?? ''}
</xades:QualifyingProperties></ds:Object>${wish.objects ?? ''}
</ds:Signature>`;
}

/** All that matters to canonicalisation in one message, well-formed but valid against no grammar. */
export const AWKWARD = `<?xml version="1.0" encoding="UTF-8"?>\r
<?nota prima della radice?><!-- un commento -->
<SegnaturaInformatica xmlns="http://www.agid.gov.it/protocollo/" xmlns:b="urn:b" xmlns:prot="http://www.agid.gov.it/protocollo/" prot:lang='it'\r
   xml:lang="it" xml:space="preserve" b:z="1" a="&lt;&quot;&#9;&#10;'&gt;" prot:versione="3.0.0">\r
  <!-- </SegnaturaInformatica> --><Intestazione xmlns:unused="urn:u" b:y="è"><c xmlns="" xmlns:b="urn:b2" b:x="&amp;">  </c>
  <![CDATA[ <b> & ]] ]]>testo &#xD; &#x1F600; “perché”<prot:Oggetto xml:lang="de">Città\t di</prot:Oggetto><vuoto/><?pi dentro ?></Intestazione>\r
  <d xml:base="http://esempio.example.it/"><e/></d>
`;
export const AWKWARD_END = '</SegnaturaInformatica><!-- dopo la radice --><?nota dopo?>\n';

const OFFICE =
  '<prot:Amministrazione><prot:DenominazioneAmministrazione>Comune di #</prot:DenominazioneAmministrazione>' +
  '<prot:CodiceIPAAmministrazione>c_es01</prot:CodiceIPAAmministrazione><prot:ContattiAmministrazione>' +
  '<prot:IndirizzoTelematico prot:tipo="smtp">protocollo@#.example.it</prot:IndirizzoTelematico>' +
  '</prot:ContattiAmministrazione></prot:Amministrazione>';

/** A message of 3.0.0 that lacks nothing but its seal. */
export const MESSAGE = `<?xml version="1.0" encoding="UTF-8"?>
<prot:SegnaturaInformatica xmlns:prot="http://www.agid.gov.it/protocollo/" prot:versione="3.0.0" prot:lang="it">
  <prot:Intestazione>
    <prot:Identificatore>
      <prot:CodiceAmministrazione>c_es01</prot:CodiceAmministrazione>
      <prot:CodiceAOO>AES0001</prot:CodiceAOO>
      <prot:CodiceRegistro>REG</prot:CodiceRegistro>
      <prot:NumeroRegistrazione>0000123</prot:NumeroRegistrazione>
      <prot:DataRegistrazione>2026-03-02</prot:DataRegistrazione>
    </prot:Identificatore>
    <prot:Oggetto>Verifica della viabilità &amp; perché</prot:Oggetto>
    <prot:Classifica><prot:Denominazione>Viabilità</prot:Denominazione><prot:CodiceFlat>06.01</prot:CodiceFlat></prot:Classifica>
  </prot:Intestazione>
  <prot:Descrizione>
    <prot:Mittente>${OFFICE.replaceAll('#', 'Esempio')}</prot:Mittente>
    <prot:Destinatario prot:confermaRicezione="true">${OFFICE.replaceAll('#', 'Provaria')}</prot:Destinatario>
    <prot:DocumentoPrimario prot:nomeFile="lettera.pdf" prot:mimeType="application/pdf"><prot:Impronta>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</prot:Impronta></prot:DocumentoPrimario>
  </prot:Descrizione>
</prot:SegnaturaInformatica>
`;
