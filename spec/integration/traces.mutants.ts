import { noteSent } from '../../lib/call/common/watch-call.ts';
import { CallRunner } from '../../lib/call/server/call-runner.ts';
import { WatchedCall } from '../../lib/diagnostics/watched-call.ts';
import { CallQueue } from '../../lib/session/call-queue.ts';
import { ToldHalf } from '../../lib/stream/half/half-events.ts';
import { ToldStream } from '../../lib/stream/half/told-stream.ts';
import { Consumed } from '../../lib/stream/value/consumed.ts';
import { Produced } from '../../lib/stream/value/produced.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'X11',
    of: WatchedCall,
    in: 'finish',
    find: 'this.run(() => {',
    replace: '[0].forEach(() => {',
    why: 'the finish of a call is told where its reply came',
  },
  {
    row: 'X11',
    of: WatchedCall,
    in: 'begin',
    find: 'callTracing.start.runStores(event, begin)',
    replace: 'begin()',
    why: 'stores that are bound to the start of a call hold nowhere',
  },
  {
    row: 'X11',
    of: noteSent,
    find: 'event.connectionId = shownId(path)',
    replace: 'void shownId(path)',
    why: 'a call that waited for its connection never says which it was',
  },
  {
    row: 'X11',
    of: CallRunner,
    in: '#succeed',
    find: 'setCall(streams, call.watched)',
    replace: 'void streams',
    why: 'the streams of a result belong to no call',
  },
  {
    row: 'X11',
    of: CallQueue,
    in: '#refuse',
    find: 'watched.finish(told)',
    replace: 'void told',
    why: 'a call that is not made never ends',
  },
  {
    row: 'X11',
    of: ToldHalf,
    in: 'start',
    find: '??= call?.event',
    replace: '??= undefined',
    why: 'a verb’s stream does not know the call that names it',
  },
  {
    row: 'X11',
    of: ToldStream,
    in: '#publish',
    find: 'this.run(() => channel.publish(this.#event))',
    replace: 'channel.publish(this.#event)',
    why: 'events of a stream are told where its bytes came',
  },
  {
    row: 'X11',
    of: Consumed,
    in: '#halfOf',
    find: 'this.inputOf === undefined && this.call === undefined',
    replace: 'this.inputOf === undefined',
    why: 'streams in items belong to no call at their reader',
  },
  {
    row: 'X11',
    of: Produced,
    in: '#watch',
    find: 'run: told.run',
    replace: 'run: hooks.run',
    why: 'a store that is bound to the start of a stream does not hold in its producer',
  },
];
