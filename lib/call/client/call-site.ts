import { messageOf, readField, textOf } from '../../errors/foreign.ts';

/** The folder of this library, as frames of the stack name it. */
const LIBRARY = new URL('../../', import.meta.url).href;

/** The place in the caller's code where a call was made. */
export class CallSite {
  /** Made by V8. Its frames become text when somebody asks. */
  declare readonly stack: string;

  constructor() {
    Error.captureStackTrace(this, CallSite);
  }

  /**
   * Replaces the frames of an error, which are those of our own code, by the caller's. Never throws:
   * an error that can't be changed stays as it is.
   */
  putOn(error: Error): void {
    const head = `${textOf(readField(error, 'name'))}: ${messageOf(error)}`;
    const value = [head, ...framesOfCaller(this.stack)].join('\n');
    Reflect.defineProperty(error, 'stack', { value, writable: true, configurable: true });
  }
}

/** Our own frames come first, and say nothing to the caller. */
function framesOfCaller(stack: string): string[] {
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  const first = frames.findIndex((frame) => !frame.includes(LIBRARY));
  return first < 0 ? frames : frames.slice(first);
}
