import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

const FIXTURE = fileURLToPath(new URL('fixtures/calls-that-fail.js', import.meta.url));

/** Runs a scene in a process of its own. */
async function play(scene: string): Promise<{ code: unknown; out: string; errors: string }> {
  const child = spawn(process.execPath, [FIXTURE, scene], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await closed;
  return { code, out, errors };
}

describe('a call that names streams, and that nobody looks at', () => {
  for (const scene of [
    'a send waits',
    'a send follows',
    'a confirmation is waited for',
    'the end is watched',
    'the handler fails while it is sent to',
    'the call is looked at later',
    'the stream of a service tells',
    'the stream of a service with interceptors tells',
  ]) {
    it(`B2-16 does not end the process when it fails: ${scene}`, async () => {
      expect(await play(scene)).to.deep.equal({ code: 0, out: 'lived', errors: '' });
    });
  }

  for (const scene of [
    'no stream is used again',
    'the stream was aborted by its user',
    'the call names no stream',
    'nobody asks the stream of a service',
    'nobody looks at a call with interceptors',
  ]) {
    it(`is an unhandled rejection when it fails: ${scene}`, async () => {
      const { code, out, errors } = await play(scene);
      expect({ code, out }).to.deep.equal({ code: 1, out: '' });
      expect(errors).to.match(/ClosedError|StreamClosedError/);
    });
  }
});
