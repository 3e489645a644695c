import { expect } from 'chai';

import {
  decodeExtension,
  encodeExtension,
  type Extension,
} from '../../lib/connection/handshake/extension.ts';
import { CanceledError, ClosedError, ProtocolError } from '../../lib/errors/errors.ts';
import type { Features } from '../../lib/wire/feature.ts';
import type { PlayedPeer } from '../support/played-network.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { SERVER_MESSAGES } from '../support/main-messages-of-sides.ts';
import { ResumeBench, said, SOON_MS } from '../support/resume-bench.ts';
import { lostException, refusedException, userException } from '../support/wire-bytes.ts';

/** As much of every delay as there can be. */
const ALWAYS_LONGEST = { bytes: (count: number): Buffer => Buffer.alloc(count, 0xff) };

/** The delays that the client has told of. */
function delays({ client }: ResumeBench): number[] {
  return client.events
    .filter(([name]) => name === 'reconnecting')
    .map(([, event]) => Math.ceil((event as { delayMs: number }).delayMs));
}

/** Whether each connection went on with the session of the one before. */
function resumptions({ client }: ResumeBench): unknown[] {
  return client.events
    .filter(([name]) => name === 'connected')
    .map(([, event]) => (event as { resumed: boolean }).resumed);
}

/** Sends so many calls, and gives the means to cancel each. */
async function callMany(bench: ResumeBench, count: number): Promise<readonly AbortController[]> {
  const giveUps: AbortController[] = [];
  for (let index = 0; index < count; index++) {
    const giveUp = new AbortController();
    giveUps.push(giveUp);
    void rejectionOf(bench.call('a', { signal: giveUp.signal }), CanceledError);
    if (index % 50 === 49) await bench.client.network.settle();
  }
  await bench.client.network.settle();
  return giveUps;
}

