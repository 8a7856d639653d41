import { describe, expect, it } from 'vitest';
import type { Desk } from '../../../../src/entrances/http/desk/desk.ts';
import { html } from '../../../../src/entrances/http/desk/template.ts';
import { refused, seeOther } from '../../../../src/entrances/http/desk/view.ts';
import { type ActVisit, actFields } from '../../../../src/entrances/http/desk/visit.ts';
import { problem } from '../../../../src/kernel/problems.ts';
import { deskServer, someone } from '../../../support/desk-server.ts';

const HOSTILE = `<script>alert(1)</script>"'&\u202e`;
const seen: ActVisit[] = [];

function declare(desk: Desk): void {
  desk.page({ path: '/prova', right: 'desk:read' }, async (visit) => ({
    title: HOSTILE,
    body: html`<form method="post" action="/prova">${actFields(visit, { version: 7 })}<input name="nota" value="${HOSTILE}"></form>`,
  }));
  desk.act({ path: '/prova', right: 'messages:decide' }, async (visit) => {
    seen.push(visit as unknown as ActVisit);
    return visit.form.text('nota') === 'rifiuta'
      ? refused(problem('version-conflict'), '/prova', 'Pio Modello ha registrato alle 09:31.')
      : seeOther('/prova', `Fatto: ${HOSTILE}`);
  });
}

const clerk = someone('nora', 'protocol');
const auditor = someone('lia', 'auditor');
const open = () => deskServer([clerk, auditor, someone('ugo', 'administrator')], declare);
type Server = Awaited<ReturnType<typeof open>>;

const SAME = { 'sec-fetch-site': 'same-origin' };

/** Opens the page and gives what its form needs. */
async function form(server: Server, login = 'nora') {
  const page = await server.inject({ url: '/prova', cookies: { sessione: login } });
  const hidden = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.body)?.[1] ?? '';
  const secret = page.cookies.find(({ name }) => name === 'moduli')?.value ?? '';
  return {
    page,
    fields: { _csrf: hidden('_csrf'), _atto: hidden('_atto'), _versione: hidden('_versione') },
    cookies: { sessione: login, moduli: secret },
  };
}

const post = (
  server: Server,
  fields: Record<string, string>,
  cookies: Record<string, string>,
  headers: Record<string, string> = SAME,
) =>
  server.inject({
    method: 'POST',
    url: '/prova',
    cookies,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  });

