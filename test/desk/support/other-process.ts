/** The service in processes of its own, on the database and the folder of a test's desk; forms are sent without a browser. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ESEMPIO as FACTS } from '../../exchange/councils.ts';
import { type Started, start } from '../../support/run.ts';
import type { DeskHouse } from './desk.ts';
import type { Who } from './persons.ts';

export interface OtherProcesses {
  /** Starts one more. */
  another(): Promise<{ readonly process: Started; readonly origin: string }>;
  /** Whatever still runs is killed. */
  end(): Promise<void>;
}

export async function otherProcesses({ sandbox, folder, database }: DeskHouse): Promise<OtherProcesses> {
  const started: Started[] = [];
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, 'segreta', { mode: 0o600 });
  const account = { user: FACTS.address, passwordFile, secure: false };
  const office = {
    ...FACTS,
    mailboxes: [{ address: FACTS.address, ...sandbox.imap, ...account }],
    smtp: { ...sandbox.smtp, ...account },
  };
  await writeFile(join(folder, 'offices.json'), JSON.stringify({ offices: [office] }));
  const env = {
    DATABASE_URL: database,
    INTERPRO_OFFICES: join(folder, 'offices.json'),
    INTERPRO_DATA: folder,
    INTERPRO_TRUST: join(folder, 'trust'),
    INTERPRO_HTTP_PORT: '0',
    INTERPRO_LOG_LEVEL: 'warn',
  };
  return {
    async another() {
      const process = start('src/main.ts', [], env);
      started.push(process);
      const said = await process.says(/status: http:\/\/127\.0\.0\.1:\d+/);
      return { process, origin: /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '' };
    },
    async end() {
      for (const one of started) await one.end('SIGKILL');
    },
  };
}

export type SendForm = (more: Record<string, string>, origin?: string, file?: string) => Promise<Response>;

/** A form as a browser got it; sent to whichever process, as often as one likes. */
export async function openForm(desk: DeskHouse, who: Who, page: string, action: string): Promise<SendForm> {
  const got = await desk.ask(who, page);
  const text = await got.text();
  const form = new RegExp(`<form[^>]* action="${action}"[^]*?</form>`).exec(text)?.[0] ?? '';
  expect(form, `${got.status}: a form for ${action} on ${page}`).not.toBe('');
  const secret = /moduli=[^;]+/.exec(got.headers.getSetCookie().join(' '))?.[0] ?? '';
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  const fields = hidden.map(([, name = '', value = '']) => [name, value] as const);
  const headers = { cookie: `sessione=${desk.persons[who].token}; ${secret}`, 'sec-fetch-site': 'same-origin' };
  return (more, origin = desk.origin, file) => {
    const body = file === undefined ? new URLSearchParams() : new FormData();
    for (const [name, value] of [...fields, ...Object.entries(more)]) body.append(name, value);
    if (body instanceof FormData) body.append('file', new Blob([file ?? ''], { type: 'text/plain' }), 'delibera.txt');
    return fetch(`${origin}${action}`, { method: 'POST', body, headers, redirect: 'manual' });
  };
}
