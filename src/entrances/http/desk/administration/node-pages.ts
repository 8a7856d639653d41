/** What the node stands on: certificates and disks, work under way, and whether the registers are as their chains say. */

import { isWhole } from '../../../../service/administration/audit-check.ts';
import type { DeskCaller } from '../../../../service/people/caller.ts';
import {
  type CertificateExpiry,
  expiringSoon,
  isOldIndex,
  nearlyFull,
} from '../../../../service/queries/node-state.ts';
import type { AuditVerdict } from '../../../../service/queries/views.ts';
import { badge } from '../components/badge.ts';
import { button } from '../components/buttons.ts';
import { dataTable } from '../components/lists.ts';
import { facts, note, part, sheet } from '../components/note.ts';
import { howLong, romeDay, romeFull, romeTime, shortDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { deniedView } from '../gate-pages.ts';
import { type Html, html } from '../template.ts';
import { seeOther, type View } from '../view.ts';
import { actFields, type Visit } from '../visit.ts';
import type { AdministrationDeps } from './administration-deps.ts';
import { administrationPath, administrationView } from './administration-page.ts';

const CHECKS = administrationPath('verifiche');

export function nodePages(desk: Desk, deps: AdministrationDeps): void {
  const page = (path: string, show: (visit: Visit<'administration'>) => Promise<View>): void =>
    desk.page({ path, right: 'administration' }, async (visit) =>
      visit.caller.ofNode ? show(visit) : deniedView('right'),
    );
  page(administrationPath('fiducia'), ({ caller }) => trustView(deps, caller));
  page(administrationPath('lavori'), ({ caller }) => workView(deps, caller));
  page(CHECKS, async ({ token, caller }) => checksView(deps, caller, token));
  desk.act({ path: CHECKS, right: 'administration' }, async ({ caller }) => {
    if (!caller.ofNode) return deniedView('right');
    deps.administration.audit.begin();
    return seeOther(CHECKS, 'La verifica è cominciata: può durare qualche minuto.');
  });
}

const USES = {
  api: 'Servizio (TLS)',
  clients: 'Autorità dei client',
  seal: 'Sigillo',
  'trust-pec': 'Gestori PEC',
  'trust-seals': 'Sigilli di altri enti',
} as const satisfies Record<CertificateExpiry['use'], string>;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1).replace('.', ',')} GB`;

async function trustView(
  { administration: { nodeState, clock } }: AdministrationDeps,
  caller: DeskCaller,
): Promise<View> {
  const node = await nodeState();
  const now = clock.now();
  const soon = expiringSoon(node, now);
  const full = nearlyFull(node);
  return administrationView({
    at: 'fiducia',
    caller,
    body: sheet(
      part(
        { title: 'Certificati, dal primo che scade' },
        node.certificates.length === 0
          ? html`<p>Il servizio non ha certificati propri: si fida della radice dei gestori PEC, compresa nel programma.</p>`
          : dataTable({
              caption: 'Certificati e scadenze',
              head: ['Uso', 'Nome', 'Scade il', 'Stato'],
              rows: node.certificates.map((one) => [
                USES[one.use],
                one.name,
                shortDay(romeDay(one.expiresAt)),
                one.expiresAt <= now
                  ? badge('bad', 'scaduto')
                  : soon.includes(one)
                    ? badge('warn', 'fra meno di 30 giorni')
                    : badge('ok', 'valido'),
              ]),
            }),
      ),
      part(
        { title: 'Spazio su disco' },
        dataTable({
          caption: 'Dischi',
          head: ['Uso', 'Cartella', { label: 'Libero', isNumber: true }, { label: 'Totale', isNumber: true }, 'Stato'],
          rows: node.disks.map((disk) => [
            disk.use === 'documents' ? 'Documenti' : 'Testimone dei registri',
            html`<code>${disk.folder}</code>`,
            gigabytes(disk.freeBytes),
            gigabytes(disk.sizeBytes),
            full.includes(disk) ? badge('warn', 'quasi pieno') : badge('ok', 'c’è posto'),
          ]),
        }),
      ),
    ),
  });
}

async function workView({ administration }: AdministrationDeps, caller: DeskCaller): Promise<View> {
  const { views, metrics, clock, offices } = administration;
  const [status, counted] = await Promise.all([views.status(), metrics()]);
  const { outbox, messages, stopped, clockAheadSeconds } = status;
  const now = clock.now();
  const since = (seconds: number): string => howLong(new Date(now.getTime() - seconds * 1000), now);
  return administrationView({
    at: 'lavori',
    caller,
    body: html`
      ${stopped.length > 0 && note('bad', html`<strong>${stopped.length === 1 ? 'Un registro è fermo' : `${stopped.length} registri sono fermi`}.</strong> La base di dati è più vecchia di quanto è già uscito: si riprende con <code>interpro recover</code>.<ul>${stopped.map(({ aoo, because }) => html`<li>${offices.get(aoo as never)?.name ?? aoo}: <span lang="en">${because}</span></li>`)}</ul>`)}
      ${sheet(
        part(
          { title: 'Posta' },
          facts([
            ['Da esaminare', messages.waiting],
            [
              'Non esaminabili',
              messages.failed === 0
                ? 'nessuna'
                : html`${badge('bad', String(messages.failed))} <span class="d-second">si riprovano con <code>interpro retry --all</code></span>`,
            ],
            ['Cose che attendono una persona', messages.forAPerson],
          ]),
        ),
        part(
          { title: 'Coda di invio' },
          html`${facts([
            ['In attesa', outbox.queued],
            ['La più vecchia aspetta da', outbox.queued === 0 ? null : since(outbox.oldestSeconds)],
          ])}${
            outbox.failing.length > 0 &&
            dataTable({
              caption: 'Uffici la cui posta non parte',
              head: ['AOO', { label: 'In attesa', isNumber: true }, 'Che cosa risponde il server'],
              rows: outbox.failing.map(({ aoo, queued, lastError }) => [aoo, queued, lastError]),
            })
          }`,
        ),
        part(
          { title: 'Indice e liste' },
          html`${facts(
            counted.indexAges.map(({ layout, seconds }) => [
              `Indice (${layout})`,
              isOldIndex(seconds) ? badge('warn', `vecchio di ${since(seconds)}`) : `aggiornato ${since(seconds)} fa`,
            ]),
          )}${counted.indexAges.length === 0 && html`<p>L’indice è vuoto.</p>`}${revocations(counted.revocationLists)}`,
        ),
        part(
          { title: 'Orologio' },
          html`<p>${
            Math.abs(clockAheadSeconds) >= 30
              ? badge(
                  'bad',
                  `${Math.abs(clockAheadSeconds)} secondi ${clockAheadSeconds > 0 ? 'avanti' : 'indietro'} rispetto alla base di dati`,
                )
              : badge('ok', 'come quello della base di dati')
          }</p>`,
        ),
      )}`,
  });
}

type RevocationLists = Awaited<ReturnType<AdministrationDeps['administration']['metrics']>>['revocationLists'];

const revocations = (lists: RevocationLists): Html | false =>
  lists.length > 0 &&
  dataTable({
    caption: 'Liste dei certificati revocati',
    head: ['Autorità', 'Indirizzo', 'Stato'],
    rows: lists.map(({ issuer, url, secondsLeft, failures }) => [
      issuer,
      html`<code>${url}</code>`,
      secondsLeft === null || secondsLeft <= 0
        ? badge('warn', failures > 0 ? `non disponibile, ${failures} tentativi` : 'in arrivo')
        : badge('ok', 'aggiornata'),
    ]),
  });

function checksView(
  { administration: { audit, offices } }: AdministrationDeps,
  caller: DeskCaller,
  token: string,
): View {
  const state = audit.state();
  const nameOf = (aoo: string): string => [...offices.values()].find((office) => office.aoo === aoo)?.name ?? aoo;
  return administrationView({
    at: 'verifiche',
    caller,
    body: html`
      ${state.state === 'failed' && note('bad', html`<strong>La verifica delle ${romeTime(state.at)} non è finita.</strong> <span lang="en">${state.reason}</span>`)}
      ${sheet(
        part(
          { title: 'Il registro è come dice la sua catena?' },
          html`<p>Si rilegge ogni riga del registro e la si confronta con l’impronta scritta quando è nata. Non cambia nulla.</p>
          ${
            state.state === 'running'
              ? html`<p role="status">${badge('state', 'In corso')} dalle ${romeTime(state.since)}${state.aoo !== null && html`: ${nameOf(state.aoo)}, ${state.records} di ${state.of}`}. <a href="${CHECKS}">Aggiorna</a></p>`
              : html`<form method="post" action="${CHECKS}">${actFields({ token })}${button({ label: state.state === 'never' ? 'Verifica adesso' : 'Verifica di nuovo', kind: 'primary' })}</form>`
          }`,
        ),
        state.state === 'done' &&
          part(
            { title: isWhole(state.verdicts) ? 'Tutto integro' : 'Qualcosa non torna' },
            html`<p class="d-second">Verifica finita ${romeFull(state.at)}</p>${verdictTable(state.verdicts, nameOf)}`,
          ),
        part(
          { title: 'Copie' },
          html`<p>Le copie della base di dati e dei documenti le fa chi amministra la macchina: il servizio non le vede. Dopo il ripristino di una copia se ne accorge da sé, e ferma il registro finché una persona non decide.</p>`,
        ),
      )}`,
  });
}

const verdictTable = (verdicts: readonly AuditVerdict[], nameOf: (aoo: string) => string): Html =>
  dataTable({
    caption: 'Esito per AOO',
    head: ['AOO', { label: 'Annotazioni', isNumber: true }, { label: 'Righe coperte', isNumber: true }, 'Esito'],
    rows: verdicts.map(({ aoo, records, covered, brokenAt, found, findings }) => [
      nameOf(aoo),
      records,
      covered,
      brokenAt === null && found === 0
        ? badge('ok', 'integro')
        : html`${badge('bad', brokenAt === null ? `${found} righe diverse` : `catena rotta all’annotazione ${brokenAt}`)} ${findings.slice(0, 3).map(({ table, key }) => html`<code>${table} ${key}</code> `)}`,
    ]),
  });
