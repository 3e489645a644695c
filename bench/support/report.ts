import { writeFileSync } from 'node:fs';

import type { Figure } from './figure.ts';

const NAME_WIDTH = 40;
const SUBJECT_WIDTH = 14;
const VALUE_WIDTH = 20;
const UNIT_WIDTH = 10;

/** Prints a table line by line and keeps the figures for a file. */
export class Report {
  readonly #figures: Figure[] = [];

  /** All that were added. */
  get figures(): readonly Figure[] {
    return this.#figures;
  }

  /** Prints what the figures were taken on, and the head of the table. */
  begin(environment: string): void {
    console.log(`${environment}\nMedians of the rounds; ± is half the way from worst to best.\n`);
    console.log(line('', 'subject', 'unit', 'floor', 'value', 'ratio'));
  }

  /** Takes the figures of all subjects, each beside the floor's. */
  add(figures: readonly Figure[]): void {
    this.#figures.push(...figures);
    for (const figure of figures) {
      if (figure.subject === 'floor') continue;
      const floor = figures.find(
        ({ name, subject }) => name === figure.name && subject === 'floor',
      );
      const floorText = floor === undefined ? '' : describe(floor);
      console.log(
        line(
          figure.name,
          figure.subject,
          figure.unit,
          floorText,
          describe(figure),
          digits(figure.ratio),
        ),
      );
    }
  }

  /** Writes every figure as JSON. */
  write(path: string): void {
    writeFileSync(path, `${JSON.stringify(this.#figures, undefined, 2)}\n`);
  }
}

function line(
  name: string,
  subject: string,
  unit: string,
  floor: string,
  value: string,
  ratio: string,
): string {
  return [
    name.padEnd(NAME_WIDTH),
    subject.padEnd(SUBJECT_WIDTH),
    unit.padEnd(UNIT_WIDTH),
    floor.padStart(VALUE_WIDTH),
    value.padStart(VALUE_WIDTH),
    ratio.padStart(UNIT_WIDTH),
  ].join('');
}

function describe({ value, spread }: Figure): string {
  return `${digits(value)} ±${Math.round(spread * 50)}%`;
}

/** Three significant digits, with a separator of thousands. */
function digits(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
