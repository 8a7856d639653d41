import { attribute, type Html, html } from '../template.ts';

/** The icons of the design system that the desk uses; `assets.ts` takes these from its sprite. */
export const ICONS = [
  'it-search',
  'it-user',
  'it-check-circle',
  'it-warning-circle',
  'it-help-circle',
  'it-minus-circle',
  'it-file',
  'it-file-pdf-ext',
  'it-file-txt',
  'it-file-xml',
  'it-file-json',
  'it-files',
  'it-mail',
  'it-mail-open',
  'it-folder',
  'it-print',
  'it-download',
  'it-upload',
  'it-zoom-in',
  'it-zoom-out',
  'it-arrow-left',
  'it-arrow-right',
  'it-chevron-left',
  'it-chevron-right',
  'it-expand',
  'it-close',
  'it-plus',
  'it-pencil',
  'it-link',
  'it-lock',
  'it-locked',
  'it-key',
  'it-clock',
  'it-calendar',
  'it-settings',
  'it-pa',
  'it-piattaforme',
  'it-inbox',
  'it-refresh',
  'it-camera',
  'it-copy',
  'it-external-link',
  'it-info-circle',
] as const;
export type IconName = (typeof ICONS)[number];

let sprite = '';
/** Where the sprite is served; said once at the start. */
export const useSprite = (href: string): void => {
  sprite = href;
};

/** Decoration, unless it has a name. */
export const icon = (name: IconName, label?: string): Html =>
  html`<svg class="d-icon"${label === undefined ? HIDDEN : html` role="img"${attribute('aria-label', label)}`} focusable="false"><use href="${sprite}#${name}"></use></svg>`;

const HIDDEN = html` aria-hidden="true"`;
