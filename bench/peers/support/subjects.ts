import { BESIDE_BULK_BYTES, driveBesideBulk } from '../../support/drive-beside-bulk.ts';
import { driveCalls } from '../../support/drive-calls.ts';
import { bytesOutcome, messagesOutcome, openedOutcome } from '../../support/outcomes.ts';
import type { LoadSubject, Outcome, Subject } from '../../support/workload.ts';
import { bytesCargo, type Cargo, recordsCargo } from './cargo.ts';
import type { PeerClient, PeerLibrary } from './peer-library.ts';

type Load = () => Promise<PeerLibrary>;

/** Runs the work of a workload, and says what came of it. */
type Work = (client: PeerClient, amount: number) => Promise<Outcome>;

type ToOutcome = (amount: number, seconds: number) => Outcome;

/** What a slow reader does with each message. */
const SLOW_READ_MS = 1;

/**
 * A library's part in the workloads, by their names. Small messages come in several of them, by the way in
 * which sluice is read; a peer reads in its fastest way in all of these.
 */
export function subjectsOf(load: Load): Readonly<Record<string, LoadSubject>> {
  const small = (): Cargo => bytesCargo(64);
  const part = (makeCargo: () => Cargo, work: Work): LoadSubject => {
    return async () => toSubject(await load(), makeCargo(), work);
  };
  return {
    'stream.down.64B.batch': part(small, receive(messagesOutcome)),
    'stream.up.64B.batch': part(small, send(messagesOutcome)),
    'stream.down.64B.each': part(small, receive(messagesOutcome)),
    'stream.up.64B.each': part(small, send(messagesOutcome)),
    'stream.down.64B.read': part(small, receive(messagesOutcome)),
    'records.down': part(recordsCargo, receive(messagesOutcome)),
    'records.up': part(recordsCargo, send(messagesOutcome)),
    ...bulkParts('64KiB', 65_536, part),
    ...bulkParts('1MiB', 1_048_576, part),
    'unary.c1': part(small, call(1)),
    'unary.c64': part(small, call(64)),
    'unary.beside-bulk': part(() => bytesCargo(BESIDE_BULK_BYTES), driveBesideBulk),
    'idle.rss': part(small, hold),
    'slow-reader.rss': part(() => bytesCargo(65_536, SLOW_READ_MS), receive(messagesOutcome)),
    'open.cold': part(small, open),
  };
}

function bulkParts(
  label: string,
  messageBytes: number,
  part: (makeCargo: () => Cargo, work: Work) => LoadSubject,
): Record<string, LoadSubject> {
  const cargo = (): Cargo => bytesCargo(messageBytes);
  const outcome = bytesOutcome(messageBytes);
  return {
    [`bulk.down.${label}`]: part(cargo, receive(outcome)),
    [`bulk.up.${label}`]: part(cargo, send(outcome)),
  };
}

function toSubject(library: PeerLibrary, cargo: Cargo, work: Work): Subject {
  return {
    serve: () => library.serve(cargo),
    connect: async (port) => {
      const client = await library.connect(port, cargo);
      return { run: (amount) => work(client, amount) };
    },
  };
}

function receive(outcome: ToOutcome): Work {
  return async (client, amount) => {
    const start = performance.now();
    await client.receive(amount);
    return outcome(amount, secondsSince(start));
  };
}

function send(outcome: ToOutcome): Work {
  return async (client, amount) => {
    const start = performance.now();
    await client.send(amount);
    return outcome(amount, secondsSince(start));
  };
}

function call(concurrency: number): Work {
  return (client, amount) => driveCalls((record) => client.echo(record), concurrency, amount);
}

/** Holds so many streams more. */
async function hold(client: PeerClient, amount: number): Promise<Outcome> {
  const start = performance.now();
  let last = 0;
  for (let i = 0; i < amount; i++) {
    const held = await client.hold();
    if (held <= last) throw new Error(`the server holds ${held} streams after ${last}`);
    last = held;
  }
  if (last < amount) throw new Error(`the server holds ${last} streams`);
  return { seconds: secondsSince(start), figures: {} };
}

async function open(client: PeerClient, amount: number): Promise<Outcome> {
  const start = performance.now();
  for (let number = 0; number < amount; number++) await client.sendOne(number);
  const sum = await client.sumOfEnded(amount);
  return openedOutcome(amount, sum, secondsSince(start));
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1e3;
}