describe('a page of the desk', () => {
  it('may answer by itself', async () => {
    const faults: string[] = [];
    const declareOwn = (desk: Desk): void => {
      desk.page({ path: '/dati', right: 'desk:read' }, async ({ reply }) => reply.send({ others: [] }));
      desk.act({ path: '/prova', right: 'desk:read' }, async ({ reply }) => reply.status(404).send({ others: [] }));
      desk.page({ path: '/prova', right: 'desk:read' }, async (visit) => ({ title: '', body: actFields(visit) }));
    };
    const server = await deskServer([clerk], declareOwn, { faults });
    const read = await server.inject({ url: '/dati', cookies: { sessione: 'nora' } });
    expect([read.statusCode, read.json()]).toEqual([200, { others: [] }]);
    const { fields, cookies } = await form(server);
    expect((await post(server, fields, cookies)).statusCode).toBe(404);
    expect(faults).toEqual([]);
  });

  it('asks whoever is not signed in to sign in, and knows where they wanted to go', async () => {
    const server = await open();
    const answer = await server.inject({ url: '/prova?q=a%20b' });
    expect([answer.statusCode, answer.headers.location]).toEqual([
      303,
      '/entra?ritorno=%2Fprova%3Fq%3Da%20b'.replace('a%20b', 'a%2520b'),
    ]);
  });

  it('is for those whose role opens it', async () => {
    const server = await open();
    for (const [login, status] of [
      ['nora', 200],
      ['lia', 200],
      ['ugo', 403],
    ] as const)
      expect((await server.inject({ url: '/prova', cookies: { sessione: login } })).statusCode, login).toBe(status);
  });

  it('escapes what comes from outside, and lets nothing run that it did not bring', async () => {
    const server = await open();
    const { page } = await form(server);
    expect(page.body).not.toContain('<script>alert');
    expect(page.body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  it('says in Italian that there is nothing at an address, to people only', async () => {
    const server = await open();
    const found = await server.inject({ url: '/statici/0/no.css', headers: { accept: 'text/html' } });
    expect(found.statusCode).toBe(404);
  });

  it('gives out its own files by name, and none that a path leads to', async () => {
    const server = await open();
    const [, folder = ''] = /href="(\/statici\/[^/]+)\/desk\.css"/.exec((await form(server)).page.body) ?? [];
    expect((await server.inject({ url: `${folder}/js/keys.js` })).headers['content-type']).toBe(
      'text/javascript; charset=utf-8',
    );
    for (const name of [
      'js/no.js',
      'js',
      '',
      'css/base.css',
      '../assets.ts',
      '%2e%2e/assets.ts',
      '..%2fassets.ts',
      'js/..%2f..%2fdesk.ts',
      '%2fetc%2fpasswd',
      '//etc/passwd',
      'toString',
      '__proto__',
    ])
      expect([name, (await server.inject({ url: `${folder}/${name}` })).statusCode]).toEqual([name, 404]);
  });
});

describe('an act at the desk', () => {
  it('is done in the name of the person, under the key of the form and for the version that was seen', async () => {
    const server = await open();
    const { fields, cookies } = await form(server);
    const done = await post(server, { ...fields, nota: ' ciao\r\nmondo ' }, cookies);
    expect([done.statusCode, done.headers.location]).toEqual([303, '/prova']);
    const visit = seen.at(-1);
    expect(visit?.call).toMatchObject({ by: 'nora Esempi', client: `person:${clerk.personId}` });
    expect(visit?.call.idempotency?.key).toBe(fields._atto);
    expect(visit?.version).toBe(7);
    expect(visit?.form.fields).toEqual([['nota', ' ciao\nmondo ']]);
  });

  it('has another digest where another thing is asked under the same key', async () => {
    const server = await open();
    const { fields, cookies } = await form(server);
    const digests = [];
    for (const nota of ['uno', 'uno', 'due']) {
      await post(server, { ...fields, nota }, cookies);
      digests.push(seen.at(-1)?.call.idempotency?.digest);
    }
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });

  it('says on the next page what was done, once, as text', async () => {
    const server = await open();
    const { fields, cookies } = await form(server);
    const done = await post(server, { ...fields, nota: 'x' }, cookies);
    const detto = done.cookies.find(({ name }) => name === 'detto')?.value ?? '';
    const next = await server.inject({ url: '/prova', cookies: { ...cookies, detto } });
    expect(next.body).toContain('Fatto: &lt;script&gt;');
    expect(next.cookies.find(({ name }) => name === 'detto')?.value).toBe('');
  });

  it('makes a link of the words that lead somewhere, and of nothing that leads to another host', async () => {
    const declareOne = (desk: Desk): void => {
      desk.page({ path: '/prova', right: 'desk:read' }, async (visit) => ({ title: '', body: actFields(visit) }));
      desk.act({ path: '/prova', right: 'desk:read' }, async ({ form: { text } }) =>
        seeOther('/prova', `Registrato con il <n. 1>.`, { label: '<n. 1>', href: text('dove') }),
      );
    };
    const server = await deskServer([clerk], declareOne);
    const { fields, cookies } = await form(server);
    const saidAfter = async (dove: string): Promise<string> => {
      const done = await post(server, { ...fields, _atto: dove.replaceAll(/[^a-z]/g, ''), dove }, cookies);
      const detto = done.cookies.find(({ name }) => name === 'detto')?.value ?? '';
      return (await server.inject({ url: '/prova', cookies: { ...cookies, detto } })).body;
    };
    expect(await saidAfter('/registro/2026/1')).toContain('con il <a href="/registro/2026/1">&lt;n. 1&gt;</a>.</p>');
    for (const elsewhere of ['//altrove.example', 'javascript:x'])
      expect(await saidAfter(elsewhere)).toContain('>Registrato con il &lt;n. 1&gt;.</p>');
  });

  it('is refused from another site, whatever token it brings', async () => {
    const server = await open();
    const { fields, cookies } = await form(server);
    const before = seen.length;
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'http://altrove.example.it' },
      { origin: 'null' },
      {},
    ])
      expect((await post(server, { ...fields, nota: 'x' }, cookies, headers)).statusCode).toBe(403);
    expect(seen.length).toBe(before);
    const old = await post(server, { ...fields, nota: 'x' }, cookies, {
      origin: 'http://localhost:8080',
      host: 'localhost:8080',
    });
    expect(old.statusCode).toBe(303);
  });

  it('is shown again with all it held where the token is missing, wrong or of another person', async () => {
    const server = await open();
    const mine = await form(server);
    const other = await form(server, 'lia');
    const before = seen.length;
    for (const token of ['', 'wrong', other.fields._csrf]) {
      const again = await post(server, { ...mine.fields, _csrf: token, nota: HOSTILE }, mine.cookies);
      expect(again.statusCode).toBe(403);
      expect(again.body).toContain(`name="_atto" value="${mine.fields._atto}"`);
      expect(again.body).toContain('name="_versione" value="7"');
      expect(again.body).toContain('name="nota" value="&lt;script&gt;');
    }
    expect(seen.length).toBe(before);
  });

  it('is shown again with all it held, and a key of its own, where it has none under which it is done once', async () => {
    const server = await open();
    const { fields, cookies } = await form(server);
    const before = seen.length;
    for (const key of ['', ' ', '\0', '<b>', 'x'.repeat(201)]) {
      const again = await post(server, { ...fields, _atto: key, nota: HOSTILE }, cookies);
      expect(again.statusCode).toBe(403);
      expect(again.body).toContain('lo fa eseguire una volta sola');
      expect(again.body).toMatch(/name="_atto" value="[0-9a-f-]{36}"/);
      expect(again.body).toContain('name="_versione" value="7"');
      expect(again.body).toContain('name="nota" value="&lt;script&gt;');
    }
    expect(seen.length).toBe(before);
  });

  it('keeps what was typed where the session has ended', async () => {
    const server = await open();
    const { fields, cookies } = await form(server);
    const ended = await post(server, { ...fields, nota: 'parole mie' }, { moduli: cookies.moduli });
    expect(ended.statusCode).toBe(401);
    expect(ended.body).toContain('value="parole mie"');
    expect(ended.body).toContain(`value="${fields._atto}"`);
  });

  it('is for those whose role allows it', async () => {
    const server = await open();
    const { fields, cookies } = await form(server, 'lia');
    const before = seen.length;
    expect((await post(server, { ...fields, nota: 'x' }, cookies)).statusCode).toBe(403);
    expect(seen.length).toBe(before);
  });

  it('that is refused says why, who was faster, and gives back what was typed', async () => {
    const server = await open();
    const { fields, cookies } = await form(server);
    const answer = await post(server, { ...fields, nota: 'rifiuta' }, cookies);
    expect(answer.statusCode).toBe(412);
    expect(answer.body).toContain('Pio Modello ha registrato alle 09:31.');
    expect(answer.body).toMatch(/<dd class="d-asis">rifiuta<\/dd>/);
  });
});

describe('the files of the desk', () => {
  it('are kept for ever under their digest, and nothing else of the folder is served', async () => {
    const server = await open();
    const { page } = await form(server);
    const sheet = /href="(\/statici\/[0-9a-f]{12}\/desk\.css)"/.exec(page.body)?.[1] ?? '';
    const answer = await server.inject({ url: sheet });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toContain('immutable');
    expect(answer.body).toContain('--d-accent');
    for (const url of [
      sheet.replace('desk.css', 'css/tokens.css'),
      sheet.replace('desk.css', '../desk.ts'),
      '/statici/',
    ])
      expect((await server.inject({ url })).statusCode, url).toBe(404);
  });

  it('weigh little: of the design system only what the desk uses', async () => {
    const server = await open();
    const { page } = await form(server);
    const sheet = /href="([^"]*desk\.css)"/.exec(page.body)?.[1] ?? '';
    const answer = await server.inject({ url: sheet, headers: { 'accept-encoding': 'br' } });
    expect(answer.headers['content-encoding']).toBe('br');
    expect(answer.rawPayload.byteLength).toBeLessThan(40_000);
  });
});
