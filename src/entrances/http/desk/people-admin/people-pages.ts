import type { LinkedAccount } from '../../../../service/people/accounts.ts';
import type { PersonAndRoles } from '../../../../service/people/manage-people.ts';
import { ROLES, type Role } from '../../../../service/people/rights.ts';
import type { Office } from '../../../../service/register/office.ts';
import { badge } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import { checkbox, errorSummary, type Faults, field, select } from '../components/fields.ts';
import { dataTable, pager } from '../components/lists.ts';
import { emptyState, facts, note, part, sheet } from '../components/note.ts';
import { rome, romeFull } from '../components/when.ts';
import { ROLE_NAMES } from '../role-names.ts';
import { type Html, html } from '../template.ts';
import { actFields, type Visit } from '../visit.ts';
import { peopleFrame } from './admin-frame.ts';

const PATH = '/amministrazione/persone';

export interface RolePlaces {
  readonly offices: readonly Office[];
  /** Whether the node itself can be administered by whom is chosen. */
  readonly ofNode: boolean;
}

/** `<aoo> <role>`; `-` is the node. */
const grantChoices = ({ offices, ofNode }: RolePlaces) => [
  ...(ofNode ? [{ value: '- administrator', label: ROLE_NAMES.administrator, group: 'Tutto il nodo' }] : []),
  ...offices.flatMap(({ aoo, name }) =>
    ROLES.map((role) => ({ value: `${aoo} ${role}`, label: ROLE_NAMES[role], group: name })),
  ),
];

export const roleInWords = (
  aoo: string | null,
  role: Role,
  offices: readonly Pick<Office, 'aoo' | 'name'>[],
): string =>
  aoo === null
    ? `${ROLE_NAMES[role]}, tutto il nodo`
    : `${ROLE_NAMES[role]}, ${offices.find((one) => one.aoo === aoo)?.name ?? aoo}`;

export interface PeopleList {
  readonly people: readonly PersonAndRoles[];
  readonly offices: readonly Office[];
  readonly text: string;
  readonly next: string | null;
  readonly now: Date;
}

export const peopleListPage = ({ people, offices, text, next, now }: PeopleList): Html =>
  peopleFrame(
    PATH,
    'Persone e ruoli',
    false,
    sheet(
      part(
        {
          title: 'Persone',
          beside: linkButton({ label: 'Aggiungi una persona…', href: `${PATH}/nuova`, kind: 'secondary' }),
        },
        html`
    <form action="${PATH}" class="d-inline-form" role="search">
      ${field({ name: 'q', label: 'Nome', type: 'search', value: text, most: 100 })}
      ${button({ label: 'Cerca', kind: 'secondary' })}
    </form>
    ${
      people.length === 0
        ? emptyState(
            'Nessuna persona',
            text === '' ? 'Aggiungi chi lavora al protocollo.' : `Nessun nome contiene «${text}».`,
          )
        : dataTable({
            caption: 'Persone',
            head: ['Persona', 'Ruoli', 'Ultimo accesso aperto', 'Stato'],
            rows: people.map((person) => [
              html`<a href="${PATH}/${person.personId}">${person.name}</a> <span class="d-second">${person.login}</span>`,
              person.roles.length === 0
                ? 'nessuno'
                : html`${person.roles.map(({ aoo, role }) => html`<span class="d-admin-role">${roleInWords(aoo, role, offices)}</span>`)}`,
              person.lastSeenAt === null ? '–' : rome(person.lastSeenAt, now),
              stateOf(person),
            ]),
          })
    }
    ${pager(PATH, new URLSearchParams(text === '' ? [] : [['q', text]]), next)}`,
      ),
    ),
  );

const stateOf = ({ disabledAt, hasPassword, hasFactor, hasAccount }: PersonAndRoles): Html =>
  disabledAt !== null
    ? badge('bad', 'disattivata')
    : hasFactor
      ? badge('ok', 'attiva, secondo fattore')
      : hasPassword || hasAccount
        ? badge('ok', 'attiva')
        : badge('wait', 'non è ancora entrata');

