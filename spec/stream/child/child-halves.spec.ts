import { expect } from 'chai';

import { ChildHalves } from '../../../lib/stream/child/child-halves.ts';
import { StreamFrameDecoder } from '../../../lib/wire/stream-frame.ts';
import { openInput } from '../../support/open-input.ts';

const ID = 7n;

const noFigures = (): never => {
  throw new Error('nobody asks');
};

describe('ChildHalves', () => {
  function open(): { halves: ChildHalves; told: string[] } {
    const { input } = openInput(new StreamFrameDecoder(100));
    const halves = new ChildHalves(input);
    const told: string[] = [];
    halves.openSink(
      {
        onChange: () => told.push(`sink ${halves.sinkState.phase}`),
        figures: noFigures,
      },
      ID,
    );
    halves.openSource(
      {
        onChange: () => told.push(`source ${String(input.end)}`),
        figures: noFigures,
      },
      ID,
    );
    return { halves, told };
  }

  it('tells both listeners of a failure, once', () => {
    const { halves, told } = open();
    halves.abort('first', 'remote');
    halves.abort('second', 'local');
    expect(told).to.deep.equal(['sink failed', 'source first']);
    expect(halves.sinkState.cause).to.equal('first');
  });

  it('leaves an open source to read what has come', () => {
    const { halves } = open();
    halves.abort('lost', 'remote');
    expect(halves.sourceState.phase).to.equal('open');
  });

  it('fails halves that were never opened', () => {
    const { input } = openInput(new StreamFrameDecoder(100));
    const halves = new ChildHalves(input);
    halves.abort('lost', 'remote');
    expect(halves.sinkState.phase).to.equal('failed');
    expect(halves.sourceState.phase).to.equal('failed');
    expect(input.isEnded).to.equal(true);
  });

  it('fails the sink alone where the source goes on', () => {
    const { halves, told } = open();
    halves.abortSink('lost', 'remote');
    halves.abortSink('lost', 'remote');
    expect(told).to.deep.equal(['sink failed']);
  });
});
