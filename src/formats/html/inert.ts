/**
 * The page of a mail, written anew from what is known to be harmless: every mark and attribute in the result is one of ours.
 * Nothing in it runs, asks another host, sends a form or leads away; what was left out is counted, and links are listed.
 * Whoever shows it still does so in a sandbox.
 */
import { htmlTokens, resolved } from './tokens.ts';

export interface InertPage {
  readonly html: string;
  readonly links: readonly PageLink[];
  readonly removed: Removed;
}

export interface PageLink {
  /** What the page shows. */
  readonly text: string;
  /** Where it leads, as written. */
  readonly address: string;
}

export interface Removed {
  /** Pictures, style sheets and backgrounds that would have been fetched from elsewhere. */
  readonly remote: number;
  readonly scripts: number;
  readonly forms: number;
  /** Pages in pages, films, objects, drawings. */
  readonly embedded: number;
}

/** Gives an image of the mail as `data:` by its Content-ID; null: there is none. */
export type ImageById = (contentId: string) => string | null;

const PLAIN =
  'a abbr address article aside b big blockquote br caption center cite code col colgroup dd del div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i ins kbd li main mark ol p pre q s section small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var';
const ALLOWED = new Set(PLAIN.split(' '));
const VOID = new Set(['br', 'col', 'hr']);
/** Left out with all that is in them. */
const DROPPED = new Set([
  'svg',
  'math',
  'object',
  'applet',
  'video',
  'audio',
  'canvas',
  'select',
  'template',
  'frameset',
]);
const EMBEDDED = new Set([...DROPPED, 'iframe', 'embed', 'frame']);
const ATTRIBUTES = new Set([
  'align',
  'valign',
  'colspan',
  'rowspan',
  'width',
  'height',
  'start',
  'dir',
  'border',
  'color',
  'bgcolor',
  'cellpadding',
  'cellspacing',
]);
const SAFE_VALUE = /^[#\w.%-]{1,30}$/;
const STYLES = new Set(
  'background-color border border-bottom border-collapse border-left border-right border-top color font-family font-size font-style font-weight line-height margin margin-bottom margin-left margin-right margin-top padding padding-bottom padding-left padding-right padding-top text-align text-decoration text-transform vertical-align white-space'.split(
    ' ',
  ),
);
const SAFE_STYLE = /^[#\w\s.,%'()-]{1,200}$/;
const CALLS = /url|expression|image|attr|var|env|src|\(\s*\(/i;
const INLINE_IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/;
/** Pages of mails nest some dozens of tables. */
const DEPTH = 100;
const MOST_LINKS = 200;
const LINK_LENGTH = 2_000;

export function inertPage(page: string, imageById: ImageById = () => null): InertPage {
  const writer = new Writer(imageById);
  for (const token of htmlTokens(page.replaceAll('\0', ''))) {
    if (token.type === 'text') writer.text(token.text);
    else if (token.type === 'open') writer.open(token.name, token.attributes);
    else if (token.type === 'close') writer.close(token.name);
    else writer.raw(token.name, token.text);
  }
  return writer.end();
}

class Writer {
  readonly #imageById: ImageById;
  readonly #out: string[] = [];
  readonly #open: string[] = [];
  readonly #links: { text: string; readonly address: string }[] = [];
  readonly #removed = { remote: 0, scripts: 0, forms: 0, embedded: 0 };
  #base = '';
  #dropped: { readonly name: string; depth: number } | null = null;
  #link: { text: string; readonly address: string } | null = null;

  constructor(imageById: ImageById) {
    this.#imageById = imageById;
  }

  text(text: string): void {
    if (this.#dropped !== null) return;
    this.#out.push(escaped(text));
    if (this.#link !== null && this.#link.text.length < LINK_LENGTH) this.#link.text += resolved(text);
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (this.#dropped !== null) {
      if (name === this.#dropped.name) this.#dropped.depth += 1;
      return;
    }
    this.#count(name, attributes);
    if (name === 'base' && this.#base === '') this.#base = resolved(attributes.get('href') ?? '').trim();
    if (DROPPED.has(name)) this.#dropped = { name, depth: 1 };
    else if (name === 'img' || name === 'image') this.#image(attributes);
    else if (ALLOWED.has(name) && this.#open.length < DEPTH) this.#write(name, attributes);
  }

  close(name: string): void {
    if (this.#dropped !== null) {
      if (name !== this.#dropped.name) return;
      this.#dropped.depth -= 1;
      if (this.#dropped.depth === 0) this.#dropped = null;
      return;
    }
    const at = this.#open.lastIndexOf(name);
    if (at < 0) return;
    for (const inner of this.#open.splice(at).reverse()) this.#end(inner);
  }

  raw(name: string, text: string): void {
    if (name === 'style') this.#removed.remote += (text.match(/url\s*\(|@import/gi) ?? []).length;
    // What a browser would show as it stands.
    if (name === 'textarea' || name === 'xmp' || name === 'plaintext') this.text(text.replaceAll('&', '&amp;'));
  }

  end(): InertPage {
    for (const name of this.#open.splice(0).reverse()) this.#end(name);
    const links = this.#links.map(({ text, address }) => ({
      text: text.replace(/\s+/g, ' ').trim(),
      address: fromBase(address, this.#base),
    }));
    return { html: this.#out.join(''), links, removed: this.#removed };
  }

  #count(name: string, attributes: ReadonlyMap<string, string>): void {
    if (name === 'script') this.#removed.scripts += 1;
    for (const attribute of attributes.keys()) if (attribute.startsWith('on')) this.#removed.scripts += 1;
    if (name === 'form') this.#removed.forms += 1;
    if (EMBEDDED.has(name)) this.#removed.embedded += 1;
    if (name === 'link' || attributes.has('background')) this.#removed.remote += 1;
    this.#removed.remote += (resolved(attributes.get('style') ?? '').match(/url\s*\(/gi) ?? []).length;
  }

  #image(attributes: ReadonlyMap<string, string>): void {
    const source = resolved(attributes.get('src') ?? '').trim();
    const inline = /^cid:/i.test(source) ? this.#imageById(source.slice(4)) : source.replace(/\s+/g, '');
    const alt = resolved(attributes.get('alt') ?? '').slice(0, 200);
    if (inline !== null && INLINE_IMAGE.test(inline)) {
      this.#out.push(`<img src="${inline}" alt="${escaped(alt)}">`);
      return;
    }
    if (source !== '' && !/^(?:cid|data):/i.test(source)) this.#removed.remote += 1;
    this.#out.push(`<span class="x">[immagine${alt === '' ? '' : `: ${escaped(alt)}`}]</span>`);
  }

  #write(name: string, attributes: ReadonlyMap<string, string>): void {
    if (name === 'a') {
      this.#begin(attributes.get('href'));
      this.#out.push('<span class="a">');
      this.#open.push('a');
      return;
    }
    const kept = [...attributes].flatMap(([key, value]) => {
      if (key === 'style') return styleOf(value);
      return ATTRIBUTES.has(key) && SAFE_VALUE.test(value) ? [`${key}="${value}"`] : [];
    });
    this.#out.push(`<${[name, ...kept].join(' ')}>`);
    if (!VOID.has(name)) this.#open.push(name);
  }

  #begin(href: string | undefined): void {
    // Browsers leave out blanks and line ends inside an address.
    const address = resolved(href ?? '')
      .replace(/[\0-\x20\x7f-\x9f]+/g, '')
      .slice(0, LINK_LENGTH);
    this.#link = { text: '', address };
    if (address !== '' && !address.startsWith('#') && this.#links.length < MOST_LINKS) this.#links.push(this.#link);
  }

  #end(name: string): void {
    if (name !== 'a') {
      this.#out.push(`</${name}>`);
      return;
    }
    const number = this.#link === null ? -1 : this.#links.indexOf(this.#link);
    this.#out.push(number < 0 ? '</span>' : `</span><sup class="n">[${number + 1}]</sup>`);
    this.#link = null;
  }
}

/** Half an address leads from where the page says that it stands. */
const fromBase = (address: string, base: string): string =>
  /^[a-z][a-z0-9+.-]*:|^\/\//i.test(address) || !URL.canParse(address, base) ? address : new URL(address, base).href;

/** References stay: none of them can become a mark. */
const escaped = (text: string): string =>
  text
    .replace(/&(?!(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});)/gi, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

function styleOf(value: string): readonly string[] {
  const kept = resolved(value)
    .split(';')
    .flatMap((declaration) => {
      const [, name = '', text = ''] = /^\s*([a-z-]+)\s*:\s*(.*?)\s*$/is.exec(declaration) ?? [];
      const isSafe = STYLES.has(name.toLowerCase()) && SAFE_STYLE.test(text) && !CALLS.test(text);
      return isSafe ? [`${name.toLowerCase()}:${text.replaceAll("'", '')}`] : [];
    });
  return kept.length === 0 ? [] : [`style="${kept.join(';')}"`];
}
