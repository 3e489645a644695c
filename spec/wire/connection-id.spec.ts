import { expect } from 'chai';

import {
  formatConnectionId,
  isValidConnectionId,
  makeConnectionId,
  redactConnectionId,
  shardOf,
} from '../../lib/wire/connection-id.ts';

describe('wire/connection-id', () => {
  it('S-W14 holds its shard in the low 16 bits', () => {
    expect(makeConnectionId(1n, 0)).to.equal(0x10000n);
    expect(makeConnectionId(0x123n, 1)).to.equal(0x123_0001n);
    expect(shardOf(0x123_0001n)).to.equal(1);
    expect(shardOf(makeConnectionId(0xffff_ffff_ffffn, 0xfffe))).to.equal(0xfffe);
  });

  it('S-W14 is a u64, whatever the number', () => {
    expect(makeConnectionId(0x1_0000_0000_0001n, 2)).to.equal(0x1_0002n);
    expect(makeConnectionId(0xffff_ffff_ffffn, 0)).to.equal(0xffff_ffff_ffff_0000n);
  });

  it('S-W14 is no id if its low 16 bits are all ones, and only then', () => {
    for (const id of [0xffffn, 0x1_ffffn, 0xffff_ffff_ffff_ffffn]) {
      expect(isValidConnectionId(id)).to.equal(false);
    }
    for (const id of [0n, 0x10000n, 0xfffen, 0xffff_0000n]) {
      expect(isValidConnectionId(id)).to.equal(true);
    }
  });

  it('S-W14, test_connection_id_format prints as lower-case hex', () => {
    expect(formatConnectionId(makeConnectionId(0x123n, 1))).to.equal('1230001');
    expect(formatConnectionId(0xabcd_0000n)).to.equal('abcd0000');
  });

  it('E1-ids, E1-log is never shown in full in a log', () => {
    expect(redactConnectionId(0x1234_5678_9abc_def0n)).to.equal('…bcdef0');
    expect(redactConnectionId(1n)).to.equal('…000001');
  });
});
