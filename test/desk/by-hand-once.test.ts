/** One number for each form, asked without a browser; what is reserved is found by nobody who may not see it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESEMPIO } from '../support/node.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import type { Who } from './support/persons.ts';

let desk: DeskHouse;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.stop());

/** A form as the browser got it, and how it is sent, as often as one likes. */
async function openForm(who: Who, path = '/registra') {
  const got = await desk.ask(who, path);
  const page = await got.text();
  const secret = /moduli=[^;]+/.exec(got.headers.getSetCookie().join(' '))?.[0] ?? '';
  const own = (await desk.persons[who]).token;
  const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '';
  const fields = { _csrf: hidden('_csrf'), _atto: hidden('_atto'), bozza: hidden('bozza'), bozza_versione: '0' };
  const send = (
    more: Record<string, string>,
    to = path,
    as: 'urlencoded' | 'multipart' = 'urlencoded',
    file?: string,
  ) => {
    const body = as === 'urlencoded' ? new URLSearchParams({ ...fields, ...more }) : new FormData();
    if (body instanceof FormData) {
      for (const [name, value] of Object.entries({ ...fields, ...more })) body.append(name, value);
      body.append('file', new Blob([file ?? 'testo'], { type: 'text/plain' }), 'lettera.txt');
    }
    const headers = { cookie: `sessione=${own}; ${secret}`, 'sec-fetch-site': 'same-origin' };
    return desk.ask(null, to, { method: 'POST', body, headers });
  };
  return { page, send };
}

const LETTER = {
  verso: 'entrata',
  come: 'counter',
  giorno: '2026-01-10',
  ora: '09:40',
  nome: 'Mario Prova',
  scelto: '',
};
const letter = (oggetto: string, more: Record<string, string> = {}) => ({
  ...LETTER,
  oggetto,
  azione: 'registra',
  ...more,
});

const numbered = async (subject: string) => {
  const { rows } = await desk.pool.query<{ number: number; documents: number }>(
    `select r.number::int as number, (select count(*)::int from registration_document d where d.aoo = r.aoo
        and d.register = r.register and d.year = r.year and d.number = r.number) as documents
       from registration r where aoo = $1 and subject = $2`,
    [ESEMPIO, subject],
  );
  return rows;
};

