/** A council: the service with its production wiring, in its own process, which is told what to send. */
import { randomFillSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readEnv, toConfig } from '../../src/config/config.ts';
import type { MailAddress } from '../../src/kernel/ids.ts';
import type { SendRequest } from '../../src/service/outgoing/send-request.ts';
import type { Office } from '../../src/service/register/office.ts';
import { type Service, startService } from '../../src/wiring/service.ts';
import { answerTo } from './questions.ts';

export interface Facts {
  readonly administration: string;
  readonly code: string;
  readonly name: string;
  readonly address: string;
}
export interface CouncilTask {
  /** The setting its administrator would choose. */
  readonly env: Readonly<Record<string, string>>;
}
export interface SendTask {
  readonly messages: number;
  readonly documentBytes: number;
  /** Each message goes to all of them. */
  readonly recipients: readonly Facts[];
  /** Messages started per second; null: as fast as they are accepted. */
  readonly perSecond: number | null;
}
export interface Sent {
  /** When the service was asked to send (milliseconds since the epoch), and the number the message got. */
  readonly started: readonly (readonly [number: string, at: number])[];
}

/** Concurrent requests to send, where no pace is set. */
const CALLERS = 4;
const now = (): number => performance.timeOrigin + performance.now();

let running: { readonly service: Service; readonly office: Office } | null = null;

async function start({ env }: CouncilTask): Promise<{ ready: true }> {
  const config = toConfig(readEnv(env));
  const [office] = config.offices;
  if (office === undefined || config.databaseUrl === null) throw new Error('one office and a database are needed');
  running = {
    service: await startService({ ...config, databaseUrl: config.databaseUrl }, { makeSecretKey: true }),
    office,
  };
  return { ready: true };
}

async function send(task: SendTask): Promise<Sent> {
  if (running === null) throw new Error('the council was not started');
  const { service, office } = running;
  const started: (readonly [string, number])[] = [];
  const one = async (): Promise<void> => {
    const at = now();
    const sent = await service.send(office, request(task));
    if (!sent.ok) throw new Error(`the message was refused: ${sent.problem.message}`);
    started.push([sent.value.identifier.number, at]);
  };
  const { messages, perSecond } = task;
  if (perSecond === null) {
    let left = messages;
    const caller = async () => {
      while (left-- > 0) await one();
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
  } else {
    const start = now();
    const under: Promise<void>[] = [];
    for (let index = 0; index < messages; index += 1) {
      await sleep(Math.max(0, start + (index * 1000) / perSecond - now()));
      under.push(one());
    }
    await Promise.all(under);
  }
  return { started };
}

function request({ documentBytes, recipients }: SendTask): SendRequest {
  return {
    subject: 'Trasmissione di una delibera',
    generation: '2013',
    confirmationRequested: true,
    classifications: [],
    recipients: recipients.map(({ administration, code, name, address }) => ({
      address: address as MailAddress,
      correspondent: {
        ...{ kind: 'administration', name, administration, aoo: code, aooName: name, office: null, taxCode: null },
        address,
      } as const,
    })),
    documents: [
      {
        name: 'delibera.pdf',
        mediaType: 'application/pdf',
        bytes: randomFillSync(Buffer.allocUnsafe(documentBytes)),
      },
    ],
  };
}

answerTo((task: CouncilTask | SendTask): Promise<{ ready: true } | Sent> => ('env' in task ? start(task) : send(task)));
