/**
 * The days before the first start and the morning of it, in two councils: what a protocol office has on its desk when
 * somebody looks in for the first time. Everything is written, sent, read and registered by the same parts as real mail,
 * with a clock that is put back; persons and firms are fictitious.
 */
import { legalTime } from '../../kernel/clock.ts';
import { playMorning } from './morning.ts';
import { openStage, pdf, type SamplePlace, type Stage, text } from './stage.ts';
import { WRITERS } from './writers.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** How long the morning is, and when its last mail came in. */
const MORNING_MS = 4 * HOUR_MS;
const LATEST_MS = 3 * MINUTE_MS;

/** The last so many working days before this one, the oldest first; at eight in the morning in Rome. */
export function workingDays(before: Date, count: number): readonly Date[] {
  const days: Date[] = [];
  for (let back = 1; days.length < count; back += 1) {
    const noon = new Date(before.getTime() - back * DAY_MS);
    const weekday = new Date(`${legalTime(noon).date}T12:00:00Z`).getUTCDay();
    if (weekday !== 0 && weekday !== 6) days.unshift(eightOf(noon));
  }
  return days;
}

function eightOf(day: Date): Date {
  const { date } = legalTime(day);
  const guess = new Date(`${date}T08:00:00Z`);
  const [hours = 0] = legalTime(guess).time.split(':').map(Number);
  return new Date(guess.getTime() - (hours - 8) * HOUR_MS);
}

/** Resolves when everything lies there. `report` hears of each day before it is played, in order. */
export async function playSampleWeek(
  place: SamplePlace,
  report: (what: string) => void = () => undefined,
): Promise<void> {
  const start = new Date();
  const [first, second, third, last] = workingDays(start, 4);
  const stage = await openStage(place);
  const { clock } = stage;
  const plays = [
    [first, monday],
    [second, tuesday],
    [third, wednesday],
    [last, thursday],
  ] as const;
  for (const [day, play] of plays) {
    if (day === undefined) throw new Error('four days are needed');
    report(`mail of ${legalTime(day).date}`);
    await play(stage, (hours, minutes) =>
      clock.set(new Date(day.getTime() + (hours - 8) * HOUR_MS + minutes * MINUTE_MS)),
    );
    await stage.quiet();
  }
  report('mail of this morning');
  // The morning ends now, whenever that is: the clock moves on in shares of it.
  await playMorning(stage, (share) => clock.set(new Date(start.getTime() - LATEST_MS - MORNING_MS * (1 - share))));
  await stage.quiet();
  clock.release();
}

type At = (hours: number, minutes: number) => void;

async function monday(
  { offices: [esempio, provaria], writers, send, register, assign, quiet }: Stage,
  at: At,
): Promise<void> {
  at(9, 12);
  await send(esempio, WRITERS.provincia, 'Rendiconto della gestione associata, terzo trimestre', [
    pdf('rendiconto.pdf', 'Rendiconto della gestione associata', 'Terzo trimestre. Documento di prova.'),
    text('allegato.txt', 'Elenco delle voci (prova).'),
  ]);
  at(10, 5);
  await send(provaria, esempio, 'Trasmissione del piano intercomunale di protezione civile', [
    pdf('piano.pdf', 'Piano intercomunale di protezione civile', 'Documento di prova.'),
  ]);
  await quiet();
  at(11, 20);
  await writers.plain(WRITERS.edilprova, esempio, {
    subject: 'Richiesta di certificato di destinazione urbanistica',
    text: 'Si chiede il certificato per i terreni indicati in allegato.\n\nEdilprova S.r.l.',
    files: [
      pdf('richiesta.pdf', 'Richiesta di certificato di destinazione urbanistica', 'Foglio 7, particelle 1 e 2.'),
    ],
  });
  await quiet();
  at(11, 34);
  const number = await register(esempio, 'Richiesta di certificato di destinazione urbanistica', 'VI.3');
  at(11, 36);
  await assign(esempio, number, 'UTC', 'Scade fra 30 giorni.');
}

async function tuesday(
  { offices: [esempio, provaria], writers, send, register, assign, quiet }: Stage,
  at: At,
): Promise<void> {
  at(8, 40);
  await writers.registered(WRITERS.asl, esempio, 20_417, {
    subject: 'Ordinanza n. 12: acqua non potabile in località Prati di Prova',
    text: 'In allegato.',
    files: [pdf('ordinanza-12.pdf', 'Ordinanza n. 12', 'Acqua non potabile in località Prati di Prova.')],
  });
  await quiet();
  at(10, 15);
  await send(esempio, provaria, 'Bozza di convenzione per la polizia locale associata', [
    pdf('bozza.pdf', 'Convenzione per la polizia locale associata', 'Bozza. Documento di prova.'),
    text('note.txt', 'Note alla bozza (prova).'),
  ]);
  await quiet();
  at(15, 2);
  await writers.plain(WRITERS.lawyer, provaria, {
    subject: 'Osservazioni al piano del traffico',
    text: 'Si trasmettono le osservazioni in allegato.\n\nAvv. Ada Fittizi',
    files: [pdf('osservazioni.pdf', 'Osservazioni al piano del traffico', 'Documento di prova.')],
  });
  await quiet();
  at(15, 20);
  const number = await register(provaria, 'Osservazioni al piano del traffico', 'IX.1');
  await assign(provaria, number, 'POLI');
}

async function wednesday(
  { offices: [esempio, provaria], writers, send, register, annul, quiet }: Stage,
  at: At,
): Promise<void> {
  at(9, 30);
  const subject = 'Comunicazione di chiusura per ferie';
  const closing = {
    subject,
    text: 'Si comunica la chiusura del locale dal 20 al 31 gennaio.\n\nBar Inventato S.r.l.',
    files: [text('comunicazione.txt', 'Chiusura dal 20 al 31 gennaio.')],
  };
  await writers.plain(WRITERS.bar, esempio, closing);
  await quiet();
  at(9, 41);
  const number = await register(esempio, subject, 'VIII.4');
  at(9, 58);
  const provision = 'Determinazione del responsabile della gestione documentale n. 14';
  await annul(esempio, number, 'Già registrata allo sportello lo stesso giorno', provision);
  at(14, 20);
  await send(provaria, esempio, 'Richiesta di dati sul personale comandato', [
    pdf('richiesta-dati.pdf', 'Richiesta di dati', 'Documento di prova.'),
  ]);
  at(14, 35);
  await send(esempio, provaria, 'Dati sul personale comandato', [
    text('dati.txt', 'Nessun dato personale: documento di prova.'),
  ]);
}

async function thursday({ offices: [esempio, provaria], send, quiet }: Stage, at: At): Promise<void> {
  at(9, 5);
  await send(provaria, esempio, 'Convocazione della conferenza dei sindaci', [
    pdf('convocazione.pdf', 'Conferenza dei sindaci', 'Documento di prova.'),
  ]);
  await quiet();
  at(16, 10);
  await send(esempio, WRITERS.unione, 'Nulla osta per i lavori al Ponte delle Prove', [
    pdf('nulla-osta.pdf', 'Nulla osta', 'Lavori al Ponte delle Prove. Documento di prova.'),
  ]);
}
