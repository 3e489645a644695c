import { writeFileSync } from 'node:fs';

import type { Collections } from './collections.ts';
import type { Figure, Remarks } from './figure.ts';
import { cpuText } from './remarks.ts';

const NAME_WIDTH = 40;
const SUBJECT_WIDTH = 14;
const VALUE_WIDTH = 20;
const UNIT_WIDTH = 10;
const CPU_WIDTH = 34;

/** Prints a table line by line and keeps the figures for a file. */
export class Report {
  readonly #figures: Figure[] = [];

  /** All that were added. */
  get figures(): readonly Figure[] {
    return this.#figures;
  }

  /** Prints what the figures were taken on, and the head of the table. */
  begin(environment: string): void {
    console.log(
      `${environment}\nMedians of the rounds; ± is half the way from worst to best; gc: collections a round, major/minor, of server and client; cpu: µs of server + client for one of what is counted, and in brackets the megabytes that each carries in a second of it.\n`,
    );
    console.log(
      line(
        '',
        'subject',
        'unit',
        'floor',
        'value',
        'ratio',
        '/ plain',
        'gc',
        'cpu of floor',
        'cpu',
      ),
    );
  }

  /** Takes the figures of all subjects, each beside the floor's, and that of a plain stream if there is one. */
  add(figures: readonly Figure[]): void {
    this.#figures.push(...figures);
    for (const figure of figures) {
      if (figure.subject === 'floor') continue;
      const floor = besides(figure, 'floor', figures);
      const plain = besides(figure, 'plain', figures);
      console.log(
        line(
          figure.name,
          figure.subject,
          figure.unit,
          floor === undefined ? '' : describe(floor),
          describe(figure),
          digits(figure.ratio),
          plain === undefined ? '' : digits(figure.value / plain.value),
          describeCollections(figure),
          cpuText(floor?.remarks, digits),
          cpuText(figure.remarks, digits),
        ) + describeDoubts(figure.remarks),
      );
    }
  }

  /** Writes every figure as JSON. */
  write(path: string): void {
    writeFileSync(path, `${JSON.stringify(this.#figures, undefined, 2)}\n`);
  }
}

function besides(
  { name }: Figure,
  subject: string,
  figures: readonly Figure[],
): Figure | undefined {
  return figures.find((one) => one.name === name && one.subject === subject);
}

function line(
  name: string,
  subject: string,
  unit: string,
  ...values: readonly [
    floor: string,
    value: string,
    ratio: string,
    toPlain: string,
    gc: string,
    floorCpu: string,
    cpu: string,
  ]
): string {
  const [floor, value, ratio, toPlain, gc, floorCpu, cpu] = values;
  return [
    name.padEnd(NAME_WIDTH),
    subject.padEnd(SUBJECT_WIDTH),
    unit.padEnd(UNIT_WIDTH),
    floor.padStart(VALUE_WIDTH),
    value.padStart(VALUE_WIDTH),
    ratio.padStart(UNIT_WIDTH),
    toPlain.padStart(UNIT_WIDTH),
    gc.padStart(VALUE_WIDTH),
    floorCpu.padStart(CPU_WIDTH),
    cpu.padStart(CPU_WIDTH),
  ]
    .join('')
    .trimEnd();
}

function describe({ value, spread }: Figure): string {
  return `${digits(value)} ±${Math.round(spread * 50)}%`;
}

function describeCollections({ collections }: Figure): string {
  if (collections === undefined) return '';
  const { server, client } = collections;
  return `${ofSide(server)} ${ofSide(client)}`;
}

function describeDoubts(remarks: Remarks | undefined): string {
  if (remarks === undefined) return '';
  const { strayed, isUnsettled } = remarks;
  return `${strayed > 0 ? `  ${strayed} rounds strayed` : ''}${isUnsettled ? '  not settled' : ''}`;
}

function ofSide({ major, minor }: Collections): string {
  return `${digits(major)}/${digits(minor)}`;
}

/** Three significant digits, with a separator of thousands. */
function digits(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