export interface NewPersonPage extends RolePlaces {
  readonly faults: Faults;
  readonly typed: (name: string) => string;
}

export const newPersonPage = (visit: Visit<'administration'>, page: NewPersonPage): Html =>
  peopleFrame(
    PATH,
    'Aggiungi una persona',
    errorSummary(page.faults),
    sheet(
      part(
        {},
        html`
    <form method="post" action="${PATH}/nuova" novalidate class="d-own-form">
      ${actFields(visit)}
      ${field({ name: 'persona', label: 'Nome e cognome', value: page.typed('persona'), most: 120, help: 'Come deve comparire nella storia delle registrazioni.', faults: page.faults })}
      ${field({ name: 'nome', label: 'Nome per entrare', value: page.typed('nome'), most: 100, help: 'Lettere minuscole, per esempio nome.cognome. Non si cambia più.', faults: page.faults })}
      ${field({ name: 'indirizzo', label: 'Indirizzo di posta', type: 'email', optional: true, value: page.typed('indirizzo'), most: 320, help: 'Per gli avvisi.', faults: page.faults })}
      ${select({ name: 'ruolo', label: 'Ruolo', value: page.typed('ruolo'), choices: [{ value: '', label: 'Nessuno, per ora' }, ...grantChoices(page)], help: 'Se ne aggiungono altri dalla pagina della persona.', faults: page.faults })}
      <div class="d-acts">${button({ label: 'Aggiungi', kind: 'primary' })}${linkButton({ label: 'Lascia stare', href: PATH, kind: 'quiet' })}</div>
    </form>`,
      ),
    ),
  );

/** Shown once: at rest there is only its digest. */
export const entryIssuedPage = (name: string, address: string, personId: string): Html =>
  peopleFrame(
    PATH,
    'Collegamento per entrare',
    note(
      'ok',
      html`<strong>Dai questo collegamento a ${name}.</strong> Vale una volta sola, per 24 ore, e qui non si vedrà più.`,
    ),
    sheet(
      part(
        {},
        html`
    <p><code class="d-factor-key">${address}</code></p>
    <p class="d-second d-own-act">Consegnalo di persona o per telefono: chi lo apre per primo sceglie la password.</p>
    <div class="d-acts d-own-act">${linkButton({ label: 'Vai alla persona', href: `${PATH}/${personId}`, kind: 'primary' })}</div>`,
      ),
    ),
  );

export interface PersonPage extends RolePlaces {
  readonly person: PersonAndRoles;
  /** All offices of the node, for their names. */
  readonly names: readonly Office[];
  readonly faults: Faults;
  /** Of a form that comes back with its mistakes; null: nothing was typed there. */
  readonly typed: (name: string) => string | null;
  /** Of the body's directory; null: it has none here. */
  readonly accounts: readonly LinkedAccount[] | null;
}

const accountsPart = (
  visit: Visit<'administration'>,
  base: string,
  { accounts, faults }: Pick<PersonPage, 'accounts' | 'faults'>,
): Html | false =>
  accounts !== null &&
  part(
    { title: 'Account dell’ente', id: 'account' },
    html`
    <p class="d-second">Chi ha l’account collegato entra come questa persona, se i suoi gruppi danno un ruolo.</p>
    ${
      accounts.length > 0 &&
      html`<ul class="d-list">${accounts.map(
        ({ issuer, subject, linkedAt }) => html`
      <li class="d-own-row"><span>${subject} <span class="d-second">${issuer}, ${romeFull(linkedAt)}</span></span>
        <form method="post" action="${base}/account/togli">${actFields(visit)}<input type="hidden" name="emittente" value="${issuer}"><input type="hidden" name="identificativo" value="${subject}">${button({ label: 'Scollega', kind: 'secondary', small: true, says: `Scollega l’account ${subject}` })}</form></li>`,
      )}</ul>`
    }
    <form method="post" action="${base}/account" novalidate class="d-inline-form">
      ${actFields(visit)}
      ${field({ name: 'identificativo', label: 'Identificativo dell’account', most: 255, help: 'Si legge in Accessi, dove un accesso con l’account è stato rifiutato.', faults })}
      ${button({ label: 'Collega', kind: 'secondary' })}
    </form>`,
  );

