/** The service through its production wiring, with one office whose mailbox lies at the sandbox. */
import { readEnv, toConfig } from '../../src/config/config.ts';
import { startService } from '../../src/wiring/service.ts';
import { answerTo } from '../exchange/questions.ts';
import { type DeskPlace, deskOffice } from './office.ts';

export interface DeskTask extends DeskPlace {
  readonly databaseUrl: string;
  readonly dataFolder: string;
  readonly trustFolder: string;
}

async function start(task: DeskTask): Promise<{ readonly port: number }> {
  const config = toConfig(
    readEnv({ INTERPRO_DATA: task.dataFolder, INTERPRO_HTTP_PORT: '0', INTERPRO_LOG_LEVEL: 'warn' }),
  );
  const { databaseUrl, trustFolder } = task;
  const service = await startService(
    { ...config, databaseUrl, trustFolder, offices: [deskOffice(task)] },
    { makeSecretKey: true },
  );
  return { port: service.address.port };
}

answerTo(start);
