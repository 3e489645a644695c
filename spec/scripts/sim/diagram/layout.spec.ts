import { expect } from 'chai';

import type { TraceEntry } from '../../../../lib/simulation/world/trace.ts';
import { makePicture, type Picture } from '../../../../scripts/sim/diagram/layout/picture.ts';
import { makeScale } from '../../../../scripts/sim/diagram/layout/scale.ts';
import type { Sight } from '../../../../scripts/sim/run/history.ts';
import { negotiation, requestBytes, streamFrame, u64le } from '../../../support/wire-bytes.ts';

const ITEM = streamFrame(Buffer.alloc(100));
const STREAM_PARENT = [3, u64le(7)] as const;

describe('the layout of a diagram', () => {
  it('has an arrow for each message, from the sending of its first byte to the arrival of its last', () => {
    const call = requestBytes(5, 1n, Buffer.alloc(40));
    const { arrows, scale } = picture([
      ...opening(negotiation(), negotiation()),
      sent(10, call.subarray(0, 30)),
      sent(12, call.subarray(30)),
      data(15, call.subarray(0, 30)),
      data(19, call.subarray(30)),
    ]);
    const last = arrows.at(-1);
    expect(last?.arrow.text).to.equal('call 1 verb 5');
    expect(last?.sent.moment.atMs).to.equal(10);
    expect(last?.arrived?.moment.atMs).to.equal(19);
    if (last?.arrived === undefined) throw new Error('it has arrived');
    expect(scale.yOf(last.arrived)).to.be.above(scale.yOf(last.sent));
  });

  it('groups the frames of one write', () => {
    const calls = [1n, 2n, 3n].map((id) => requestBytes(5, id, Buffer.alloc(0)));
    const { arrows } = picture([
      ...opening(negotiation(), negotiation()),
      sent(10, Buffer.concat(calls)),
      data(11, Buffer.concat(calls)),
    ]);
    expect(arrows.at(-1)?.arrow.text).to.equal('call 1 verb 5 · call 2 verb 5 · call 3 verb 5');
    expect(arrows.at(-1)?.arrow.detail.split('\n')).to.have.length(3);
  });

  it('folds a run of items, and begins another one where something breaks or pauses', () => {
    const items = (from: number, count: number): TraceEntry[] =>
      Array.from({ length: count }, (_, index) => [
        sent(from + index, ITEM),
        data(from + index + 0.5, ITEM),
      ]).flat();
    const { arrows } = picture([
      ...opening(negotiation(STREAM_PARENT), negotiation()),
      ...items(10, 20),
      { atMs: 31, kind: 'block', node: 'server', text: '5 ms' },
      ...items(32, 5),
      ...items(2_000, 2),
    ]);
    expect(arrows.slice(2).map(({ arrow }) => arrow.text)).to.deep.equal([
      '20 items, 2.0 KiB: item 100 B …',
      '5 items, 520 B: item 100 B …',
      '2 items, 208 B: item 100 B …',
    ]);
    const run = arrows[2];
    expect(run?.sent.moment.atMs).to.equal(10);
    expect(run?.lastSent.moment.atMs).to.equal(29);
    expect(run?.lastArrived?.moment.atMs).to.equal(29.5);
  });

  it('has an arrow without an end for bytes that never arrive', () => {
    const { arrows } = picture([
      ...opening(negotiation(), negotiation()),
      sent(10, requestBytes(5, 1n, Buffer.alloc(0))),
      { atMs: 11, kind: 'cut', node: 'client', peer: 'server', text: '' },
    ]);
    expect(arrows.at(-1)?.arrow.text).to.equal('call 1 verb 5');
    expect(arrows.at(-1)?.arrived).to.equal(undefined);
  });

  it('has bands for processes, partitions, blocked loops and silent connections', () => {
    const { bands } = picture([
      ...opening(negotiation(), negotiation()),
      { atMs: 10, kind: 'partition', node: 'client', peer: 'server', text: '' },
      { atMs: 11, kind: 'block', node: 'server', text: '3 ms' },
      { atMs: 12, kind: 'heal', node: 'all', text: '' },
      { atMs: 13, kind: 'silence', node: 'server', peer: 'client', connection: 1, text: 'both' },
      { atMs: 20, kind: 'crash', node: 'server', text: 'process' },
      { atMs: 25, kind: 'start', node: 'server', text: '' },
    ]);
    const times = bands.map(({ band: { kind, node, from, to } }) => [
      kind,
      node,
      from.atMs,
      to?.atMs,
    ]);
    expect(times).to.have.deep.members([
      ['alive', 'client', 0, undefined],
      ['alive', 'server', 0, 20],
      ['alive', 'server', 25, undefined],
      ['dead', 'server', 20, 25],
      ['partition', 'client', 10, 12],
      ['block', 'server', 11, 14],
      ['silence', 'server', 13, undefined],
    ]);
  });

  it('tells ends of connections that come together in one mark', () => {
    const close = (connection: number): TraceEntry[] => [
      { atMs: 9, kind: 'end', node: 'client', peer: 'server', connection, text: '' },
      { atMs: 9, kind: 'close', node: 'client', peer: 'server', connection, text: '' },
    ];
    const { marks } = picture([...opening(negotiation(), negotiation()), ...close(1), ...close(2)]);
    const ends = marks.filter(({ mark }) => mark.atMs === 9);
    expect(ends.map(({ mark }) => [mark.text, mark.connections])).to.deep.equal([
      ['FIN', [1, 2]],
      ['closed', [1, 2]],
    ]);
  });

  it('folds what programs have seen of items, apart for each stream', () => {
    const sights = [0, 1, 2].flatMap((index): Sight[] => [
      {
        atMs: 10 + index,
        clockMs: 10 + index,
        process: 'server/1',
        operation: 4,
        kind: 'pulled',
        stream: 'up',
        index,
      },
      {
        atMs: 10 + index,
        clockMs: 10 + index,
        process: 'client/2',
        operation: 4,
        kind: 'got',
        stream: 'up',
        index,
      },
    ]);
    const { marks } = picture(opening(negotiation(), negotiation()), sights);
    const seen = marks.filter(({ mark }) => mark.tone === 'sight');
    expect(seen.map(({ mark }) => `${mark.node} ${mark.text}`)).to.deep.equal([
      'server op 4 pulled up 0…2',
      'client op 4 got up 0…2',
    ]);
  });

  it('never puts a later moment above an earlier one, nor words of one place over each other', () => {
    const points = [5, 1, 1, 1, 700_000, 3].map((atMs, order) => ({
      moment: { atMs, order },
      slot: order % 2 === 0 ? 'left' : 'right',
    }));
    const scale = makeScale(points);
    const sorted = points.toSorted((a, b) => a.moment.atMs - b.moment.atMs);
    const heights = sorted.map((point) => scale.yOf(point));
    expect(heights).to.deep.equal(heights.toSorted((a, b) => a - b));
    for (const slot of ['left', 'right']) {
      const own = sorted.filter((point) => point.slot === slot).map((point) => scale.yOf(point));
      own.reduce((above, below) => {
        expect(below - above).to.be.at.least(12);
        return below;
      });
    }
    expect(scale.pauses.map(({ text }) => text)).to.deep.equal(['11.7 min later']);
    expect(Math.max(...heights)).to.be.below(300);
  });
});

function picture(entries: readonly TraceEntry[], sights: readonly Sight[] = []): Picture {
  return makePicture(entries, sights, {});
}

/** Two nodes and a negotiated connection. */
function opening(offer: Buffer, answer: Buffer): TraceEntry[] {
  const back = { node: 'client', peer: 'server', connection: 1, text: '', bytes: answer };
  return [
    { atMs: 0, kind: 'start', node: 'server', text: '' },
    { atMs: 0, kind: 'start', node: 'client', text: '' },
    { atMs: 1, kind: 'dial', node: 'server', peer: 'client', connection: 1, text: '1' },
    sent(2, offer),
    data(3, offer),
    { ...back, atMs: 4, kind: 'sent', node: 'server', peer: 'client' },
    { ...back, atMs: 5, kind: 'data' },
  ];
}

function sent(atMs: number, bytes: Buffer): TraceEntry {
  return { atMs, kind: 'sent', node: 'client', peer: 'server', connection: 1, text: '', bytes };
}

function data(atMs: number, bytes: Buffer): TraceEntry {
  return { atMs, kind: 'data', node: 'server', peer: 'client', connection: 1, text: '', bytes };
}
