/** Imported as `sluice/blob`: bytes and files over streams. */

export type { BlobProgress, BlobReport } from './blob/blob-meter.ts';
export type { BlobOptions, SendBlobOptions } from './blob/blob-options.ts';
export { blobOf, fileBlob } from './blob/blob.ts';
export type { BlobChecksum } from './blob/checksum.ts';
export type { SendFileOptions } from './blob/file-content.ts';
export type { BlobSource } from './blob/incoming-blob.ts';
export { partialBytes } from './blob/partial-file.ts';
export { receiveBytes } from './blob/receive-bytes.ts';
export { receiveFile, type ReceiveFileOptions } from './blob/receive-file.ts';
export { receiveInto, type ReceiveIntoOptions } from './blob/receive-into.ts';
export type { ReceiveBlobOptions } from './blob/receive-options.ts';
export { sendBytes, sendFile, sendFrom } from './blob/send.ts';
