/** What a month's figures say: for each picture a title, a sentence, a drawing and a table, all from the same numbers. */
import {
  type Carrier,
  type DayFigures,
  firstOfMonth,
  type Overview,
  SHOWN_CARRIERS,
} from '../../../../service/queries/overview.ts';
import { WORK_OF_TASK, type WorkKind } from '../../../../service/queries/worklist.ts';
import type { TableOptions } from '../components/lists.ts';
import { shortDay } from '../components/when.ts';
import { spanWord } from '../index/index-words.ts';
import type { Html } from '../template.ts';
import { WORK_WORDS } from '../worklist/work-words.ts';
import { bars, columns, shares } from './pictures.ts';

export interface ShownPicture {
  readonly id: string;
  readonly title: string;
  readonly sentence: string;
  /** Null: there is nothing to draw, and the sentence says so. */
  readonly drawing: Html | null;
  readonly table: TableOptions;
  /** Names of the series, in the order of their colours. */
  readonly legend?: readonly string[];
}

const format = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('it-IT', { timeZone: 'UTC', ...options });
const MONTH_LONG = format({ month: 'long', year: 'numeric' });
const MONTH_SHORT = format({ month: 'short' });
const WEEKDAY = format({ weekday: 'short', day: 'numeric' });
const at = (day: string): Date => new Date(`${day.length === 7 ? `${day}-01` : day}T12:00:00Z`);

/** `novembre 2026` */
export const monthName = (month: string): string => MONTH_LONG.format(at(month));

const CARRIER_WORDS: Readonly<Record<Carrier, string>> = {
  pec: 'PEC',
  email: 'posta ordinaria',
  paper: 'carta e sportello',
  internal: 'interni',
};
const number = (label: string) => ({ label, isNumber: true }) as const;
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const shareOf = (part: number, whole: number): number => Math.round((part * 100) / whole);
export const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export const picturesOf = (overview: Overview, month: string): readonly ShownPicture[] => [
  daysPicture(overview.days, month),
  confirmationPicture(overview.confirmations),
  handsPicture(overview.months),
  anomaliesPicture(overview.anomalies, month),
];

export const countOf = (days: readonly DayFigures[], direction: DayFigures['direction']): number =>
  sum(days.filter((one) => one.direction === direction).map(({ count }) => count));

function daysPicture(days: readonly DayFigures[], month: string): ShownPicture {
  const last = new Date(`${firstOfMonth(month, 1)}T00:00:00Z`).getTime() - 86_400_000;
  const all = Array.from(
    { length: new Date(last).getUTCDate() },
    (_, place) => `${month}-${String(place + 1).padStart(2, '0')}`,
  );
  const on = (day: string, direction: DayFigures['direction'], carrier?: Carrier): number =>
    sum(
      days
        .filter((one) => one.day === day && one.direction === direction && (carrier ?? one.carrier) === one.carrier)
        .map(({ count }) => count),
    );
  const incoming = all.map((day) => on(day, 'incoming'));
  const outgoing = all.map((day) => on(day, 'outgoing'));
  const most = Math.max(...incoming);
  const busiest = all[incoming.indexOf(most)] ?? '';
  const carriers = SHOWN_CARRIERS.filter((carrier) =>
    days.some((one) => one.carrier === carrier && one.direction === 'incoming'),
  );
  const sentence =
    days.length === 0
      ? `Nessuna registrazione in ${monthName(month)}.`
      : `${plural(sum(incoming), 'registrazione', 'registrazioni')} in arrivo e ${sum(outgoing)} in uscita${
          most > 0 ? `; il giorno più pieno è ${WEEKDAY.format(at(busiest))}, con ${most} in arrivo` : ''
        }.`;
  const isMonday = (day: string): boolean => at(day).getUTCDay() === 1;
  return {
    id: 'giorni',
    title: 'In arrivo e in uscita, per giorno',
    sentence,
    legend: ['arrivo', 'uscita'],
    drawing:
      days.length === 0
        ? null
        : columns(
            all.map((day) => (isMonday(day) ? WEEKDAY.format(at(day)) : null)),
            [
              { name: 'arrivo', values: incoming },
              { name: 'uscita', values: outgoing },
            ],
            sentence,
          ),
    table: {
      caption: 'In arrivo e in uscita, per giorno e mezzo',
      head: [
        'Giorno',
        ...carriers.map((carrier) => number(`Arrivo, ${CARRIER_WORDS[carrier]}`)),
        number('Arrivo'),
        number('Uscita'),
      ],
      rows: all
        .map((day, place) => [
          WEEKDAY.format(at(day)),
          ...carriers.map((carrier) => on(day, 'incoming', carrier)),
          incoming[place] ?? 0,
          outgoing[place] ?? 0,
        ])
        .filter((row) => row.slice(1).some((cell) => cell !== 0)),
    },
  };
}

const SPANS = ['meno di 1 min', '1–5 min', '5–60 min', '1–24 h', 'oltre 24 h'];