describe('the session of a client', () => {
  it('is asked for by its id, its first connection and the frames received, with a proof', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const call = bench.call('a');
    await bench.client.network.settle();
    peer.tell({ kind: 'pong', number: 1 });
    peer.reply(1n, Buffer.from('b'));
    await call;
    await bench.lose(peer);
    const { peer: second, offer } = await bench.attempt();
    const { id } = bench.key;
    expect(offer.resume).to.deep.equal({ sessionId: id, firstId: 5n, received: 2 });
    expect(bench.checker.problemWith('resume', offer.proof)).to.equal(undefined);
    second.answer(bench.resumed(offer, 6n, { received: 1 }));
    await bench.client.network.settle();
    expect(bench.client.core.connectionId).to.equal(6n);
    await bench.lose(second);
    const third = await bench.attempt();
    expect(third.offer.resume, 'still by its first one').to.deep.equal(offer.resume);
    await bench.close();
  });

  it('Every kind counted: messages, also unknown ones, results, exceptions, and what answers nothing', async () => {
    const { bench, peer } = await ResumeBench.connected({ limits: { maxReplyBytes: 1_000 } });
    const frames: (() => void)[] = SERVER_MESSAGES.map((message) => () => peer.tell(message));
    frames.push(() => peer.reply(0n, Buffer.of(250)));
    for (const payload of ['result', 'x'.repeat(1_001)].map((text) => Buffer.from(text))) {
      frames.push(() => peer.reply(1n, payload));
    }
    for (const payload of [userException('no'), lostException('gone'), refusedException('full')]) {
      frames.push(() => peer.reply(-2n, payload));
    }
    const calls = ['a', 'b'].map((text) => bench.call(text).catch(() => {}));
    await bench.client.network.settle();
    for (const send of frames) send();
    await bench.client.network.settle();
    await bench.lose(peer);
    const { offer } = await bench.attempt();
    expect(offer.resume?.received).to.equal(frames.length);
    await Promise.all(calls);
    await bench.close();
  });

  it('Nothing received yet, twice in a row: works', async () => {
    const { bench, peer } = await ResumeBench.connected();
    await bench.lose(peer);
    for (const connectionId of [6n, 7n]) {
      const next = await bench.resume(connectionId, 0);
      expect(bench.client.core.connectionId).to.equal(connectionId);
      await bench.lose(next);
    }
    expect(resumptions(bench)).to.deep.equal([false, true, true]);
    await bench.close();
  });

  for (const isAway of [false, true]) {
    const when = isAway ? 'while it is away' : 'of a server that never says what it has received';
    it(`E1-floods is over when more messages are kept than both ends can need, ${when}`, async () => {
      const { bench, peer } = await ResumeBench.connected({ limits: { maxPromised: 1 } });
      const last = follow(bench.call('b'));
      const most = 2 + 2 * (50 + 1) + 4_096;
      for (let kept = 0; kept < most; kept += 50) {
        for (const giveUp of await callMany(bench, 50)) giveUp.abort('enough');
      }
      const one = await callMany(bench, 1);
      if (isAway) await bench.lose(peer);
      await bench.client.network.settle();
      expect([last.outcome, bench.client.core.state]).to.deep.equal([
        undefined,
        isAway ? 'reconnecting' : 'connected',
      ]);
      one[0]?.abort('enough');
      await bench.client.network.settle();
      expect(last.outcome)
        .to.have.nested.property('error.message')
        .that.contains('the server has not received what is kept for it');
      await bench.close();
    });

    const where = isAway ? 'while it is away' : 'before the server says what it has received';
    it(`E1-floods goes on when thousands of calls are given up at once, ${where}`, async () => {
      const { bench, peer } = await ResumeBench.connected({ limits: { maxPromised: 1 } });
      const last = follow(bench.call('b'));
      const giveUps = await callMany(bench, 4_200);
      if (isAway) await bench.lose(peer);
      for (const giveUp of giveUps) giveUp.abort('enough');
      await bench.client.network.settle();
      if (!isAway) await bench.lose(peer);
      expect([last.outcome, bench.client.core.state]).to.deep.equal([undefined, 'reconnecting']);
      await bench.resume(6n, giveUps.length + 1);
      expect(resumptions(bench)).to.deep.equal([false, true]);
      expect(last.outcome).to.equal(undefined);
      await bench.close();
    });
  }

  it('Answer lost: next works, with a higher counter', async () => {
    const { bench, peer } = await ResumeBench.connected();
    await bench.lose(peer);
    const counters: (number | undefined)[] = [];
    for (let round = 0; round < 2; round++) {
      const { peer: next, offer } = await bench.attempt(10 * SOON_MS);
      counters.push(offer.proof?.counter);
      await bench.lose(next);
    }
    expect(counters).to.deep.equal([1, 2]);
    const { peer: last, offer } = await bench.attempt(10 * SOON_MS);
    expect(offer.proof?.counter).to.equal(3);
    last.answer(bench.resumed(offer, 6n, { received: 0 }));
    await bench.client.network.settle();
    expect(resumptions(bench)).to.deep.equal([false, true]);
    await bench.close();
  });

  it('counts the proofs of its children along, and they name the connection of now', async () => {
    const { bench, peer } = await ResumeBench.connected();
    await bench.lose(peer);
    await bench.resume(6n, 0);
    const opening = rejectionOf(bench.client.core.makeSink(undefined, {}));
    await bench.client.network.settle();
    const { peer: child } = bench.client.network;
    const { streamParent, extension } = child.takeOffer();
    expect(streamParent).to.equal(6n);
    const { proof } = decodeExtension(extension!);
    expect(proof?.counter).to.equal(2);
    expect(bench.checker.problemWith('child', proof, 6n)).to.equal(undefined);
    await bench.close();
    await opening;
  });

  const lies: readonly [
    what: string,
    (bench: ResumeBench, offer: Extension) => Partial<Features>,
  ][] = [
    [
      'a forged `h`',
      (bench, offer) => bench.resumed(offer, 6n, { mac: Buffer.alloc(32), received: 1 }),
    ],
    [
      'an `h` over another connection',
      (bench, offer) => ({ ...bench.resumed(offer, 7n, { received: 1 }), connectionId: 6n }),
    ],
    ['an `r` above what was sent', (bench, offer) => bench.resumed(offer, 6n, { received: 3 })],
    ['an `r` below an earlier one', (bench, offer) => bench.resumed(offer, 6n, { received: 0 })],
  ];
  for (const [what, answerTo] of lies) {
    it(`Forged \`h\`: client closes, here by ${what}, before it has sent anything`, async () => {
      const { bench, peer } = await ResumeBench.connected();
      const calls = ['a', 'b'].map((text) => rejectionOf(bench.call(text), ProtocolError));
      await bench.client.network.settle();
      peer.tell({ kind: 'received', position: 1 });
      await bench.client.network.settle();
      await bench.lose(peer);
      const { peer: liar, offer } = await bench.attempt();
      liar.answer(answerTo(bench, offer));
      await bench.client.network.settle();
      expect(said(liar)).to.deep.equal([]);
      expect(liar.isEnded).to.equal(true);
      expect(bench.client.core.state).to.equal('closed');
      for (const error of await Promise.all(calls)) expect(error).to.include({ mayHaveRun: true });
      expect(resumptions(bench)).to.deep.equal([false]);
      await bench.close();
    });
  }

  it('is not believed in where none was asked for', async () => {
    const bench = await ResumeBench.start();
    const connecting = bench.client.core.connect();
    await bench.client.network.settle();
    const { peer } = bench.client.network;
    peer.takeOffer();
    const resumed = { mac: Buffer.alloc(32), received: 0 };
    peer.answer({ connectionId: 5n, extension: encodeExtension({ version: 3, resumed }) });
    await connecting;
    await rejectionOf(bench.client.core.whenReady(), ProtocolError);
    await bench.client.network.settle();
    expect(peer.isEnded).to.equal(true);
    await bench.close();
  });

  it('another one is begun where the server has not kept it, and is resumed from then on', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const first = bench.key.id;
    await bench.lose(peer);
    const second = await bench.renew(6n);
    expect(bench.key.id).not.to.deep.equal(first);
    await bench.lose(second);
    const { offer } = await bench.attempt();
    expect(offer.resume).to.deep.equal({ sessionId: bench.key.id, firstId: 6n, received: 0 });
    expect(offer.proof?.counter, 'counted anew').to.equal(1);
    expect(resumptions(bench)).to.deep.equal([false, false]);
    await bench.close();
  });

  for (const version of [0, 1, 2]) {
    it(`is a new one on each connection with a server of version ${version}`, async () => {
      const bench = await ResumeBench.start();
      const peer = await bench.client.connect(5n, answerOf(bench, 5n, version));
      const call = rejectionOf(bench.call('a'), ClosedError);
      await bench.client.network.settle();
      expect(said(peer)).to.deep.equal([[1, 'a']]);
      await bench.lose(peer);
      expect(await call).to.include({ mayHaveRun: true, retryable: true });
      const next = await bench.attempt();
      expect([next.offer.resume, next.offer.proof]).to.deep.equal([undefined, undefined]);
      next.peer.answer(answerOf(bench, 6n, version));
      const later = bench.call('b');
      await bench.client.network.settle();
      expect(said(next.peer), 'ids begin anew').to.deep.equal([[1, 'b']]);
      next.peer.reply(1n, Buffer.from('c'));
      expect(await later).to.deep.equal(Buffer.from('c'));
      expect(resumptions(bench)).to.deep.equal([false, false]);
      await bench.close();
    });
  }

  it('is resumed with a server of version 99 as with one of version 3', async () => {
    const bench = await ResumeBench.start();
    await bench.lose(await bench.connect(5n, { version: 99 }));
    const { peer, offer } = await bench.attempt();
    peer.answer(bench.resumed(offer, 6n, { received: 0 }, 99));
    await bench.client.network.settle();
    expect(resumptions(bench)).to.deep.equal([false, true]);
    await bench.close();
  });

  for (const keepMs of [undefined, 0]) {
    it(`is a new one on each connection with a server that keeps none: ${keepMs} ms`, async () => {
      const bench = await ResumeBench.start();
      const peer = await bench.connect(5n, { keepMs });
      await bench.lose(peer);
      const { offer } = await bench.attempt();
      expect([offer.resume, offer.proof]).to.deep.equal([undefined, undefined]);
      await bench.close();
    });
  }
});

