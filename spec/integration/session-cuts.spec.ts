import { expect } from 'chai';

import { MAIN_MESSAGE_VERB } from '../../lib/call/common/main-messages.ts';
import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { encodeMainMessage } from '../../lib/wire/main-message.ts';
import { encodeNegotiation } from '../../lib/wire/negotiation-frame.ts';
import { NO_FEATURES, RawPeer } from '../support/raw-peer.ts';
import { DONE, SessionCallBench } from '../support/session-call-bench.ts';
import { turns } from '../support/turns.ts';
import { requestBytes } from '../support/wire-bytes.ts';

describe('a resume that is cut off', () => {
  it('Cut at each byte: resumed or new, here within the client’s record', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.busy();
    await bench.net.cut(main);
    const { port } = bench.net.server.address;
    const offer = (): Buffer =>
      encodeNegotiation({
        ...NO_FEATURES,
        extension: encodeExtension({ version: 3, ...main.session.resume() }),
      });
    for (let end = 0; end < offer().length; end++) {
      const peer = await RawPeer.connect(port, null);
      peer.write(offer().subarray(0, end));
      peer.end();
      expect(await peer.takeAll(), `cut after ${end} bytes`).to.have.length(0);
      await peer.destroy();
    }
    expect(bench.net.away).to.equal(1);
    const back = await bench.net.resume(main);
    expect(back.isResumed).to.equal(true);
    back.listCalls(1);
    bench.answer();
    expect(await back.takeReply()).to.deep.include({ call: 1, payload: DONE });
  });

  it('Cut at each byte: resumed or new, here within the list of calls', async () => {
    await using bench = await SessionCallBench.start();
    let main = await bench.busy();
    const listOf = (messageId: number): Buffer => {
      const list = encodeMainMessage({ kind: 'calls-pending', messageIds: [1] });
      return requestBytes(MAIN_MESSAGE_VERB, BigInt(messageId), list);
    };
    for (let end = 0; end <= listOf(1).length; end++) {
      await bench.net.cut(main);
      main = await bench.net.resume(main);
      expect(main.isResumed).to.equal(true);
      main.peer.write(listOf(++main.session.lastId).subarray(0, end));
      await turns(2);
    }
    await bench.net.cut(main);
    main = await bench.net.resume(main);
    main.listCalls(1);
    bench.answer();
    expect(await main.takeReply()).to.deep.include({ call: 1, payload: DONE });
  });
});
