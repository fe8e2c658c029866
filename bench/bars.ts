import type { Pair, Spread } from './measure.ts';
import { spread } from './measure.ts';

/** What a figure is held against. A figure without limit is given for information. */
export interface Bar {
  readonly name: string;
  readonly limit?: number;
  readonly aim?: number;
}

/** One line of the result. */
export type Figure = Bar & (Measured | NotMeasured);

interface Measured {
  readonly verdict: 'PASS' | 'FAIL' | 'given';
  /** What is compared with the limit: a ratio, or MB. */
  readonly value: number;
  readonly unit: '×' | 'MB';
  readonly floor?: Spread;
  readonly ours?: Spread;
  readonly note?: string;
}

interface NotMeasured {
  readonly verdict: 'SKIPPED' | 'ERROR';
  readonly because: string;
}

/** Medians of CPU time against each other. */
export function ratioFigure(bar: Bar, pair: Pair, note?: string): Figure {
  const floor = spread(pair.floor.map(({ cpu }) => cpu));
  const ours = spread(pair.ours.map(({ cpu }) => cpu));
  return { ...judged(bar, ours.median / floor.median, '×'), floor, ours, ...(note === undefined ? {} : { note }) };
}

/** The highest peak of all runs: a container that is killed for its memory is killed by the worst one. */
export function memoryFigure(bar: Bar, pair: Pair): Figure {
  const ours = spread(pair.ours.map(({ memory }) => memory));
  return { ...judged(bar, ours.max, 'MB'), floor: spread(pair.floor.map(({ memory }) => memory)), ours };
}

/**
 * What ten times the objects cost, start-up taken off. Start-up is the scan of one manifest and not `version`: loading the
 * policies is no cost of an object either, and the larger start-up makes the stricter bar.
 */
export function scalingFigure(bar: Bar, one: Pair, small: Pair, large: Pair): Figure {
  const median = (pair: Pair): number => spread(pair.ours.map(({ cpu }) => cpu)).median;
  return judged(bar, (median(large) - median(one)) / (median(small) - median(one)), '×');
}

function judged(bar: Bar, value: number, unit: '×' | 'MB'): Bar & Measured {
  return { ...bar, verdict: bar.limit === undefined ? 'given' : value <= bar.limit ? 'PASS' : 'FAIL', value, unit };
}

/** Aligned columns for people; `--json` is for everything else. */
export function printFigures(figures: readonly Figure[]): string {
  const rows = [['bar', 'floor min/median/max', 'seaworthy min/median/max', 'figure', 'limit', 'aim', '']];
  const notes: string[] = [];
  for (const figure of figures) {
    if ('because' in figure) {
      rows.push([figure.name, '–', '–', '–', limitText(figure.limit), limitText(figure.aim), figure.verdict]);
      notes.push(`${figure.name}: ${figure.because}`);
      continue;
    }
    const unit = figure.unit === '×' ? 'ms' : 'MB';
    const value = figure.unit === '×' ? `${figure.value.toFixed(2)}×` : `${figure.value.toFixed(0)} MB`;
    rows.push([figure.name, spreadText(figure.floor, unit), spreadText(figure.ours, unit), value, limitText(figure.limit), limitText(figure.aim), figure.verdict]);
    if (figure.note !== undefined) notes.push(`${figure.name}: ${figure.note}`);
  }
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${[...lines, '', ...notes].join('\n')}\n`;
}

function limitText(limit: number | undefined): string {
  return limit === undefined ? '–' : String(limit);
}

function spreadText(values: Spread | undefined, unit: string): string {
  return values === undefined ? '–' : `${[values.min, values.median, values.max].map((value) => value.toFixed(0)).join(' / ')} ${unit}`;
}
