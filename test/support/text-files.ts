/** Documents of many kinds with a text in them, made by the libraries and tools that others use. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import PDFDocument from 'pdfkit';
import { ZipFile } from 'yazl';
import { selfSigned } from './self-signed.ts';

/** A page for each text; '' is an empty one. */
export function pdfOf(pages: readonly string[], options: Partial<PDFKit.PDFDocumentOptions> = {}): Promise<Buffer> {
  const pdf = new PDFDocument({ autoFirstPage: false, ...options });
  for (const page of pages) pdf.addPage().fontSize(10).text(page);
  pdf.end();
  return buffer(pdf);
}

export function zipOf(files: Readonly<Record<string, string | Buffer>>, compress = true): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files))
    zip.addBuffer(Buffer.from(content as string), name, { compress });
  zip.end();
  return buffer(zip.outputStream);
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';

export const docxOf = (text: string, more: Readonly<Record<string, string>> = {}): Promise<Buffer> =>
  zipOf({
    '[Content_Types].xml': `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
    'word/document.xml': `${XML}<w:document ${W}><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p><w:p><w:r><w:t xml:space="preserve">spez</w:t></w:r><w:r><w:t>zata</w:t><w:tab/><w:delText>tolta</w:delText></w:r></w:p></w:body></w:document>`,
    'word/header1.xml': `${XML}<w:hdr ${W}><w:p><w:r><w:t>Intestazione di prova</w:t></w:r></w:p></w:hdr>`,
    ...more,
  });

export const odtOf = (text: string, manifest = ''): Promise<Buffer> =>
  zipOf({
    mimetype: 'application/vnd.oasis.opendocument.text',
    'META-INF/manifest.xml': `${XML}<manifest:manifest xmlns:manifest="m">${manifest}</manifest:manifest>`,
    'content.xml': `${XML}<office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text><text:h>Titolo</text:h><text:p>${text}<text:s text:c="3"/><text:span>in coda</text:span></text:p></office:text></office:body></office:document-content>`,
    'styles.xml': `${XML}<office:document-styles xmlns:office="o" xmlns:text="t"><text:p>Piede di pagina</text:p></office:document-styles>`,
  });

export const xlsxOf = (text: string): Promise<Buffer> =>
  zipOf({
    'xl/workbook.xml': `${XML}<workbook><sheets><sheet name="Bilancio di prova" sheetId="1"/></sheets></workbook>`,
    'xl/sharedStrings.xml': `${XML}<sst><si><t>${text}</t></si><si><t>altro</t><rPh><t>fonetica</t></rPh></si></sst>`,
    'xl/worksheets/sheet1.xml': `${XML}<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1234.5</v></c><c r="C1" t="inlineStr"><is><t>in linea</t></is></c></row></sheetData></worksheet>`,
  });

export const pptxOf = (text: string): Promise<Buffer> =>
  zipOf({
    'ppt/presentation.xml': `${XML}<p:presentation xmlns:p="p"/>`,
    'ppt/slides/slide1.xml': `${XML}<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:sld>`,
  });

export const rtfOf = (text: string): Buffer =>
  Buffer.from(
    `{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Courier;}}{\\*\\generator Prova}{\\info{\\author Nora Esempi}}\\pard ${text} perch\\'e9 \\u8364? citt\\u224\\'e0\\par fine}`,
    'latin1',
  );

/** A mail with a text and one file. */
export const mailOf = (text: string, name: string, file: Buffer): Buffer =>
  Buffer.from(
    [
      'From: Nora Esempi <nora@example.it>',
      'To: protocollo@example.it',
      'Subject: =?utf-8?Q?Richiesta_di_attivit=C3=A0?=',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="xx"',
      '',
      '--xx',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      text,
      '--xx',
      `Content-Type: application/octet-stream; name="${name}"`,
      `Content-Disposition: attachment; filename="${name}"`,
      'Content-Transfer-Encoding: base64',
      '',
      file.toString('base64').replace(/.{76}/g, '$&\r\n'),
      '--xx--',
      '',
    ].join('\r\n'),
  );

const signer = { made: null as ReturnType<typeof selfSigned> | null };

/** CAdES as `openssl cms` makes it, signed by a certificate of its own. */
export function signedOf(content: Buffer, form: 'DER' | 'PEM' | 'SMIME' = 'DER'): Buffer {
  signer.made ??= selfSigned();
  const folder = mkdtempSync(join(tmpdir(), 'interpro-signed-'));
  const at = (name: string) => join(folder, name);
  try {
    writeFileSync(at('key'), signer.made.key);
    writeFileSync(at('cert'), signer.made.cert);
    writeFileSync(at('content'), content);
    execFileSync(
      'openssl',
      [
        ...['cms', '-sign', '-binary', '-nodetach', '-in', at('content'), '-signer', at('cert'), '-inkey', at('key')],
        ...['-outform', form, '-out', at('signed')],
      ],
      { stdio: 'pipe' },
    );
    return readFileSync(at('signed'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
