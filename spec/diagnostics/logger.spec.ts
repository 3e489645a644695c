import { expect } from 'chai';

import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { turns } from '../support/turns.ts';
import { LoggerSlot, sanitizeForLog, silentLogger } from '../../lib/diagnostics/logger.ts';

const clock = new ManualClock();

describe('LoggerSlot', () => {
  it('E1-log writes one line, whatever the text holds', () => {
    const lines: string[] = [];
    const slot = new LoggerSlot({ ...silentLogger, warn: (line) => lines.push(line) }, clock);
    slot.write('warn', 'client 10.0.0.1:7000', 'failed\r\nclient 10.0.0.2:1: all is well\u001b[2K');
    expect(lines).to.deep.equal([
      'client 10.0.0.1:7000: failed\\u000d\\u000aclient 10.0.0.2:1: all is well\\u001b[2K',
    ]);
  });

  it('E1-log writes the beginning of a long text', () => {
    let written = '';
    const slot = new LoggerSlot({ ...silentLogger, info: (line) => void (written = line) }, clock);
    slot.write('info', 'a', 'x'.repeat(100_000));
    expect(written).to.equal(`a: ${'x'.repeat(1_024)}…`);
  });

  it('lives on when its logger rejects', async () => {
    const error = (): never => Promise.reject(new Error('disk full')) as never;
    new LoggerSlot({ ...silentLogger, error }, clock).write('error', '', 'a line');
    await turns(2);
  });

  it('lives on when its logger throws', () => {
    const failing = {
      ...silentLogger,
      error: () => {
        throw new Error('disk full');
      },
    };
    const slot = new LoggerSlot(failing, clock);
    expect(() => slot.write('error', '', 'a line')).not.to.throw();
  });

  it('A6-logger writes to the logger that is there now', () => {
    const lines: string[] = [];
    const slot = new LoggerSlot(silentLogger, clock);
    slot.write('debug', '', 'unheard');
    slot.current = { ...silentLogger, debug: (line) => lines.push(line) };
    slot.write('debug', 'server', 'heard');
    expect(lines).to.deep.equal(['server: heard']);
  });
});

describe('LoggerSlot: warnings beyond a rate', () => {
  function collecting(): { slot: LoggerSlot; lines: string[]; time: ManualClock } {
    const lines: string[] = [];
    const time = new ManualClock();
    const write = (line: string): number => lines.push(line);
    return {
      slot: new LoggerSlot({ ...silentLogger, warn: write, debug: write }, time),
      lines,
      time,
    };
  }

  it('E1-log leaves out what is beyond 50 about one address in ten seconds, and says how many those were', () => {
    const { slot, lines, time } = collecting();
    for (let port = 1; port <= 500; port++) slot.write('warn', `client ::1:${port}`, 'no');
    expect(lines).to.have.length(50);
    slot.write('warn', 'client ::1:7 msg_id 3', 'no');
    time.advance(9_999);
    slot.write('debug', 'client ::1:8', 'of another level');
    slot.write('warn', 'client ::2:1', 'of another peer');
    expect(lines.splice(0).slice(50)).to.deep.equal([
      'client ::1:8: of another level',
      'client ::2:1: of another peer',
    ]);
    time.advance(1);
    slot.write('warn', 'client ::1:9', 'again');
    expect(lines).to.deep.equal([
      'client ::1: 451 more warnings were left out',
      'client ::1:9: again',
    ]);
    lines.length = 0;
    slot.write('warn', 'client ::1:9', 'again');
    expect(lines).to.deep.equal(['client ::1:9: again']);
  });

  it('E1-log counts the warnings about many addresses together, in bounded memory', () => {
    const { slot, lines, time } = collecting();
    for (let address = 0; address < 3_000; address++) slot.write('warn', `client ${address}:1`, '');
    expect(lines).to.have.length(1_024 + 50);
    lines.length = 0;
    time.advance(10_000);
    for (let address = 0; address < 1_000; address++) slot.write('warn', `client ${address}:1`, '');
    expect(lines.shift()).to.equal('other peers: 1926 more warnings were left out');
    expect(lines, 'those of before are forgotten').to.have.length(1_000);
  });
});

describe('sanitizeForLog', () => {
  it('E1-log escapes what changes the direction of text', () => {
    for (const code of ['061c', '200e', '200f', '202a', '202d', '202e', '2066', '2069']) {
      const text = String.fromCharCode(Number.parseInt(code, 16));
      expect(sanitizeForLog(`a${text}b`)).to.equal(`a\\u${code}b`);
    }
    expect(sanitizeForLog('שלום')).to.equal('שלום');
  });

  it('E1-log leaves plain text as it is, and escapes what ends a line anywhere', () => {
    expect(sanitizeForLog('straße 東京 "quoted"')).to.equal('straße 東京 "quoted"');
    expect(sanitizeForLog('a\u0085b\u2028c\u2029d\u007f')).to.equal(
      'a\\u0085b\\u2028c\\u2029d\\u007f',
    );
  });
});
