/** Follows one exchange between two of the example councils, and reports each thing that happens once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SendRequest } from '../service/outgoing/send-request.ts';
import type { Office } from '../service/register/office.ts';
import type { Region, ReportStep } from './region.ts';
import { samplePdf } from './sample-pdf.ts';

const SENTENCES: Record<string, string> = {
  'message-sent': 'handed over to its PEC provider',
  'receipt-accettazione': 'the provider has accepted it',
  'receipt-avvenuta-consegna': 'delivered to the mailbox of the recipient',
  confirmation: 'confirmation received and correlated',
  exception: 'the recipient refused it',
};

export interface Followed {
  readonly ourNumber: string | null;
  readonly peerNumber: string | null;
}

/**
 * The first council sends; the second verifies, registers and confirms. Resolves when the sender's register shows the
 * receiver's number; rejects with the reason when that takes too long.
 */
export async function runSampleExchange(
  { service, offices }: Region,
  report: ReportStep,
  seconds = 60,
): Promise<Followed> {
  const [from, to] = offices;
  const sent = await service.send(from, sampleMessage(to));
  if (!sent.ok) throw new Error(sent.problem.message);
  const { identifier, exchanges } = sent.value;
  const id = exchanges[0]?.exchangeId ?? '';
  report(
    `${from.name} registered the message under number ${identifier.number} of ${identifier.date} and queued it for ${to.address}`,
  );

  const said = new Set<string>();
  const deadline = performance.now() + seconds * 1000;
  while (performance.now() < deadline) {
    const incoming = await service.views.registrations({ aoo: to.aoo, cursor: null, limit: 1 });
    const received = incoming.items.find(({ peerNumber }) => peerNumber?.startsWith(`${identifier.number}/`));
    if (received && !said.has('registered')) {
      said.add('registered');
      report(
        `${to.name} verified and registered it under number ${received.number}${received.flags.length > 0 ? ` (${received.flags.join(', ')})` : ''}`,
      );
    }
    const exchange = await service.views.exchange(id);
    for (const { type } of exchange?.events ?? []) {
      const sentence = SENTENCES[type];
      if (sentence === undefined || said.has(type)) continue;
      said.add(type);
      report(`${from.name}: ${sentence}`);
    }
    if (exchange?.state === 'confirmed' && exchange.peerNumber !== null) {
      report(`register of ${from.name}: our ${exchange.ourNumber} is ${exchange.peerNumber} at ${to.name}`);
      return exchange;
    }
    if (exchange?.state === 'failed' || exchange?.state === 'excepted') {
      throw new Error(`the exchange ended as "${exchange.state}": npm run -s interpro -- show ${id}`);
    }
    await sleep(50);
  }
  throw new Error(`no confirmation within ${seconds} seconds; what happened: ${[...said].join(', ') || 'nothing'}`);
}

/** A message with two documents, from the first council to the second. */
export function sampleMessage(to: Office): SendRequest {
  return {
    subject: 'Trasmissione della convenzione per la gestione associata del servizio di protocollo',
    generation: '2013',
    confirmationRequested: true,
    classifications: [{ name: 'Gestione associata di servizi', levels: ['I', '15'] }],
    recipients: [
      {
        address: to.address,
        correspondent: {
          kind: 'administration',
          name: to.name,
          administration: to.administration,
          aoo: to.code,
          aooName: to.name,
          office: null,
          address: to.address,
          taxCode: null,
        },
      },
    ],
    documents: [
      { name: 'convenzione.pdf', mediaType: 'application/pdf', bytes: samplePdf('Convenzione (documento di prova)') },
      {
        name: 'allegato-a.txt',
        mediaType: 'text/plain',
        bytes: Buffer.from('Elenco dei servizi in gestione associata (prova).\n'),
      },
    ],
  };
}
