import { CA, type Made, SIGNER, type Workshop } from '../cms/openssl.ts';

export const POST_BOX = 'posta-certificata@pec.provider.example.it';
export const CERTIFIED_AT = '2025-06-01T10:20:30+02:00';

/** A small provider of certified mail with its authority. */
export interface Provider {
  readonly root: Made;
  readonly middle: Made;
  readonly signer: Made;
}

export function found(shop: Workshop): Provider {
  const root = shop.certificate({ name: 'Radice di Esempio', extensions: CA() });
  const constraints = 'nameConstraints = permitted;email:pec.provider.example.it';
  const middle = shop.certificate({ name: 'CA Gestori', issuer: root, extensions: [...CA(), constraints] });
  return { root, middle, signer: shop.certificate({ name: 'Gestore', issuer: middle, extensions: SIGNER(POST_BOX) }) };
}

export const daticert = (
  type: string,
  more = '',
  changes: Partial<Record<'error' | 'day' | 'zone' | 'head', string>> = {},
) =>
  `<?xml version="1.0" encoding="UTF-8"?>${changes.head ?? ''}
<postacert tipo="${type}"${changes.error === undefined ? '' : ` errore="${changes.error}"`}>
  <intestazione>
    <mittente>protocollo@pec.comune.esempio.example.it</mittente>
    <destinatari>Protocollo@pec.comune.provaria.example.it</destinatari>
    <destinatari tipo="esterno">ufficio@example.it</destinatari>
    <risposte/>
    <oggetto>Prova &amp; verifica</oggetto>
  </intestazione>
  <dati>
    <gestore-emittente>Gestore di Esempio</gestore-emittente>
    <data zona="${changes.zone ?? '+0200'}"><giorno>${changes.day ?? '01/06/2025'}</giorno><ora>10:20:30</ora></data>
    <identificativo>id-1@pec.provider.example.it</identificativo>
    <msgid>&lt;nostro-1@comune.esempio.example.it&gt;</msgid>
    ${more}
  </dati>
</postacert>
`;

export const ORIGINAL = [
  'From: Ufficio <protocollo@pec.comune.esempio.example.it>',
  'To: protocollo@pec.comune.provaria.example.it',
  'Subject: Prova',
  'Message-ID: <nostro-1@comune.esempio.example.it>',
  'Date: Sun, 1 Jun 2025 10:20:00 +0200',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Buongiorno.  ',
  '',
].join('\r\n');

export interface Wish {
  readonly headers: readonly string[];
  readonly from?: string;
  /** Files inside the signed part, in order: name, media type, content. */
  readonly files: readonly (readonly [name: string, type: string, content: string | Buffer])[];
}

/** The signed part, exactly as the signature covers it. */
export function signedPart({ files }: Wish): Buffer {
  const parts: (string | Buffer)[] = [
    'Content-Type: multipart/mixed; boundary="----=_mixed"\r\n\r\n',
    '------=_mixed\r\nContent-Type: text/plain; charset="iso-8859-1"\r\n',
    'Content-Transfer-Encoding: quoted-printable\r\n\r\nMessaggio di posta certificata, =E8 inoltrato.\r\n',
  ];
  for (const [name, type, content] of files) {
    const eml = type === 'message/rfc822';
    const head = `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: inline; filename="${name}"\r\n`;
    parts.push(`------=_mixed\r\n${head}Content-Transfer-Encoding: ${eml ? '7bit' : 'base64'}\r\n\r\n`);
    parts.push(eml ? content : lines(Buffer.from(content)), '\r\n');
  }
  parts.push('------=_mixed--\r\n');
  return Buffer.concat(parts.map((part) => Buffer.from(part as string)));
}

const lines = (bytes: Buffer): string => bytes.toString('base64').replace(/.{1,76}/g, '$&\r\n');

/** The whole mail around a signed part and a signature (DER), or without one. */
export function mail(wish: Wish, signed: Buffer, signature: Buffer | null): Buffer {
  const head = [
    `From: ${wish.from ?? `"Per conto di: x" <${POST_BOX}>`}`,
    'To: protocollo@pec.comune.provaria.example.it',
    'Subject: POSTA CERTIFICATA: Prova',
    'Message-ID: <id-1@pec.provider.example.it>',
    'Date: Sun, 1 Jun 2025 10:20:31 +0200',
    ...wish.headers,
    'MIME-Version: 1.0',
    'Content-Type: multipart/signed; protocol="application/x-pkcs7-signature"; micalg=sha-256; boundary="----SIG"',
    '',
    'This is an S/MIME signed message',
    '',
    '',
  ].join('\r\n');
  const p7s = signature
    ? `------SIG\r\nContent-Type: application/x-pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines(signature)}\r\n`
    : '';
  return Buffer.concat([Buffer.from(`${head}------SIG\r\n`), signed, Buffer.from(`\r\n${p7s}------SIG--\r\n`)]);
}

export const TRANSPORT: Wish = {
  headers: ['X-Trasporto: posta-certificata', 'X-Riferimento-Message-ID: <nostro-1@comune.esempio.example.it>'],
  files: [
    ['daticert.xml', 'application/xml', daticert('posta-certificata')],
    ['postacert.eml', 'message/rfc822', ORIGINAL],
  ],
};

export const receipt = (type: string, more = '', error?: string): Wish => ({
  headers: [`X-Ricevuta: ${type}`],
  from: POST_BOX,
  files: [['daticert.xml', 'application/xml', daticert(type, more, error === undefined ? {} : { error })]],
});
