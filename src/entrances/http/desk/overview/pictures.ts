/** Pictures as SVG, drawn here: a title, a sentence and a table go with each, from the same figures. Shapes have no colour of their own: the sheet gives it. */
import { scaleBand, scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { attribute, type Html, html } from '../template.ts';

const WIDTH = 640;
const LEFT = 40;
const BOTTOM = 24;
const TOP = 16;

export interface BarSeries {
  readonly name: string;
  readonly values: readonly number[];
}

const gridOf = (most: number, height: number, y: (value: number) => number): Html => {
  const ticks = scaleLinear().domain([0, most]).nice(4).ticks(4);
  const whole = ticks.filter((tick) => Number.isInteger(tick));
  return html`${whole.map(
    (tick) =>
      html`<line class="d-pic-grid" x1="${LEFT}" x2="${WIDTH}" y1="${round(y(tick))}" y2="${round(y(tick))}"/><text class="d-pic-tick" x="${LEFT - 8}" y="${round(y(tick) + 4)}" text-anchor="end">${tick}</text>`,
  )}<line class="d-pic-axis" x1="${LEFT}" x2="${WIDTH}" y1="${height - BOTTOM}" y2="${height - BOTTOM}"/>`;
};

const round = (value: number): number => Math.round(value * 10) / 10;

const svg = (height: number, says: string, inside: Html): Html =>
  html`<svg class="d-picture" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${says}" preserveAspectRatio="xMinYMid meet">${inside}</svg>`;

/** Columns side by side, one group for each place of the axis; every label that is not null is written. */
export function columns(labels: readonly (string | null)[], series: readonly BarSeries[], says: string): Html {
  const height = 220;
  const most = Math.max(1, ...series.flatMap(({ values }) => values));
  const y = scaleLinear()
    .domain([0, most])
    .nice(4)
    .range([height - BOTTOM, TOP]);
  const x = scaleBand<number>()
    .domain(labels.map((_, place) => place))
    .range([LEFT, WIDTH])
    .paddingInner(0.3);
  const width = x.bandwidth() / series.length;
  return svg(
    height,
    says,
    html`${gridOf(most, height, y)}${series.map(({ values }, nth) =>
      values.map(
        (value, place) =>
          value > 0 &&
          html`<rect class="d-pic-bar d-pic-bar--${nth}" x="${round((x(place) ?? 0) + nth * width)}" y="${round(y(value))}" width="${round(width)}" height="${round(height - BOTTOM - y(value))}"/>`,
      ),
    )}${labels.map(
      (label, place) =>
        label !== null &&
        html`<text class="d-pic-tick" x="${round(Math.min((x(place) ?? 0) + x.bandwidth() / 2, WIDTH - 24))}" y="${height - 6}" text-anchor="middle">${label}</text>`,
    )}`,
  );
}

export interface BarRow {
  readonly label: string;
  readonly value: number;
  /** What stands at the end of the bar. */
  readonly said: string;
  readonly isBad?: boolean;
}

/** Bars one under the other, with their words at the left and their value at the end. */
export function bars(rows: readonly BarRow[], says: string, labels = 130): Html {
  const height = rows.length * 32 + 8;
  const x = scaleLinear()
    .domain([0, Math.max(1, ...rows.map(({ value }) => value))])
    .range([0, WIDTH - labels - 80]);
  return svg(
    height,
    says,
    html`${rows.map(({ label, value, said, isBad }, place) => {
      const top = place * 32 + 6;
      return html`<text class="d-pic-label" x="${labels - 8}" y="${top + 16}" text-anchor="end">${label}</text><rect class="d-pic-bar d-pic-bar--${isBad === true ? 'bad' : '0'}" x="${labels}" y="${top}" width="${round(Math.max(value > 0 ? 2 : 0, x(value)))}" height="20"/><text class="d-pic-value" x="${round(labels + x(value) + 8)}" y="${top + 15}">${said}</text>`;
    })}`,
  );
}

export interface LinePoint {
  readonly label: string;
  /** Null: there is no value here, and the line is broken. */
  readonly value: number | null;
}

/** A line from 0 to 100, its last point named. */
export function shares(points: readonly LinePoint[], says: string): Html {
  const height = 220;
  const y = scaleLinear()
    .domain([0, 100])
    .range([height - BOTTOM, TOP + 8]);
  const x = scaleLinear()
    .domain([0, Math.max(1, points.length - 1)])
    .range([LEFT + 12, WIDTH - 24]);
  const drawn = points.map(({ value }, place) => ({ value, place }));
  const path = line<(typeof drawn)[number]>()
    .defined(({ value }) => value !== null)
    .x(({ place }) => round(x(place)))
    .y(({ value }) => round(y(value ?? 0)))(drawn);
  const last = drawn.findLast(({ value }) => value !== null);
  return svg(
    height,
    says,
    html`${gridOf(100, height, y)}<path class="d-pic-line"${attribute('d', path)}/>${drawn.map(
      ({ value, place }) =>
        value !== null &&
        html`<circle class="d-pic-dot" cx="${round(x(place))}" cy="${round(y(value))}" r="${place === last?.place ? 5 : 3}"/>`,
    )}${
      last !== undefined &&
      html`<text class="d-pic-value" x="${round(x(last.place))}" y="${round(y(last.value ?? 0) - 12)}" text-anchor="end">${last.value} su 100</text>`
    }${points.map(
      ({ label }, place) =>
        html`<text class="d-pic-tick" x="${round(x(place))}" y="${height - 6}" text-anchor="middle">${label}</text>`,
    )}`,
  );
}
