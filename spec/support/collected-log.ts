import { EventEmitter, once } from 'node:events';

import type { Logger } from '../../lib/diagnostics/logger.ts';

/** Keeps all lines, each with its level before it: `warn client 127.0.0.1:4711: …`. */
export class CollectedLog implements Logger {
  readonly lines: string[] = [];
  readonly #emitter = new EventEmitter();

  debug(line: string): void {
    this.#add('debug', line);
  }

  info(line: string): void {
    this.#add('info', line);
  }

  warn(line: string): void {
    this.#add('warn', line);
  }

  error(line: string): void {
    this.#add('error', line);
  }

  /** The first line that matches, as soon as there is one. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await once(this.#emitter, 'line');
    }
  }

  #add(level: string, line: string): void {
    this.lines.push(`${level} ${line}`);
    this.#emitter.emit('line');
  }
}