export function personPage(visit: Visit<'administration'>, page: PersonPage): Html {
  const { person, names, faults, typed, accounts, ...places } = page;
  const base = `${PATH}/${person.personId}`;
  const held = new Set(person.roles.map(({ aoo, role }) => `${aoo ?? '-'} ${role}`));
  const left = grantChoices(places).filter(({ value }) => !held.has(value));
  return peopleFrame(
    PATH,
    person.name,
    errorSummary(faults),
    sheet(
      part(
        { title: 'Persona', beside: stateOf(person) },
        html`
    ${facts([
      ['Nome per entrare', person.login],
      ['Aggiunta', romeFull(person.createdAt)],
      ['Ultima richiesta', person.lastSeenAt === null ? 'nessun accesso aperto' : romeFull(person.lastSeenAt)],
    ])}
    <form method="post" action="${base}" novalidate class="d-own-form">
      ${actFields(visit, { version: person.version })}
      ${field({ name: 'persona', label: 'Nome e cognome', value: typed('persona') ?? person.name, most: 120, faults })}
      ${field({ name: 'indirizzo', label: 'Indirizzo di posta', type: 'email', optional: true, value: typed('indirizzo') ?? person.address ?? '', most: 320, faults })}
      ${button({ label: 'Salva nome e indirizzo', kind: 'secondary' })}
    </form>`,
      ),
      part(
        { title: 'Ruoli', id: 'ruoli' },
        html`
    <p class="d-second">Quando un ruolo cambia, gli accessi aperti della persona si chiudono. Responsabili e addetti di ufficio si indicano anche in Uffici interni.</p>
    ${
      person.roles.length > 0 &&
      html`<ul class="d-list">${person.roles.map(
        ({ aoo, role, source, givenBy, givenAt }) => html`
      <li class="d-own-row"><span>${roleInWords(aoo, role, names)} <span class="d-second">${source === 'groups' ? 'dai gruppi dell’account dell’ente' : `da ${givenBy}`}, ${romeFull(givenAt)}</span></span>
        <form method="post" action="${base}/ruoli/togli">${actFields(visit)}<input type="hidden" name="ruolo" value="${aoo ?? '-'} ${role}">${button({ label: 'Togli', kind: 'secondary', small: true, says: `Togli ${roleInWords(aoo, role, names)}` })}</form></li>`,
      )}</ul>`
    }
    ${
      left.length > 0 &&
      html`<form method="post" action="${base}/ruoli" class="d-inline-form">
      ${actFields(visit)}
      ${select({ name: 'ruolo', label: 'Aggiungi un ruolo', choices: left })}
      ${button({ label: 'Aggiungi', kind: 'secondary' })}
    </form>`
    }`,
      ),
      accountsPart(visit, base, { accounts, faults }),
      part(
        { title: 'Accesso', id: 'accesso' },
        html`
    ${
      person.disabledAt === null &&
      html`<form method="post" action="${base}/collegamento">
      ${actFields(visit)}
      <p>Chi ha perso la password entra con un collegamento nuovo e ne sceglie un’altra.</p>
      ${person.hasFactor && checkbox({ name: 'senza-fattore', label: 'Ha perso anche il telefono: togli il secondo fattore' })}
      <p class="d-own-act">${button({ label: 'Crea un collegamento per entrare', kind: 'secondary' })}</p>
    </form>`
    }
    <form method="post" action="${base}/stato" class="d-own-act">
      ${actFields(visit, { version: person.version })}
      ${
        person.disabledAt === null
          ? button({ label: 'Disattiva la persona', kind: 'danger', name: 'stato', value: 'disattivata' })
          : button({ label: 'Riattiva la persona', kind: 'secondary', name: 'stato', value: 'attiva' })
      }
    </form>`,
      ),
    ),
  );
}