function confirmationPicture({ medianSeconds, groups }: Overview['confirmations']): ShownPicture {
  const all = sum(groups);
  const sentence =
    all === 0 || medianSeconds === null
      ? 'Nessuna conferma ricevuta in questo mese.'
      : all === 1
        ? `L’unica conferma è arrivata dopo ${spanWord(medianSeconds)}.`
        : `Metà delle ${all} conferme è arrivata entro ${spanWord(medianSeconds)}; ${shareOf(groups[0] ?? 0, all)} su 100 in meno di un minuto.`;
  const rows = SPANS.map((label, place) => ({ label, count: groups[place] ?? 0 }));
  return {
    id: 'conferme',
    title: 'Quanto passa fino alla conferma',
    sentence,
    drawing:
      all === 0
        ? null
        : bars(
            rows.map(({ label, count }, place) => ({
              label,
              value: count,
              said: `${shareOf(count, all)} %`,
              isBad: place === SPANS.length - 1,
            })),
            sentence,
          ),
    table: {
      caption: 'Quanto passa fino alla conferma',
      head: ['Tempo', number('Conferme'), number('Su 100')],
      rows: rows.map(({ label, count }) => [label, count, all === 0 ? 0 : shareOf(count, all)]),
    },
  };
}

/** Of what came in, how much was registered without a person, of 100; null: nothing came. */
export const unaided = ({ incoming, byPeople }: Overview['months'][number]): number | null =>
  incoming === 0 ? null : shareOf(incoming - byPeople, incoming);

function handsPicture(months: Overview['months']): ShownPicture {
  const points = months.map((one) => ({ label: MONTH_SHORT.format(at(one.month)), value: unaided(one) }));
  const known = points.filter(({ value }) => value !== null);
  const last = points.at(-1)?.value ?? null;
  const before = known.length > 1 ? (known[0]?.value ?? null) : null;
  const change = last === null || before === null ? null : last - before;
  const sentence =
    last === null
      ? 'In questo mese non è arrivato nulla.'
      : `${last} su 100 registrati senza una persona${
          change === null || change === 0
            ? ''
            : `, ${Math.abs(change)} ${change > 0 ? 'in più' : 'in meno'} di ${known[0]?.label}`
        }.`;
  return {
    id: 'senza-persona',
    title: 'Registrati senza una persona, su 100',
    sentence,
    drawing: last === null ? null : shares(points, sentence),
    table: {
      caption: 'Registrati senza una persona, per mese',
      head: ['Mese', number('In arrivo'), number('Senza una persona'), number('Su 100')],
      rows: months
        .filter(({ incoming }) => incoming > 0)
        .map((one) => [monthName(one.month), one.incoming, one.incoming - one.byPeople, unaided(one) ?? '']),
    },
  };
}

function anomaliesPicture(anomalies: Overview['anomalies'], month: string): ShownPicture {
  const kinds = new Map<WorkKind, { count: number; open: number }>();
  for (const { code, count, open } of anomalies) {
    const [kind] = WORK_OF_TASK[code];
    const known = kinds.get(kind) ?? { count: 0, open: 0 };
    kinds.set(kind, { count: known.count + count, open: known.open + open });
  }
  const rows = [...kinds].toSorted(([, a], [, b]) => b.count - a.count);
  const all = sum(rows.map(([, { count }]) => count));
  const open = sum(rows.map(([, one]) => one.open));
  const sentence =
    all === 0
      ? `Nessuna anomalia in ${monthName(month)}.`
      : `${plural(all, 'anomalia', 'anomalie')}, di cui ${open} ancora da risolvere.`;
  return {
    id: 'anomalie',
    title: 'Anomalie, per specie',
    sentence,
    drawing:
      all === 0
        ? null
        : bars(
            rows.map(([kind, { count }]) => ({ label: WORK_WORDS[kind].many, value: count, said: `${count}` })),
            sentence,
            190,
          ),
    table: {
      caption: 'Anomalie, per specie',
      head: ['Specie', number('Quante'), number('Ancora aperte')],
      rows: rows.map(([kind, one]) => [WORK_WORDS[kind].many, one.count, one.open]),
    },
  };
}

const AWAITED: Readonly<Record<string, readonly [one: string, many: string]>> = {
  acceptance: ['accettazione da ricevere', 'accettazioni da ricevere'],
  delivery: ['consegna da ricevere', 'consegne da ricevere'],
  confirmation: ['conferma da ricevere', 'conferme da ricevere'],
  'follow-up': ['eccezione a cui dare seguito', 'eccezioni a cui dare seguito'],
  taking: ['messaggio da prendere in carico', 'messaggi da prendere in carico'],
  'answer-delivery': ['consegna di una nostra risposta', 'consegne di nostre risposte'],
};

export function deadlinesTable(deadlines: Overview['deadlines'], today: string): TableOptions {
  const days = Map.groupBy(deadlines, ({ day }) => day);
  return {
    caption: 'Scadenze dei prossimi sette giorni',
    head: ['Giorno', number('Quante'), 'Che cosa'],
    rows: [...days].map(([day, those]) => [
      day === today ? 'oggi' : `${WEEKDAY.format(at(day))} (${shortDay(day)})`,
      sum(those.map(({ count }) => count)),
      those
        .map(({ awaits, count }) => {
          const [one, many] = AWAITED[awaits] ?? [awaits, awaits];
          return plural(count, one, many);
        })
        .join(' · '),
    ]),
  };
}
