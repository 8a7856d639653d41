/** A QR code as SVG of ours: the library's text is read for its path alone. */
import { toSVG } from 'bwip-js/node';
import { type Html, html } from '../template.ts';

const VIEW_BOX = /viewBox="0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)"/;
const PATH = /<path d="([\dMLZ .]+)"/g;

export function qrCode(text: string, label: string): Html {
  const svg = toSVG({ bcid: 'qrcode', text, scale: 1, padding: 2 });
  const [, width = '1', height = '1'] = VIEW_BOX.exec(svg) ?? [];
  const paths = [...svg.matchAll(PATH)].map(([, path = '']) => path);
  return html`<svg class="d-qr" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}"><rect width="${width}" height="${height}" fill="#ffffff"></rect>${paths.map((path) => html`<path d="${path}" fill="#000000" fill-rule="evenodd"></path>`)}</svg>`;
}
