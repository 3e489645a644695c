import { expect } from 'chai';
import fc from 'fast-check';

import { encodeExtension } from '../../../lib/connection/handshake/extension.ts';
import { ManualClock } from '../../../lib/testing.ts';
import { packed, raw, sinkOf, sourceOf, u32 } from '../../../lib/layout.ts';
import { RpcError, type Source, StreamClosedError, verb } from '../../../lib/index.ts';
import { NO_FEATURES } from '../../support/raw-peer.ts';
import { RawServer } from '../../support/raw-server.ts';
import { BY_ID } from '../../support/raw-stream.ts';
import { follow, type Outcome, rejectionOf } from '../../support/rejection.ts';
import {
  type OpenScripted,
  type Role,
  type ScriptedStream,
  withScriptedStreams,
} from '../../support/scripted-stream.ts';
import { withPeers } from '../../support/scripted-peer.ts';
import { drain } from '../../support/streams.ts';
import { turns } from '../../support/turns.ts';
import {
  EOS_FRAME,
  replyBytes,
  requestBytes,
  streamFrame,
  u32le,
  u64le,
} from '../../support/wire-bytes.ts';
import { withClient, withServer } from '../../support/with-server.ts';

const WHY = new Error('as the script says');
/** After so long nobody waits for anybody. */
const LONG_MS = 300_000;

/** What can be done to a stream; each once. */
const STEPS = {
  'peer sends': ({ child }: ScriptedStream) => child.write(streamFrame(Buffer.from('message'))),
  'peer ends its stream': ({ child }: ScriptedStream) => child.write(EOS_FRAME),
  'peer ends': ({ child }: ScriptedStream) => child.end(),
  'peer resets': ({ child }: ScriptedStream) => child.reset(),
  'peer confirms': (stream: ScriptedStream) => stream.tell('eos-taken'),
  'peer cancels': (stream: ScriptedStream) => stream.tell('canceled'),
  'peer resets the parent': ({ main }: ScriptedStream) => main.reset(),
  'the call is answered': (stream: ScriptedStream) => stream.answer(),
  'we send': ({ sink }: ScriptedStream) => void sink.send(Buffer.from('message')),
  'we read': ({ source }: ScriptedStream) => source && drain(source),
  'we flush': ({ sink }: ScriptedStream) => sink.flush(),
  'we close': ({ sink }: ScriptedStream) => sink.close(),
  'we close and wait': ({ sink }: ScriptedStream) => sink.closeAndConfirm(),
  'we abort': ({ sink }: ScriptedStream) => sink.abort(WHY),
  'we cancel': ({ source }: ScriptedStream) => source?.cancel(WHY),
} as const;

type Step = keyof typeof STEPS;

const ALL = Object.keys(STEPS) as Step[];
/** Ends that are no end of stream, or that somebody did not want. */
const ROUGH: readonly Step[] = [
  'peer resets',
  'peer cancels',
  'peer resets the parent',
  'we abort',
  'we cancel',
];

/** What came of each thing that somebody waits for. */
type Outcomes = ReadonlyMap<string, Outcome | undefined>;

/** Plays the steps, lets the loop turn after those that are marked, and then everything end. */
async function play(
  open: OpenScripted,
  clock: ManualClock,
  script: readonly (readonly [step: Step, isSettled: boolean])[],
): Promise<Outcomes> {
  const isAnswered = !script.some(([step]) => step === 'the call is answered');
  const stream = await open({ isAnswered });
  const waits = new Map<string, { outcome: Outcome | undefined }>();
  waits.set('the sink’s end', follow(stream.sink.ended));
  for (const [step, isSettled] of script) {
    try {
      const doing = STEPS[step](stream);
      if (doing !== undefined) waits.set(step, follow(doing));
    } catch (error) {
      expect(error, step).to.be.instanceOf(RpcError);
    }
    if (isSettled) await turns(6);
  }
  await turns(20);
  const { source } = stream;
  if (source !== undefined) {
    if (!waits.has('we read')) waits.set('we read', follow(drain(source)));
    waits.set('the source’s end', follow(source.ended));
  }
  await turns(20);
  // The parent lives on, unless that was in the script.
  stream.child.reset();
  await turns(20);
  for (let ms = 0; ms < LONG_MS; ms += LONG_MS / 10) {
    clock.advance(LONG_MS / 10);
    await turns(5);
  }
  await stream.main.destroy();
  return new Map(Array.from(waits, ([what, { outcome }]) => [what, outcome]));
}

/** Whether `before` is in the script, and `after` not before it. */
function isBefore(steps: readonly Step[], before: Step, after: Step): boolean {
  const at = steps.indexOf(before);
  const other = steps.indexOf(after);
  return at >= 0 && (other < 0 || at < other);
}

