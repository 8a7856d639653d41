/** Four facts at the head of the administration: whether all runs, the registers, the disks, the certificates. */
import { isWhole } from '../../../../service/administration/audit-check.ts';
import { type DiskState, expiringSoon, nearlyFull } from '../../../../service/queries/node-state.ts';
import { romeDay, romeTime, shortDay } from '../components/when.ts';
import { attribute, type Html, html } from '../template.ts';
import type { AdministrationDeps } from './administration-deps.ts';

interface Fact {
  readonly title: string;
  readonly below: string;
  readonly isBad: boolean;
  readonly href: string;
}

export async function healthStrip({ administration }: AdministrationDeps): Promise<Html> {
  const { views, nodeState, faults, clock } = administration;
  const [status, node] = await Promise.all([views.status(), nodeState()]);
  const now = clock.now();
  const sick = status.mailboxes.filter(({ failures }) => failures > 0).length + status.outbox.failing.length;
  const [first] = node.certificates.filter(({ expiresAt }) => expiresAt > now);
  const full = nearlyFull(node);
  const facts: readonly Fact[] = [
    {
      title:
        status.stopped.length > 0
          ? 'Un registro è fermo'
          : sick + faults.length === 0
            ? 'Tutto acceso'
            : 'C’è da guardare',
      below:
        sick + faults.length === 0
          ? 'servizio, base di dati, coda di invio'
          : [...faults, ...(sick > 0 ? [`caselle o invii fermi: ${sick}`] : [])].slice(0, 2).join(' '),
      isBad: status.stopped.length + sick + faults.length > 0,
      href: '/amministrazione/lavori',
    },
    auditFact(administration),
    {
      title: full.length === 0 ? 'Spazio su disco' : 'Il disco è quasi pieno',
      below: diskLines(node.disks) || 'non misurato',
      isBad: full.length > 0,
      href: '/amministrazione/fiducia',
    },
    {
      title: 'Certificati: primo in scadenza',
      below: first === undefined ? 'nessuno' : `«${first.name}», ${shortDay(romeDay(first.expiresAt))}`,
      isBad: expiringSoon(node, now).length > 0,
      href: '/amministrazione/fiducia',
    },
  ];
  return html`<ul class="d-health">${facts.map(
    ({ title, below, isBad, href }) =>
      html`<li${attribute('class', isBad ? 'd-health--bad' : null)}><a href="${href}">${isBad && html`<span aria-hidden="true">◆ </span><span class="visually-hidden">Da guardare: </span>`}${title}</a><span class="d-second">${below}</span></li>`,
  )}</ul>`;
}

const DISK_NAMES = { documents: 'documenti', witness: 'testimone' } as const;

/** Folders on one disk have the same room: said once. */
function diskLines(disks: readonly DiskState[]): string {
  const rooms = new Map<string, string[]>();
  for (const { use, freeBytes, sizeBytes } of disks) {
    const room = `${(freeBytes / 1e9).toFixed(0)} GB liberi su ${(sizeBytes / 1e9).toFixed(0)}`;
    rooms.set(room, [...(rooms.get(room) ?? []), DISK_NAMES[use]]);
  }
  return [...rooms].map(([room, names]) => `${[...new Set(names)].join(' e ')}: ${room}`).join('; ');
}

function auditFact({ audit }: AdministrationDeps['administration']): Fact {
  const state = audit.state();
  const href = '/amministrazione/verifiche';
  switch (state.state) {
    case 'never':
      return { title: 'Registro non ancora verificato', below: 'da quando il servizio è acceso', isBad: false, href };
    case 'running':
      return { title: 'Verifica del registro in corso', below: `dalle ${romeTime(state.since)}`, isBad: false, href };
    case 'failed':
      return { title: 'Verifica non riuscita', below: `alle ${romeTime(state.at)}`, isBad: true, href };
    case 'done': {
      const whole = isWhole(state.verdicts);
      const title = whole ? 'Registro integro' : 'Il registro non è come dice la catena';
      return { title, below: `verificato alle ${romeTime(state.at)}`, isBad: !whole, href };
    }
  }
}
