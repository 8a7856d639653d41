import type { Problem } from '../../../kernel/problems.ts';
import type { KeyName } from './components/keys-bar.ts';
import type { Html } from './template.ts';

/** The entries of the top bar. */
export type NavItem = 'scrivania' | 'registro' | 'indice' | 'quadro' | 'amministrazione' | 'registra' | 'invia';

/** A page without what stands round every page. */
export interface View {
  /** Of the window and of the head; without the product's name. */
  readonly title: string;
  readonly body: Html;
  readonly at?: NavItem;
  /** The keys that live here, in the order of the bar. */
  readonly keys?: readonly KeyName[];
  /** 200 if left out. */
  readonly status?: number;
  /** A page of its own, for paper: without bars. */
  readonly bare?: boolean;
}

/** The browser is sent on (303), and the next page says what was done. */
export interface SeeOther {
  readonly to: string;
  /** In Italian; null: nothing needs to be said. */
  readonly said: string | null;
  /** Words of that sentence that lead somewhere: the number that was just given, to its sheet. */
  readonly link?: SaidLink | null;
}

export interface SaidLink {
  readonly label: string;
  readonly href: string;
}

export const seeOther = (to: string, said: string | null = null, link: SaidLink | null = null): SeeOther => ({
  to,
  said,
  link,
});

/** A command was refused: what is said of it, and where to go on. */
export interface Refused {
  readonly refusal: Problem;
  /** Where the person came from. */
  readonly back: string;
  /** More than the problem says: who was faster, and when. */
  readonly because?: string;
}

export const refused = (refusal: Problem, back: string, because?: string): Refused => ({
  refusal,
  back,
  ...(because !== undefined && { because }),
});
