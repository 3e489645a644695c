import { create, createFileRegistry, type Message } from '@bufbuild/protobuf';
import type { GenMessage, GenService } from '@bufbuild/protobuf/codegenv2';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type as FieldType,
  FileDescriptorProtoSchema,
  type MethodDescriptorProto,
  MethodDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

import type { BenchRecord } from '../../support/records.ts';

export type BytesMessage = Message<'Bytes'> & { data: Uint8Array };
export type RecordMessage = Message<'Record'> & BenchRecord;
export type NumberMessage = Message<'Number'> & { value: number };

const FILE = create(FileDescriptorProtoSchema, {
  name: 'bench.proto',
  syntax: 'proto3',
  messageType: [
    message('Bytes', { data: FieldType.BYTES }),
    message('Record', { seq: FieldType.INT32, key: FieldType.STRING, value: FieldType.STRING }),
    message('Number', { value: FieldType.DOUBLE }),
  ],
  service: [
    {
      name: 'Bench',
      method: [
        method('Echo', 'Record', 'Record'),
        method('ProduceBytes', 'Number', 'Bytes', 'down'),
        method('ProduceRecords', 'Number', 'Record', 'down'),
        method('TakeBytes', 'Bytes', 'Number', 'up'),
        method('TakeRecords', 'Record', 'Number', 'up'),
        method('Hold', 'Number', 'Number', 'both'),
        method('TakeOne', 'Number', 'Number', 'up'),
        method('SumOfEnded', 'Number', 'Number'),
      ],
    },
  ],
});

// Descriptors are read when messages are, so that nothing is lost for lack of a generated file, which
// would hold the same descriptor. The types below are what it would declare.
const registry = createFileRegistry(FILE, () => undefined);

export const BytesSchema = registry.getMessage('Bytes') as unknown as GenMessage<BytesMessage>;
export const RecordSchema = registry.getMessage('Record') as unknown as GenMessage<RecordMessage>;
export const NumberSchema = registry.getMessage('Number') as unknown as GenMessage<NumberMessage>;

type Bytes = typeof BytesSchema;
type Record = typeof RecordSchema;
type Number = typeof NumberSchema;

export const Bench = registry.getService('Bench') as unknown as GenService<{
  echo: { methodKind: 'unary'; input: Record; output: Record };
  produceBytes: { methodKind: 'server_streaming'; input: Number; output: Bytes };
  produceRecords: { methodKind: 'server_streaming'; input: Number; output: Record };
  takeBytes: { methodKind: 'client_streaming'; input: Bytes; output: Number };
  takeRecords: { methodKind: 'client_streaming'; input: Record; output: Number };
  hold: { methodKind: 'bidi_streaming'; input: Number; output: Number };
  takeOne: { methodKind: 'client_streaming'; input: Number; output: Number };
  sumOfEnded: { methodKind: 'unary'; input: Number; output: Number };
}>;

function message(name: string, fields: { readonly [field: string]: FieldType }): DescriptorProto {
  return create(DescriptorProtoSchema, {
    name,
    field: Object.entries(fields).map(([field, type], i) => ({
      name: field,
      number: i + 1,
      type,
      label: FieldDescriptorProto_Label.OPTIONAL,
      jsonName: field,
    })),
  });
}

function method(
  name: string,
  input: string,
  output: string,
  streams?: 'down' | 'up' | 'both',
): MethodDescriptorProto {
  return create(MethodDescriptorProtoSchema, {
    name,
    inputType: `.${input}`,
    outputType: `.${output}`,
    clientStreaming: streams === 'up' || streams === 'both',
    serverStreaming: streams === 'down' || streams === 'both',
  });
}
