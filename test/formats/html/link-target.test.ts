import { describe, expect, it } from 'vitest';
import { inertPage } from '../../../src/formats/html/inert.ts';
import { linkTarget } from '../../../src/formats/html/link-target.ts';

const first = (page: string) => {
  const [link] = inertPage(page).links;
  return linkTarget(link?.text ?? '', link?.address ?? '');
};

describe('where a link leads', () => {
  it.each([
    ['<a href="https://www.comune.example.it/avvisi?n=1">avvisi</a>', 'https://www.comune.example.it/avvisi?n=1'],
    ['<a href="HTTP://Comune.Example.IT">avvisi</a>', 'http://comune.example.it/'],
    ['<a href="//comune.example.it/a">avvisi</a>', 'https://comune.example.it/a'],
    ['<base href="https://altro.example/x/"><a href="furto">avvisi</a>', 'https://altro.example/x/furto'],
  ])('is told in full: %s', (page, address) => {
    expect(first(page)).toMatchObject({ kind: 'page', address, written: null, named: null });
  });

  it.each([
    // A Cyrillic а and е; a full stop of another writing; encoded.
    ['https://\u0430pple.example/', 'xn--pple-43d.example'],
    ['https://\u0435xample\u3002com/x', 'xn--xample-2of.com'],
    ['https://%D0%B0pple.example/', 'xn--pple-43d.example'],
  ])('shows letters of another alphabet: %s', (address, host) => {
    const target = linkTarget('apri', address);
    expect(target).toMatchObject({ kind: 'page', host });
    expect(target.address).toContain(host);
    expect(target.written).not.toBeNull();
  });

  it('sees through a name before the host, and through another scheme’s spelling', () => {
    expect(linkTarget('apri', 'https://comune.example.it@furto.example/x')).toMatchObject({ host: 'furto.example' });
    expect(linkTarget('apri', 'https:\\\\furto.example\\x')).toMatchObject({ host: 'furto.example' });
    expect(linkTarget('apri', 'http://2130706433/')).toMatchObject({ host: '127.0.0.1' });
  });

  it.each([
    ['javascript:alert(1)', 'javascript'],
    ['JavaScript:alert(1)', 'javascript'],
    ['data:text/html,<script>alert(1)</script>', 'data'],
    ['vbscript:x', 'vbscript'],
    ['file:///etc/passwd', 'file'],
    ['blob:https://x/1', 'blob'],
  ])('names what no desk would open: %s', (address, scheme) => {
    expect(linkTarget('apri', address)).toMatchObject({ kind: 'closed', scheme });
  });

  it('is not deceived by line ends and references in the scheme', () => {
    expect(first('<a href="java\nscript&colon;alert(1)">apri</a>')).toMatchObject({ kind: 'closed' });
    expect(first('<a href=" &#106;avascript:alert(1)">apri</a>')).toMatchObject({ kind: 'closed' });
  });

  it.each([
    ['www.comune.example.it', 'https://furto.example/', 'www.comune.example.it'],
    ['https://comune.example.it/pagamenti', 'https://furto.example/', 'comune.example.it'],
    ['comune.example.it', 'https://www.comune.example.it/', null],
    ['example.it', 'https://comune.example.it/', null],
    ['scarica la fattura.', 'https://furto.example/', null],
  ])('says when the text names another site: %s', (text, address, named) => {
    expect(linkTarget(text, address).named).toBe(named);
  });

  it('takes mail, telephone and half an address for what they are', () => {
    expect(linkTarget('scrivi', 'mailto:protocollo@example.it')).toMatchObject({ kind: 'write' });
    expect(linkTarget('chiama', 'tel:+390000000')).toMatchObject({ kind: 'other' });
    expect(linkTarget('avvisi', 'avvisi/1')).toMatchObject({ kind: 'other', address: 'avvisi/1' });
    expect(linkTarget('rotto', 'http://[')).toMatchObject({ kind: 'other' });
  });
});
