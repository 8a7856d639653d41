/** What the search box proposes while one types: a number, offices, acts. Each act has a visible control elsewhere, too. */
import type { LookUp } from '../../../../service/index/look-up.ts';
import { mayDo, type Right } from '../../../../service/people/rights.ts';
import { romeDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { html } from '../template.ts';
import type { Visit } from '../visit.ts';

export interface PaletteDeps {
  readonly lookUp: Pick<LookUp, 'suggest'>;
  readonly now: () => Date;
}

interface Proposal {
  readonly label: string;
  readonly beside: string;
  readonly href: string;
}

const ACTS: readonly (readonly [label: string, href: string, right: Right])[] = [
  ['Vai alla Scrivania', '/scrivania', 'desk:read'],
  ['Registra', '/registra', 'register:write'],
  ['Invia un messaggio', '/invia', 'send'],
  ['Apri il registro', '/registro', 'register:read'],
  ['Stampa il registro di oggi', '/registro/giorno/OGGI', 'register:read'],
  ['Cerca nell’indice', '/indice', 'index:read'],
  ['Guarda il quadro', '/quadro', 'overview:read'],
  ['Prendi in carico', '/assegnazioni?elenco=da-prendere', 'assignments:own'],
  ['Apri la rubrica', '/rubrica', 'send'],
  ['Apri il titolario', '/amministrazione/titolario', 'filing:read'],
  ['Modelli di oggetto', '/amministrazione/modelli', 'filing:read'],
  ['Registrazioni differite', '/registro/differimenti', 'register:read'],
  ['Amministrazione', '/amministrazione', 'administration'],
  ['Le mie impostazioni', '/io', 'own'],
];
const OFFICES = 5;

export function paletteRoutes(desk: Desk, deps: PaletteDeps): void {
  desk.page({ path: '/cerca/proposte', right: 'own' }, async (visit) => ({
    title: 'Proposte',
    bare: true,
    body: html`<ul>${(await proposalsFor(visit, deps)).map(
      ({ label, beside, href }, place) =>
        html`<li role="option" id="proposta-${place}" aria-selected="false" data-href="${href}"><bdi>${label}</bdi> <span class="d-second">${beside}</span></li>`,
    )}</ul>`,
  }));
}

async function proposalsFor(visit: Visit<'own'>, deps: PaletteDeps): Promise<readonly Proposal[]> {
  const typed = visit.query.text('q').slice(0, 200);
  const wants = typed.replace(/^>\s*/, '');
  const acts = actsFor(visit, wants, deps.now());
  // `>` asks for acts alone.
  if (typed.startsWith('>')) return acts;
  if (typed === '') return acts.slice(0, 6);
  const reads = mayDo(visit.caller, 'register:read');
  const found =
    wants.length < 2 || /^\d+$/.test(wants) ? [] : await deps.lookUp.suggest(wants, ['body', 'aoo'], OFFICES);
  return [
    ...(reads ? numbersIn(wants, deps.now()) : []),
    ...acts.slice(0, 3),
    ...found.map(({ name, key }) => ({ label: name, beside: 'indice', href: `/indice?q=${encodeURIComponent(key)}` })),
    ...(reads
      ? [
          {
            label: `Cerca «${wants}»`,
            beside: 'registro, messaggi, indice',
            href: `/cerca?q=${encodeURIComponent(wants)}`,
          },
        ]
      : []),
  ];
}

/** `1234`, `0001234/2026`, `n. 1234/2025`. */
function numbersIn(text: string, now: Date): readonly Proposal[] {
  const found = /^(?:n\.?\s*)?0*(\d{1,9})(?:\s*[/-]\s*(\d{4}))?$/i.exec(text);
  if (found === null) return [];
  const year = found[2] ?? romeDay(now).slice(0, 4);
  const number = (found[1] ?? '').padStart(7, '0');
  return [{ label: `Apri n. ${number}/${year}`, beside: 'registro', href: `/registro/${year}/${number}` }];
}

function actsFor({ caller, office }: Visit<'own'>, wants: string, now: Date): readonly Proposal[] {
  const words = plain(wants).split(/\s+/).filter(Boolean);
  return ACTS.filter(
    ([label, , right]) =>
      mayDo(caller, right) &&
      (office !== null || right === 'administration' || right === 'own' || right === 'index:read') &&
      words.every((word) => plain(label).includes(word)),
  ).map(([label, href]) => ({ label, beside: 'azione', href: href.replace('OGGI', romeDay(now)) }));
}

const plain = (text: string): string => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
