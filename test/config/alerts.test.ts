import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type AlertEnv, readAlerts } from '../../src/config/alerts.ts';

describe('e-mails to the administrator', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-alerts-'));
  const file = join(folder, 'password');
  writeFileSync(file, 'segreta\n');
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (env: AlertEnv) => {
    const faults: string[] = [];
    return { alerts: readAlerts(env, faults), faults };
  };
  const to = { INTERPRO_ALERT_EMAIL: 'sistemi@example.it' };

  it('are off where nothing is configured', () => {
    expect(read({})).toEqual({ alerts: null, faults: [] });
  });

  it('go over TLS wherever a password goes', () => {
    const secured = (server: string) => {
      const { alerts, faults } = read({ ...to, INTERPRO_ALERT_SMTP: server, INTERPRO_ALERT_PASSWORD_FILE: file });
      expect(faults).toEqual([]);
      const { host, port, secure, user, password } = alerts?.account ?? {};
      return { host, port, secure, user, password };
    };
    const login = { user: 'avvisi', password: 'segreta' };
    expect(secured('smtps://avvisi@mail.example.it')).toEqual({
      host: 'mail.example.it',
      port: 465,
      secure: true,
      ...login,
    });
    expect(secured('smtp://avvisi@mail.example.it:587')).toEqual({
      host: 'mail.example.it',
      port: 587,
      secure: true,
      ...login,
    });
    expect(secured('smtp://avvisi@127.0.0.1')).toEqual({ host: '127.0.0.1', port: 25, secure: false, ...login });
    expect(secured('smtps://avvisi%40example.it@[::1]:10465')).toMatchObject({
      host: '::1',
      port: 10465,
      user: 'avvisi@example.it',
    });
  });

  it('come from their own address unless another is given', () => {
    const server = { ...to, INTERPRO_ALERT_SMTP: 'smtp://mail.example.it' };
    expect(read(server).alerts).toMatchObject({
      to: 'sistemi@example.it',
      from: 'sistemi@example.it',
      account: { user: null },
    });
    expect(read({ ...server, INTERPRO_ALERT_FROM: 'nodo@example.it' }).alerts).toMatchObject({
      from: 'nodo@example.it',
    });
  });

  it.each([
    [{ ...to }, 'INTERPRO_ALERT_SMTP is missing'],
    [{ INTERPRO_ALERT_SMTP: 'smtp://mail.example.it' }, 'INTERPRO_ALERT_EMAIL is missing'],
    [{ INTERPRO_ALERT_EMAIL: 'nessuno', INTERPRO_ALERT_SMTP: 'smtp://mail.example.it' }, 'is not a mail address'],
    [{ ...to, INTERPRO_ALERT_SMTP: 'http://mail.example.it' }, 'INTERPRO_ALERT_SMTP is not an address'],
    [{ ...to, INTERPRO_ALERT_SMTP: 'smtp://a@mail.example.it' }, 'go together'],
    [
      { ...to, INTERPRO_ALERT_SMTP: 'smtp://mail.example.it', INTERPRO_ALERT_PASSWORD_FILE: '/nowhere' },
      'cannot be read',
    ],
  ])('are refused: %j', (env, fault) => {
    expect(read(env).faults).toEqual(expect.arrayContaining([expect.stringContaining(fault)]));
  });

  it('do not repeat a password that stands in the address', () => {
    const { faults } = read({ ...to, INTERPRO_ALERT_SMTP: 'smtps://avvisi:segretissima@mail.example.it' });
    expect(faults).toEqual([expect.stringContaining('put it into a file')]);
    expect(faults.join()).not.toContain('segretissima');
  });
});
