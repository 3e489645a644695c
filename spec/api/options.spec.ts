import { expect } from 'chai';

import { listen, OptionError } from '../../lib/index.ts';
import { MetricsRegistry } from '../../lib/diagnostics.ts';
import { resolveCommon, resolveGraceMs } from '../../lib/api/options.ts';
import { rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

describe('resolveGraceMs', () => {
  it('is 30 seconds unless given, and takes 0 and Infinity', () => {
    expect(resolveGraceMs({})).to.equal(30_000);
    for (const graceMs of [0, 1.5, Infinity]) expect(resolveGraceMs({ graceMs })).to.equal(graceMs);
  });

  it('refuses what is no number from 0 on, as a rejection of close', async () => {
    await withServer(async ({ server, client }) => {
      for (const graceMs of [-1, NaN]) {
        await rejectionOf(client.close({ graceMs }), OptionError);
        await rejectionOf(server.close({ graceMs }), OptionError);
      }
    });
  });
});

describe('the name of a process', () => {
  for (const bytes of [0, 1, 256, 257]) {
    const isTaken = bytes >= 1 && bytes <= 256;
    it(`X9 is ${isTaken ? 'taken' : 'refused'} with ${bytes} bytes`, () => {
      const resolve = (): unknown =>
        resolveCommon({ name: 'é'.repeat(bytes >> 1) + 'x'.repeat(bytes & 1) });
      if (isTaken) expect(resolve).not.to.throw();
      else expect(resolve).to.throw(OptionError, `from 1 to 256 bytes, not ${bytes}`);
    });
  }
});

describe('a server in a metrics registry', () => {
  it('A6-stats counts its connections while they are there, and what it sent for good', async () => {
    const metrics = new MetricsRegistry();
    await withServer({ server: { metrics } }, async ({ server, client }) => {
      expect(metrics.totals('default_server').connections).to.equal(1);
      expect(server.stats.connections).to.equal(1);
      await client.close();
      await until(() => metrics.totals('default_server').connections === 0);
    });
    const totals = metrics.totals('default_server');
    expect(totals.sentMessages).to.equal(1);
    expect(totals.connections).to.equal(0);
  });

  it('A6-stats is not counted when it could not listen', async () => {
    const metrics = new MetricsRegistry();
    await withServer(async ({ server }) => {
      const { port } = server.address;
      await rejectionOf(listen({ host: '127.0.0.1', port, metrics }), Error);
    });
    expect(metrics.domains()).to.deep.equal([]);
  });
});