describe('a form has one number', () => {
  it('pressed twice at once, pressed again after going back, and with other words', async () => {
    const { send } = await openForm('protocol');
    const both = await Promise.all([send(letter('Premuta due volte')), send(letter('Premuta due volte'))]);
    const again = await send(letter('Premuta due volte'));
    const places = [...both, again].map((answer) => [answer.status, answer.headers.get('location')]);
    expect(places[0]?.[1]).toMatch(/^\/registro\/\d{4}\/\d{7}$/);
    expect(places).toEqual(Array(3).fill([303, places[0]?.[1]]));
    // Whoever goes back and changes a word is shown what is registered.
    const changed = await send(letter('Premuta con altre parole'));
    expect(changed.headers.get('location')).toBe(places[0]?.[1]);
    expect(await numbered('Premuta due volte')).toHaveLength(1);
    expect(await numbered('Premuta con altre parole')).toEqual([]);
  });

  it('whose process ended before it was assigned is assigned by the next press, once', async () => {
    const { send } = await openForm('protocol');
    const holders = async () =>
      (
        await desk.pool.query<{ unit: string | null }>(
          `select a.unit_id::text as unit from assignment a join registration r using (aoo, register, year, number)
            where a.aoo = $1 and r.subject = 'Da assegnare anche'`,
          [ESEMPIO],
        )
      ).rows.map(({ unit }) => unit);
    const { rows } = await desk.pool.query<{ unit_id: string }>(
      'select unit_id from unit where aoo = $1 order by name',
      [ESEMPIO],
    );
    const [first, second] = rows.map(({ unit_id: unit }) => unit);
    // The number alone was taken, as where the process is gone a moment later.
    const alone = await send(letter('Da assegnare anche'));
    expect(await holders()).toEqual([]);
    const pressed = await send(letter('Da assegnare anche', { competenza: first ?? '' }));
    expect(pressed.headers.get('location')).toBe(alone.headers.get('location'));
    expect(await holders()).toEqual([first]);
    // Changed after going back: what was given stands, and nothing says otherwise.
    const changed = await send(letter('Da assegnare anche', { competenza: second ?? '' }));
    expect(changed.headers.get('location')).toBe(alone.headers.get('location'));
    expect(changed.headers.getSetCookie().join()).not.toContain('Non');
    expect(await holders()).toEqual([first]);
  });

  it('with the file inside it, also twice', async () => {
    const { send } = await openForm('protocol');
    const first = await send(letter('Con il file'), '/registra', 'multipart', 'una lettera');
    const second = await send(letter('Con il file'), '/registra', 'multipart', 'una lettera');
    expect(first.headers.get('location')).toMatch(/^\/registro\//);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(await numbered('Con il file')).toEqual([{ number: expect.any(Number), documents: 1 }]);
  });
});

describe('a form that is not complete', () => {
  it('comes back with every value and document, says what is missing, and takes no number', async () => {
    const { send } = await openForm('protocol');
    const answer = await send(letter('', { loro: '12/B', nome: '' }), '/registra', 'multipart');
    const page = await answer.text();
    expect(answer.status).toBe(422);
    expect(page).toContain('<title>Errore: Nuova registrazione');
    expect(page).toContain('href="#campo-oggetto"');
    expect(page).toContain('href="#campo-nome"');
    expect(page).toContain('value="12/B"');
    expect(page).toContain('lettera.txt');
  });

  it('is a draft of this person alone', async () => {
    const { send } = await openForm('protocol');
    const kept = await send(letter('Lasciata a metà', { azione: 'bozza' }));
    const path = kept.headers.get('location') ?? '';
    expect(path).toMatch(/^\/registra\?bozza=/);
    expect(await (await desk.ask('protocol', path)).text()).toContain('Lasciata a metà');
    const other = await desk.ask('colleague', path);
    expect(other.headers.get('location')).toBe('/registra');
  });
});

describe('what is reserved', () => {
  it('is not among the likely duplicates of those who may not see it, and its papers are not there', async () => {
    const mine = await openForm('head');
    const registered = await mine.send(
      letter('Segnalazione riservata sui fatti', { riservato: 'si', nome: 'Lia Bozza', giorno: today(), ora: '00:00' }),
    );
    const path = registered.headers.get('location') ?? '';
    const asks = async (who: Who) => {
      const { send } = await openForm(who);
      const kept = await send(letter('Segnalazione riservata sui fatti', { azione: 'aggiorna', nome: 'Lia Bozza' }));
      return (await desk.ask(who, kept.headers.get('location') ?? '')).text();
    };
    expect(await asks('head')).toContain('Forse è già registrato');
    expect(await asks('protocol')).not.toContain('Forse è già registrato');
    expect((await desk.ask('head', `${path}/ricevuta`)).status).toBe(200);
    expect(await (await desk.ask('protocol', `${path}/ricevuta`)).text()).not.toContain('Segnalazione riservata');
    expect(await (await desk.ask('protocol', `${path}/etichetta`)).text()).not.toContain('d-label-number');
  });
});

/** The day in Rome an hour ago: its first minute has passed at any time of the clock. */
const today = (): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Rome' }).format(new Date(Date.now() - 3_600_000));

describe('papers', () => {
  it('are the label in each format, with a code, and the receipt with digests', async () => {
    const { send } = await openForm('protocol');
    const registered = await send(letter('Da stampare'), '/registra', 'multipart', 'carta');
    const path = registered.headers.get('location') ?? '';
    for (const format of ['62x29', '57x32', '100x50', 'a4']) {
      const label = await (await desk.ask('auditor', `${path}/etichetta?formato=${format}`)).text();
      expect(label).toContain('Prot. n. ');
      expect(label).toMatch(/<path d="M[\dMLZ .]{100,}"/);
    }
    const receipt = await (await desk.ask('protocol', `${path}/ricevuta`)).text();
    expect(receipt).toMatch(/impronta SHA-256 <code>[0-9a-f]{64}/);
    expect(receipt).toContain('art. 18-bis');
  });
});
