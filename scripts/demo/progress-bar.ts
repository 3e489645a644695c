import { clearLine, cursorTo, moveCursor } from 'node:readline';
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { formatProgress, type Snapshot, takeSnapshot } from './format.ts';
import type { Progress } from './progress.ts';

/** How often a terminal's line is drawn, and how many drawings back its rates reach. */
const DRAW_MS = 100;
const WINDOW_DRAWINGS = 10;
/** How often a line is written where lines can't be drawn over. */
const LINE_MS = 1_000;
/** Characters of a full bar. */
const BAR_WIDTH = 20;
const DEFAULT_COLUMNS = 80;

/** Shows how far a run is: redrawn in place on a terminal, otherwise in a line now and then. */
export class ProgressBar implements Disposable {
  readonly #progress: Progress;
  readonly #output: WriteStream;
  readonly #timer: NodeJS.Timeout;
  /** The moments that were shown last, since the phase began; the oldest first. */
  #recent: Snapshot[] = [];
  #start: Snapshot;
  /** How many lines above the cursor the drawing begins. */
  #linesAbove = 0;

  /** Starts to show. */
  constructor(progress: Progress, output: WriteStream) {
    this.#progress = progress;
    this.#output = output;
    this.#start = takeSnapshot(progress);
    this.#timer = setInterval(() => this.#show(), output.isTTY ? DRAW_MS : LINE_MS);
    progress.on('begin', () => this.#onBegin());
    progress.on('end', () => this.#onEnd());
  }

  /** Shows how the last phase ended, and nothing more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#progress.phase !== undefined) this.#onEnd();
  }

  #onBegin(): void {
    this.#start = takeSnapshot(this.#progress);
    this.#recent = [this.#start];
    if (this.#output.isTTY) return;
    const { phase, replicaPid } = this.#progress;
    this.#output.write(
      phase === 'replicating' ? `${phase} to process ${replicaPid}\n` : `${phase}\n`,
    );
  }

  /** The whole phase, in its average. */
  #onEnd(): void {
    this.#write(formatProgress(this.#progress, this.#start, takeSnapshot(this.#progress)));
    if (this.#output.isTTY) this.#output.write('\n');
    this.#linesAbove = 0;
  }

  #show(): void {
    const [oldest] = this.#recent;
    if (oldest === undefined) return;
    const now = takeSnapshot(this.#progress);
    this.#write(formatProgress(this.#progress, oldest, now));
    this.#recent.push(now);
    if (this.#recent.length > (this.#output.isTTY ? WINDOW_DRAWINGS : 1)) this.#recent.shift();
  }

  #write([first = '', ...more]: string[]): void {
    const output = this.#output;
    if (!output.isTTY) {
      output.write(`  ${[first, ...more].join(', ')}\n`);
      return;
    }
    // Some terminals don't say how wide they are.
    const width = output.columns || DEFAULT_COLUMNS;
    const bar = this.#bar();
    const label = `${this.#progress.phase} ${bar}`;
    const shownLabel = output.hasColors() ? styleText('cyan', label) : label;
    // A line that is wrapped can't be drawn over.
    const cut = (text: string, used: number): string =>
      text.slice(0, Math.max(0, width - used - 1));
    moveCursor(output, 0, -this.#linesAbove);
    cursorTo(output, 0);
    output.write(`${shownLabel} ${cut(first, label.length + 1)}`);
    clearLine(output, 1);
    for (const line of more) {
      output.write(`\n  ${cut(line, 2)}`);
      clearLine(output, 1);
    }
    this.#linesAbove = more.length;
  }

  #bar(): string {
    const { done, total } = this.#progress;
    if (total === undefined) return '';
    const part = total.bytes === 0 ? 1 : Math.min(1, done.bytes / total.bytes);
    const full = Math.round(part * BAR_WIDTH);
    return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
  }
}
