/** The output of every bench: a table for people, a JSON file for programs. */
import { writeFile } from 'node:fs/promises';

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same work without our code, measured in the same run; null where there is none. */
  readonly baseline: number | null;
  readonly target: number | null;
  /** Null where there is no target. */
  readonly met: boolean | null;
}

interface Aim {
  readonly baseline?: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export function measurement(name: string, value: number, unit: string, aim: Aim = {}): Measurement {
  const { atLeast, atMost } = aim;
  const target = atLeast ?? atMost ?? null;
  const met = atLeast !== undefined ? value >= atLeast : atMost !== undefined ? value <= atMost : null;
  return { name, value: rounded(value), unit, baseline: rounded(aim.baseline ?? null), target, met };
}

/** Three significant figures: a measurement is no more precise. */
function rounded(value: number): number;
function rounded(value: number | null): number | null;
function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(value >= 1000 ? 4 : 3));
}

/** Aligned Markdown, ready to paste. */
export function table(rows: readonly Measurement[]): string {
  const shown = (value: number | null) => (value === null ? '' : String(value));
  const lines = [
    ['what', 'measured', 'unit', 'baseline', 'target', 'met'],
    ...rows.map(({ name, value, unit, baseline, target, met }) => [
      name,
      shown(value),
      unit,
      shown(baseline),
      shown(target),
      met === null ? '' : met ? 'yes' : 'NO',
    ]),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const isText = (column: number) => column === 0 || column === 2 || column === 5;
  const format = (line: readonly string[]) =>
    `| ${line.map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (isText(column) ? `:${'-'.repeat(width + 1)}` : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const [head = [], ...body] = lines;
  return [format(head), rule, ...body.map(format)].join('\n');
}

export const writeJson = (file: string, rows: readonly Measurement[]): Promise<void> =>
  writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);

/** The quantile of sorted values; `share` is between 0 and 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}
