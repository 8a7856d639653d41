import { beforeAll, describe, expect, it } from 'vitest';
import { openMail } from '../../../src/formats/pec/open.ts';
import { anchorsFrom } from '../../../src/formats/pec/trust.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import type { ProtocolMessage } from '../../../src/model/segnatura.ts';
import { issueAuthority, issueProvider, type Provider } from '../../../src/sandbox/authority.ts';
import { ordinaryMessage, transportEnvelope } from '../../../src/sandbox/craft.ts';
import { contentDigest } from '../../../src/service/intake/content-digest.ts';

const DATE = new Date('2026-03-01T09:00:00Z');
const LETTER = {
  from: 'protocollo@pec.esempio.example.it',
  subject: 'Richiesta di accesso agli atti',
  text: 'Si chiede copia della delibera n. 12.',
  file: 'Elenco di prova.',
};

let provider: Provider;
beforeAll(async () => {
  provider = await issueProvider({
    domain: 'pec.esempio.example.it',
    authority: await issueAuthority({ name: 'Autorità di prova' }),
  });
});

let count = 0;
/** As the provider certifies it; every envelope has another identifier. */
function opened({ from, subject, text }: typeof LETTER) {
  const to = 'protocollo@pec.provaria.example.it';
  const letter = { from, subject, date: DATE, messageId: '<sempre-lo-stesso@pec.esempio.example.it>' };
  count += 1;
  const envelope = transportEnvelope(provider, {
    ...letter,
    identifier: `opec${count}@pec.esempio.example.it`,
    to: [{ address: to, certified: true }],
    original: ordinaryMessage({ ...letter, to, text }),
  });
  const { trust } = anchorsFrom([{ name: 'ca.pem', bytes: Buffer.from(provider.caPem) }]);
  return openMail(envelope, trust, DATE);
}
const digest = (letter: typeof LETTER, message: ProtocolMessage | null) =>
  contentDigest(opened(letter), message, null, [{ sha256: sha256(letter.file) }]);
const declaring = (reference: 'mime' | 'message-text') =>
  ({ documents: [{ reference }] }) as unknown as ProtocolMessage;

describe('what tells a message that came twice from another', () => {
  it('without a segnatura is all that its sender wrote, and nothing of the envelope', () => {
    expect(digest(LETTER, null)).toBe(digest(LETTER, null));
    for (const change of [
      { from: 'ufficio@pec.esempio.example.it' },
      { subject: 'Richiesta di accesso agli atti, sollecito' },
      { text: 'Si chiede copia della delibera n. 13.' },
      { file: 'Altro elenco.' },
    ])
      expect(digest({ ...LETTER, ...change }, null), JSON.stringify(change)).not.toBe(digest(LETTER, null));
  });

  it('is the segnatura and its documents where it has one, and the text where that is a document', () => {
    const other = { ...LETTER, from: 'ufficio@pec.esempio.example.it', subject: 'Rinvio', text: 'Si rinvia.' };
    expect(digest(other, declaring('mime'))).toBe(digest(LETTER, declaring('mime')));
    expect(digest(other, declaring('message-text'))).not.toBe(digest(LETTER, declaring('message-text')));
    expect(digest({ ...LETTER, file: 'x' }, declaring('mime'))).not.toBe(digest(LETTER, declaring('mime')));
  });
});
