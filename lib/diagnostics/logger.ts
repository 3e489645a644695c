/** A logger as pino, console and most others have it. Lines begin with the peer: `client 10.0.0.1:7070 …`. */
export interface Logger {
  /** What happens in the course of things, such as a late reply. */
  debug(line: string): void;
  /** What is worth knowing, such as a late error. */
  info(line: string): void;
  /** What a peer or a handler did wrong; a connection may have ended for it. */
  warn(line: string): void;
  /** What this program did wrong, such as a stream that was dropped without an end. */
  error(line: string): void;
}

/** Says nothing; the default. */
export const silentLogger: Logger = Object.freeze({
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
});

/** A logger that can be exchanged while connections are using it. */
export class LoggerSlot {
  /** What lines go to now. */
  current: Logger;

  constructor(logger: Logger) {
    this.current = logger;
  }

  /** Writes one line, whatever the text holds, behind who is at the other end. A logger that throws harms nobody. */
  write(level: keyof Logger, who: string, line: string): void {
    try {
      this.current[level](`${who}${sanitizeForLog(line)}`);
    } catch {
      // The process must live on whatever its logger does.
    }
  }
}

/** Enough for any text of ours, and for the beginning of what somebody threw. */
const MAX_LINE_LENGTH = 1_024;

/** Control characters would let a peer forge log lines; long texts would flood them. */
export function sanitizeForLog(text: string, maxLength: number = MAX_LINE_LENGTH): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