function judge(steps: readonly Step[], outcomes: Outcomes, hasExtension: boolean): void {
  for (const [what, outcome] of outcomes) {
    expect(outcome, `${what} is over`).not.to.equal(undefined);
    if (outcome !== undefined && 'error' in outcome) {
      expect(outcome.error, what).to.be.instanceOf(RpcError);
    }
  }
  const isSmooth = !steps.some((step) => ROUGH.includes(step));
  const read = outcomes.get('we read');
  if (isSmooth && isBefore(steps, 'peer ends its stream', 'peer ends')) {
    const isTooLate = isBefore(steps, 'peer ends its stream', 'peer sends');
    const hasMessage = isBefore(steps, 'peer sends', 'peer ends') && !isTooLate;
    expect(read, 'all that was sent, and its end').to.deep.equal({
      value: hasMessage ? [[Buffer.from('message')]] : [],
    });
    expect(outcomes.get('the source’s end')).to.deep.equal({ value: undefined });
  }
  if (!steps.includes('peer ends its stream') && read !== undefined) {
    expect(read).to.have.property('error');
  }
  const confirmed = outcomes.get('we close and wait');
  if (confirmed !== undefined && 'value' in confirmed) {
    // A reset close behind other bytes may look like an end.
    const words: readonly Step[] = hasExtension ? ['peer confirms'] : ['peer ends', 'peer resets'];
    expect(steps).to.include.oneOf(words);
  }
}

describe('stream/child-connection', () => {
  for (const role of ['dialed', 'accepted'] as const satisfies readonly Role[]) {
    for (const hasExtension of [false, true]) {
      it(`S-S9, F29 leaves nobody waiting, in whatever order things end: ${role}, ${hasExtension ? 'with' : 'without'} the extension`, async () => {
        const clock = new ManualClock();
        await withScriptedStreams(role, hasExtension, clock, async (open) => {
          await fc.assert(
            fc.asyncProperty(
              fc.shuffledSubarray(ALL, { minLength: 1 }),
              fc.array(fc.boolean(), { minLength: ALL.length, maxLength: ALL.length }),
              async (steps, pauses) => {
                const script = steps.map((step, index) => [step, pauses[index]!] as const);
                judge(steps, await play(open, clock, script), hasExtension);
              },
            ),
            { numRuns: 150, seed: 1 },
          );
        });
      });
    }
  }

  for (const isWaitedFor of [false, true]) {
    it(`S-S8 gives up a finished connection that the peer does not end, its end ${isWaitedFor ? 'waited for' : 'not waited for'}`, async () => {
      const clock = new ManualClock();
      await withScriptedStreams('dialed', true, clock, async (open) => {
        const stream = await open({ isAnswered: true });
        const { child, sink, source } = stream;
        child.write(EOS_FRAME);
        expect(await source?.read()).to.equal(undefined);
        const closing = isWaitedFor ? sink.closeAndConfirm() : sink.close();
        await child.take(EOS_FRAME.length);
        stream.tell('eos-taken');
        await closing;
        await turns(20);
        clock.advance(60_000);
        const ending = follow(child.takeAll());
        await turns(20);
        expect(ending.outcome, 'nothing but our end').to.deep.equal({ value: Buffer.alloc(0) });
      });
    });
  }

  it('S-S9 makes no sink for a stream whose connection is over', async () => {
    const clock = new ManualClock();
    await withServer({ server: { clock } }, async ({ server }) => {
      const arrived: Source<[Uint8Array]>[] = [];
      server.handle(BY_ID, (_context, source) => void arrived.push(source));
      await withPeers(server.address.port, async (join) => {
        for (const last of ['end', 'reset'] as const) {
          const main = await join();
          const child = await join({ streamParent: main.id });
          main.peer.write(requestBytes(1, 1n, u64le(child.id)));
          await main.peer.takeReply();
          const source = arrived.pop()!;
          child.peer.write(EOS_FRAME);
          expect(await source.read()).to.equal(undefined);
          await source.ended;
          // We end a stream that is finished, and the peer does.
          await child.peer.takeAll();
          child.peer[last]();
          await turns(20);
          expect(() => source.makeSink()).to.throw(StreamClosedError);
          await rejectionOf(source.read(), StreamClosedError);
        }
      });
    });
  });

  it('F29 fails the reads of a stream that the peer names when it is over', async () => {
    const features = { ...NO_FEATURES, extension: encodeExtension({ version: 1 }) };
    const first = verb(1, { args: packed(sourceOf(raw)), result: packed(u32) });
    const second = verb(2, { args: packed(), result: packed(sinkOf(raw)) });
    await using server = await RawServer.start();
    await withClient({ port: server.port, clock: new ManualClock() }, async (client) => {
      const main = await server.acceptNegotiated({ ...features, connectionId: 1n });
      const opening = client.makeStreamSink({ serializer: raw });
      const child = await server.acceptNegotiated({ ...features, connectionId: 77n });
      const sink = await opening;
      const naming = client.call(first, sink);
      main.write(replyBytes((await main.takeRequest()).messageId, u32le(0)));
      await naming;
      // Its end is never confirmed, so that the stream is remembered for a while.
      await sink.close();
      child.end();
      await child.takeAll();
      await turns(20);
      const calling = client.call(second);
      main.write(replyBytes((await main.takeRequest()).messageId, u64le(77n)));
      const source = await calling;
      const reading = follow(source.read());
      await turns(20);
      expect(reading.outcome).to.have.property('error').that.is.instanceOf(StreamClosedError);
    });
  });
});