describe('the attempts of a client with a session', () => {
  it('go to the address of the session, and every other one to the address in the options', async () => {
    const { bench, peer } = await ResumeBench.connected();
    await bench.lose(peer);
    for (let round = 0; round < 4; round++) {
      await bench.lose((await bench.attempt(10_000)).peer);
    }
    const { reached } = bench.client.network;
    expect(reached[0]).to.equal(undefined);
    expect(reached.slice(1).map((place) => place !== undefined)).to.deep.equal([
      true,
      false,
      true,
      false,
    ]);
    expect(reached[1]).to.include({ address: '127.0.0.1', port: 1 });
    await bench.close();
  });

  it('go to the address in the options alone once there is nothing to go on with', async () => {
    const bench = await ResumeBench.start();
    await bench.lose(await bench.connect(5n, { keepMs: undefined }));
    await bench.lose((await bench.attempt()).peer);
    expect(bench.client.network.reached).to.deep.equal([undefined, undefined]);
    await bench.close();
  });

  it('have short delays again after a resumed connection that brought something', async () => {
    const bench = await ResumeBench.start({ random: ALWAYS_LONGEST });
    let peer: PlayedPeer = await bench.connect(5n);
    for (const [connectionId, brings] of [
      [6n, false],
      [7n, true],
      [8n, false],
    ] as const) {
      await bench.lose(peer);
      const next = await bench.attempt(1_000);
      peer = next.peer;
      peer.answer(bench.resumed(next.offer, connectionId, { received: 0 }));
      if (brings) peer.tell({ kind: 'received', position: 0 });
      await bench.client.network.settle();
    }
    await bench.lose(peer);
    expect(delays(bench)).to.deep.equal([100, 200, 100, 200]);
    await bench.close();
  });
});

/** What a server of this version answers. */
function answerOf(bench: ResumeBench, connectionId: bigint, version: number): Partial<Features> {
  if (version === 0) return { connectionId };
  return bench.begun(connectionId, { version });
}
