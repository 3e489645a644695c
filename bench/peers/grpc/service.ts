import type { MethodDefinition } from '@grpc/grpc-js';

import type { BenchRecord } from '../../support/records.ts';
import type { Cargo } from '../support/cargo.ts';
import { bytesCodec, type Codec, numberCodec, recordCodec } from './codec.ts';

/** What a message with a number is. */
export interface Numbered {
  readonly value: number;
}

/** Metadata that announces how many messages a stream carries. */
export const COUNT_KEY = 'count';

/** Options of both sides that let bulk flow, two to three times as fast as with a window of 64 KiB. */
export const CHANNEL_OPTIONS = {
  'grpc-node.flow_control_window': 4_194_304,
  'grpc.max_receive_message_length': -1,
};

/** The methods, by the format of the cargo. */
export function benchMethods(cargo: Cargo): {
  readonly echo: MethodDefinition<BenchRecord, BenchRecord>;
  readonly produce: MethodDefinition<Numbered, unknown>;
  readonly take: MethodDefinition<unknown, Numbered>;
  readonly hold: MethodDefinition<Numbered, Numbered>;
  readonly takeOne: MethodDefinition<Numbered, Numbered>;
  readonly sumOfEnded: MethodDefinition<Numbered, Numbered>;
} {
  // Messages of the cargo are of the kind that the codec takes.
  const cargoCodec = (cargo.kind === 'bytes' ? bytesCodec : recordCodec) as Codec<unknown>;
  return {
    echo: method('echo', '', recordCodec, recordCodec),
    produce: method('produce', 'down', numberCodec, cargoCodec),
    take: method('take', 'up', cargoCodec, numberCodec),
    hold: method('hold', 'both', numberCodec, numberCodec),
    takeOne: method('takeOne', 'up', numberCodec, numberCodec),
    sumOfEnded: method('sumOfEnded', '', numberCodec, numberCodec),
  };
}

/** A method, by the ends that stream. */
export function method<Request, Response>(
  name: string,
  streams: '' | 'down' | 'up' | 'both',
  request: Codec<Request>,
  response: Codec<Response>,
): MethodDefinition<Request, Response> {
  return {
    path: `/Bench/${name}`,
    requestStream: streams === 'up' || streams === 'both',
    responseStream: streams === 'down' || streams === 'both',
    requestSerialize: request.serialize,
    requestDeserialize: request.deserialize,
    responseSerialize: response.serialize,
    responseDeserialize: response.deserialize,
  };
}
