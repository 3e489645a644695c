import { callName } from '../../connection/link/peer-name.ts';
import type { LoggerSlot } from '../../diagnostics/logger.ts';

/** The log lines about one client. */
export class ClientLog {
  readonly #log: LoggerSlot;
  readonly #name: string;

  /** @param name - the name of the client; each line begins with it. */
  constructor(log: LoggerSlot, name: string) {
    this.#log = log;
    this.#name = name;
  }

  /** Logs a line about the client's connection. */
  warn(line: string): void {
    this.#log.write('warn', this.#name, line);
  }

  /** Logs a line about one of its calls. */
  warnOfCall(messageId: number, line: string): void {
    this.#log.write('warn', callName(this.#name, messageId), line);
  }
}
