import { expect } from 'chai';

import { lz4 } from '../../../lib/compression/lz4.ts';
import {
  type Dialed,
  dialAndNegotiate,
  type DialRequest,
} from '../../../lib/connection/handshake/dial.ts';
import type { Link } from '../../../lib/connection/link/link.ts';
import {
  ClosedError,
  CompressionError,
  OptionError,
  ProtocolError,
} from '../../../lib/errors/errors.ts';
import type { Features } from '../../../lib/wire/feature.ts';
import { encodeNegotiation } from '../../../lib/wire/negotiation-frame.ts';
import { hex } from '../../support/chunks.ts';
import { ScriptedSocket } from '../../support/scripted-socket.ts';
import { NO_FEATURES } from '../../support/raw-peer.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';
import { testEnvironment } from '../../support/test-environment.ts';

interface Bench {
  readonly socket: ScriptedSocket;
  readonly links: Link[];
  readonly outcome: Promise<Dialed>;
}

function dial(request: Partial<DialRequest> = {}): Bench {
  const socket = new ScriptedSocket();
  const links: Link[] = [];
  const outcome = dialAndNegotiate({
    environment: testEnvironment(),
    dial: () => Promise.resolve(socket),
    makeOffer: () => NO_FEATURES,
    compression: undefined,
    budgetBytes: 1_000,
    signal: undefined,
    onLink: (link) => links.push(link),
    ...request,
  });
  return { socket, links, outcome };
}

/** Dials with an offer and lets the server answer. */
async function answered(
  offer: Features,
  answer: Features,
  request: Partial<DialRequest> = {},
): Promise<Bench> {
  const bench = dial({ ...request, makeOffer: () => offer });
  await turns(1);
  bench.socket.handlers.onData(Buffer.concat([encodeNegotiation(answer), hex('cafe')]));
  return bench;
}

describe('connection/dial', () => {
  it('S-W1 sends what is offered and hands over what was agreed, with the bytes behind it', async () => {
    const offer = { ...NO_FEATURES, hasTimeout: true };
    const { socket, links, outcome } = await answered(offer, { ...offer, connectionId: 5n });
    const { link, features, compressor, takeRest } = await outcome;
    expect(socket.calls).to.include(`write ${encodeNegotiation(offer).toString('hex')}`);
    expect(features).to.include({ hasTimeout: true, connectionId: 5n });
    expect(compressor).to.equal(undefined);
    expect(takeRest().toString('hex')).to.equal('cafe');
    expect(links).to.deep.equal([link]);
    expect(socket.calls.at(-1)).to.equal('pause');
  });

  it('S-W3 compresses from then on if the server chose what was offered', async () => {
    const features = { ...NO_FEATURES, compress: 'LZ4' };
    const { socket, outcome } = await answered(features, features, { compression: lz4() });
    const { link, compressor } = await outcome;
    expect(compressor?.name).to.equal('LZ4');
    link.writer.writeFrame(hex('ffffffff'));
    link.writer.flush();
    expect(socket.calls.at(-1)).to.equal('write 090000000400000040ffffffff');
  });

  it('S-W3 gives up on a compression that it does not have', async () => {
    const offer = { ...NO_FEATURES, compress: 'LZ4' };
    const { socket, outcome } = await answered(
      offer,
      { ...offer, compress: 'LZ9\n' },
      {
        compression: lz4(),
      },
    );
    expect((await rejectionOf(outcome, CompressionError)).message).to.equal(
      'RPC server responded with compression "LZ9\\n" - unsupported',
    );
    expect(socket.calls).to.include('destroy');
  });

  it('S-W3, S-W4, S-W8 gives up on a server that agrees to what was not offered', async () => {
    for (const [answer, name] of [
      [{ ...NO_FEATURES, hasTimeout: true }, 'TIMEOUT'],
      [{ ...NO_FEATURES, hasHandlerDuration: true }, 'HANDLER_DURATION'],
      [{ ...NO_FEATURES, compress: 'LZ4' }, 'COMPRESS'],
    ] as const) {
      const { socket, outcome } = await answered(NO_FEATURES, answer);
      const { message } = await rejectionOf(outcome, ProtocolError);
      expect(message).to.equal(`the server agreed to ${name}, which was not offered`);
      expect(socket.calls).to.include('destroy');
    }
  });

  it('says why it could not connect, with the system’s error as the cause', async () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { links, outcome } = dial({ dial: () => Promise.reject(cause) });
    const error = await rejectionOf(outcome, ClosedError);
    expect(error).to.include({ cause, initiator: 'transport', retryable: true });
    expect(error.message).to.equal('could not connect: connect ECONNREFUSED');
    expect(links).to.deep.equal([]);
  });

  it('passes on errors of our own, and the reason of the caller who gave up', async () => {
    const ours = new OptionError('tls', 'no');
    expect(await rejectionOf(dial({ dial: () => Promise.reject(ours) }).outcome)).to.equal(ours);
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    const { outcome } = dial({ signal, dial: () => Promise.reject(reason) });
    expect(await rejectionOf(outcome, Error)).to.equal(reason);
  });

  it('leaves nothing open when the negotiation fails', async () => {
    const { socket, links, outcome } = dial();
    await turns(1);
    socket.handlers.onData(Buffer.from('HTTP/1.1'));
    const error = await rejectionOf(outcome, ProtocolError);
    await turns(1);
    expect(socket.calls).to.include('destroy');
    expect(links[0]?.cause).to.equal(error);
    expect(links[0]?.phase).to.equal('closed');
  });
});
