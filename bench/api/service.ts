/** The service through its production wiring, with one office that has no mailbox to read and hands its mail to a sink. */

import { readEnv, toConfig } from '../../src/config/config.ts';
import { aooId, type MailAddress } from '../../src/kernel/ids.ts';
import { type Office, STANDARD } from '../../src/service/register/office.ts';
import { startService } from '../../src/wiring/service.ts';
import { answerTo } from '../exchange/questions.ts';
import { TOKEN } from './token.ts';

export interface ServiceTask {
  readonly databaseUrl: string;
  readonly dataFolder: string;
  readonly smtpPort: number;
}
export interface ServiceReady {
  readonly port: number;
}
export interface Memory {
  /** Physical memory now, and its peak since the last question, in MB. */
  readonly nowMb: number;
  readonly mostMb: number;
  /** The part of it used by values and buffers, in MB. */
  readonly usedMb: number;
}
export type ServiceQuestion = ServiceTask | 'memory';

export const OFFICE = { administration: 'c_esempio', code: 'AESEMP1', address: 'protocollo@pec.esempio.example.it' };

let most = 0;
const look = (): number => {
  const now = process.memoryUsage.rss() / 1e6;
  most = Math.max(most, now);
  return now;
};
setInterval(look, 20).unref();

async function answer(question: ServiceQuestion): Promise<ServiceReady | Memory> {
  if (question === 'memory') {
    globalThis.gc?.();
    const nowMb = look();
    const mostMb = most;
    most = 0;
    const { heapUsed, external } = process.memoryUsage();
    return { nowMb, mostMb, usedMb: (heapUsed + external) / 1e6 };
  }
  const address = OFFICE.address as MailAddress;
  const office: Office = {
    ...OFFICE,
    ...STANDARD,
    address,
    aoo: aooId(OFFICE.administration, OFFICE.code),
    register: 'PROT',
    name: 'Comune di Esempio',
    mailboxes: [],
    smtp: { host: '127.0.0.1', port: question.smtpPort, secure: false, user: null, password: null, ca: null },
  };
  const config = toConfig(
    readEnv({
      INTERPRO_DATA: question.dataFolder,
      INTERPRO_HTTP_PORT: '0',
      INTERPRO_API_PER_MINUTE: '10000000',
      INTERPRO_API_TOKEN: TOKEN,
    }),
  );
  const options = { makeSecretKey: true };
  const service = await startService({ ...config, databaseUrl: question.databaseUrl, offices: [office] }, options);
  return { port: service.address.port };
}

answerTo(answer);
