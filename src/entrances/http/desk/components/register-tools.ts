import type { DeskCaller } from '../../../../service/people/caller.ts';
import { mayDo, type Right } from '../../../../service/people/rights.ts';
import { attribute, type Html, html } from '../template.ts';

const TOOLS = {
  registro: ['Registro', '/registro', 'register:read'],
  rubrica: ['Rubrica', '/rubrica', 'send'],
  titolario: ['Titolario', '/amministrazione/titolario', 'filing:read'],
  modelli: ['Modelli di oggetto', '/amministrazione/modelli', 'filing:read'],
  differimenti: ['Differimenti', '/registro/differimenti', 'register:read'],
  emergenza: ['Emergenza', '/registro/emergenza', 'register:read'],
} as const satisfies Record<string, readonly [label: string, href: string, right: Right]>;
export type RegisterTool = keyof typeof TOOLS;

/** What stands around the register, one press away from each of its pages. */
export const registerTools = (caller: Pick<DeskCaller, 'roles'>, at: RegisterTool): Html => html`
  <nav class="d-tools" aria-label="Registro e i suoi strumenti"><ul>${Object.entries(TOOLS).map(
    ([tool, [label, href, right]]) =>
      mayDo(caller, right) &&
      html`<li><a class="d-tools-link" href="${href}"${attribute('aria-current', tool === at ? 'page' : null)}>${label}</a></li>`,
  )}</ul></nav>`;
