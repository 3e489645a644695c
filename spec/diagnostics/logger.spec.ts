import { expect } from 'chai';

import { turns } from '../support/turns.ts';

import { LoggerSlot, sanitizeForLog, silentLogger } from '../../lib/diagnostics/logger.ts';

describe('LoggerSlot', () => {
  it('E1-log writes one line, whatever the text holds', () => {
    const lines: string[] = [];
    const slot = new LoggerSlot({ ...silentLogger, warn: (line) => lines.push(line) });
    slot.write('warn', 'client 10.0.0.1:7000', 'failed\r\nclient 10.0.0.2:1: all is well\u001b[2K');
    expect(lines).to.deep.equal([
      'client 10.0.0.1:7000: failed\\u000d\\u000aclient 10.0.0.2:1: all is well\\u001b[2K',
    ]);
  });

  it('E1-log writes the beginning of a long text', () => {
    let written = '';
    const slot = new LoggerSlot({ ...silentLogger, info: (line) => void (written = line) });
    slot.write('info', 'a', 'x'.repeat(100_000));
    expect(written).to.equal(`a: ${'x'.repeat(1_024)}…`);
  });

  it('lives on when its logger rejects', async () => {
    const error = (): never => Promise.reject(new Error('disk full')) as never;
    new LoggerSlot({ ...silentLogger, error }).write('error', '', 'a line');
    await turns(2);
  });

  it('lives on when its logger throws', () => {
    const slot = new LoggerSlot({
      ...silentLogger,
      error: () => {
        throw new Error('disk full');
      },
    });
    expect(() => slot.write('error', '', 'a line')).not.to.throw();
  });

  it('A6-logger writes to the logger that is there now', () => {
    const lines: string[] = [];
    const slot = new LoggerSlot(silentLogger);
    slot.write('debug', '', 'unheard');
    slot.current = { ...silentLogger, debug: (line) => lines.push(line) };
    slot.write('debug', 'server', 'heard');
    expect(lines).to.deep.equal(['server: heard']);
  });
});

describe('sanitizeForLog', () => {
  it('E1-log leaves plain text as it is, and escapes what ends a line anywhere', () => {
    expect(sanitizeForLog('straße 東京 "quoted"')).to.equal('straße 東京 "quoted"');
    expect(sanitizeForLog('a\u0085b\u2028c\u2029d\u007f')).to.equal(
      'a\\u0085b\\u2028c\\u2029d\\u007f',
    );
  });
});
