import type { FastifyInstance } from 'fastify';
import { PROBLEMS } from '../../kernel/problems.ts';
import type { ServiceStatus, Views } from '../../service/views.ts';

/** `/status` as ModI asks for it (200 with problem+json), with what is wrong; `/health/live` for supervisors. */
export function statusRoutes(server: FastifyInstance, views: Views): void {
  server.get('/health/live', { config: { access: 'public' } }, async () => ({ status: 'ok' }));
  server.get('/status', { config: { access: 'public' } }, async (_request, reply) => {
    const status = await views.status().catch(() => null);
    const faults = status === null ? [PROBLEMS['database-unavailable'].sentence] : faultsOf(status);
    return reply
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send({ title: faults.length === 0 ? 'OK' : 'Servizio con anomalie', status: 200, faults, ...status });
  });
}

function faultsOf({ mailboxes, outbox, messages }: ServiceStatus): string[] {
  const faults = mailboxes
    .filter(({ failures }) => failures > 0)
    .map(
      ({ mailbox, failures, lastError }) => `La casella ${mailbox} non si legge (${failures} tentativi): ${lastError}.`,
    );
  if (outbox.queued > 0 && outbox.lastError !== null) {
    faults.push(
      `${outbox.queued} messaggi attendono di partire, il primo da ${outbox.oldestSeconds} secondi: ${outbox.lastError}.`,
    );
  }
  if (messages.failed > 0)
    faults.push(`${messages.failed} messaggi non sono stati elaborati: sono conservati e vanno visti.`);
  return faults;
}
