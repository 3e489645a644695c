/**
 * The program that both processes of a pair run: `worker.js WORKLOAD SUBJECT`. It answers the requests
 * of its parent and dies of anything unexpected, so that nothing that went wrong is ever a figure.
 *
 * `bench:ab` runs it in other commits too, so its place, its arguments and its requests stay.
 */

import { findWorkload } from '../workloads.ts';
import { CollectionCounter } from './collections.ts';
import { cpuTimeUs } from './cpu-time.ts';
import { Leak, MemoryWatch, settledBytes, settledRss } from './memory.ts';
import { loadSubject } from './peers.ts';
import type { Request } from './processes.ts';
import type { Driving, Subject } from './workload.ts';

const [name = '', subjectName = ''] = process.argv.slice(2);
const subject: Subject = await loadSubject(findWorkload(name), subjectName);
const memory = new MemoryWatch();
const leak = new Leak();
const collections = new CollectionCounter();
let driving: Driving | undefined;

process.on('message', (request: Request) => void answer(request));
process.on('disconnect', () => process.exit());

async function answer(request: Request): Promise<void> {
  process.send?.({ value: await serveRequest(request) });
}

async function serveRequest(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'serve':
      return (await subject.serve()).port;
    case 'connect':
      driving = await subject.connect(request.port, request.heldStreams);
      return undefined;
    case 'run':
      return driving?.run(request.amount);
    case 'cpu':
      return cpuTimeUs();
    case 'collections':
      return collections.count();
    case 'rss':
      return settledRss();
    case 'settled':
      return settledBytes();
    case 'leak':
      return leak.grow(request.bytes);
    case 'watch':
      return memory.start();
    case 'peak':
      return memory.stop();
  }
}
