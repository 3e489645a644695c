import type { Link } from '../../connection/link/link.ts';
import {
  ClosedError,
  MisuseError,
  ProtocolError,
  StreamNotFoundError,
  UnsupportedError,
} from '../../errors/errors.ts';
import { isInstance, toError } from '../../errors/foreign.ts';
import type { ResumeTurns } from '../resume/resume-turns.ts';
import type { MakeLane } from './moving-stream.ts';
import type { VerbStream } from './verb-stream.ts';

/** Where a client goes on with a stream, as its record says. */
export interface StreamPoint {
  readonly id: bigint;
  readonly taken: number;
  readonly attempt: number;
}

/** A negotiated connection for a stream that goes on. */
export interface RedialedStream {
  readonly link: Link;
  /** The messages that the server has taken; undefined if it does not know the stream. */
  readonly taken: number | undefined;
  readonly makeLane: MakeLane;
  readonly takeRest: () => Buffer;
}

/** Opens connections for streams that go on. */
export interface StreamDialer {
  /** @param makePoint - called when the offer is sent: it is good for one attempt. */
  dialAgain(makePoint: () => StreamPoint): Promise<RedialedStream>;
}

/** The session of a client's streams. */
interface RedialSession {
  readonly turns: ResumeTurns;
  /** Gives the main connection that streams belong to, as soon as there is one. */
  whenAttached(): Promise<{ readonly dialer?: StreamDialer | undefined }>;
}

/** Goes on with a client's stream, which has no connection: opens others until one carries it. */
export async function redial(stream: VerbStream, session: RedialSession): Promise<void> {
  while (!(await isSettled(stream, session)));
}

/** Makes an attempt. Resolves with whether it was the last one. */
async function isSettled(stream: VerbStream, session: RedialSession): Promise<boolean> {
  await stream.attempts.wait(progressOf(stream));
  try {
    await session.whenAttached();
    await dialInTurn(stream, session);
    return true;
  } catch (error) {
    if (stream.hasEnded) return true;
    if (!isFinal(error)) return false;
    stream.lose(toError(error));
    return true;
  }
}

async function dialInTurn(stream: VerbStream, session: RedialSession): Promise<void> {
  const { turns } = session;
  await turns.enter(stream.segment.isWaiting);
  try {
    const { dialer } = await session.whenAttached();
    if (stream.hasEnded || dialer === undefined) return;
    const { id, receivedMessages: taken, attempts } = stream;
    const dialed = await dialer.dialAgain(() => ({ id, taken, attempt: attempts.begin() }));
    goOn(stream, dialed);
  } finally {
    turns.leave();
  }
}

/** The messages that either end has taken, as far as this one knows. */
function progressOf({ receivedMessages, sink }: VerbStream): number {
  return receivedMessages + (sink?.positions.taken ?? 0);
}

function goOn(stream: VerbStream, { link, taken, makeLane, takeRest }: RedialedStream): void {
  if (stream.hasEnded) {
    link.abort(new ClosedError('the stream is over', 'local'));
    return;
  }
  const problem = problemWith(taken, stream);
  if (problem !== undefined) {
    link.close(problem);
    stream.lose(problem);
  } else stream.goOn(makeLane, takeRest(), { taken: taken ?? 0, attempt: stream.attempts.count });
}

function problemWith(taken: number | undefined, stream: VerbStream): Error | undefined {
  if (taken === undefined) {
    return new StreamNotFoundError('the server does not know the stream any more', 'remote');
  }
  const before = stream.sink?.positions.taken ?? 0;
  if (taken >= before) return undefined;
  const text = `the peer goes on with a stream at message ${taken}, and has taken ${before}`;
  return new ProtocolError(text, 'stream');
}

/** Whether another attempt would fail in the same way. */
function isFinal(error: unknown): boolean {
  if (isInstance(error, ProtocolError) || isInstance(error, MisuseError)) return true;
  return isInstance(error, UnsupportedError);
}
