/** Writes the sample register in this process, in its time zone and language, and prints the digests of both files. */
import { buffer } from 'node:stream/consumers';
import { registerPdf } from '../../../src/adapters/register-pdf/write-register-pdf.ts';
import { writeRegisterXml } from '../../../src/formats/daily-register/write-register-xml.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import { sampleFrame, sampleLines } from './sample-register.ts';

const xml = await Array.fromAsync(writeRegisterXml(sampleFrame(12), sampleLines(12)));
const { bytes, finished } = registerPdf({ frame: sampleFrame(12), xmlSha256: sha256('xml') }, sampleLines(12));
const [pdf] = await Promise.all([buffer(bytes), finished]);
console.log(new Intl.DateTimeFormat().resolvedOptions().timeZone);
console.log(`${sha256(Buffer.concat(xml))} ${sha256(pdf)}`);
