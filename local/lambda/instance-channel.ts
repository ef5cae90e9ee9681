/**
 * What the host and an instance say to each other, over a pipe each way: frames of two lengths (32 bits), a JSON header and a payload.
 * Not Node's own child process channel, because there a function that writes nonsense into it takes the host down.
 */
export interface Frame<Header> {
  header: Header;
  payload: Buffer;
}

/** The pipes, as an instance has them. */
export const TO_INSTANCE_FD = 3;
export const FROM_INSTANCE_FD = 4;

/** The host gives an instance one request at a time; the payload is the event. */
export interface ToInstance {
  requestId: string;
  invokedFunctionArn: string;
  traceId?: string;
  /** Machine time in milliseconds since 1970 at which the function times out. */
  deadlineMs: number;
}

/** The payload is what was printed, the answer, or the error's JSON text. An answer over 6 MB comes without payload. */
export type FromInstance = { type: 'ready' | 'init-error' | 'log' } | Answered;

export interface Answered {
  type: 'answer';
  isError: boolean;
  isTooLarge: boolean;
  /** The instance ends after it: a request that is still sent to it would fail with it. */
  isLast: boolean;
  durationMs: number;
  /** The most resident memory that the instance has had after a request. */
  peakMemoryMb: number;
}

const LENGTHS_BYTES = 8;
const LARGEST_HEADER_BYTES = 65_536;
const LARGEST_PAYLOAD_BYTES = 16 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

export function toBytes<Header>(header: Header, payload: string | Uint8Array = NOTHING): Buffer {
  const head = Buffer.from(JSON.stringify(header));
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const lengths = Buffer.alloc(LENGTHS_BYTES);
  lengths.writeUInt32BE(head.length, 0);
  lengths.writeUInt32BE(body.length, 4);
  return Buffer.concat([lengths, head, body]);
}

const isCount = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isFlag = (value: unknown) => typeof value === 'boolean';
const PARTS_OF_ANSWER: Record<Exclude<keyof Answered, 'type'>, (value: unknown) => boolean> = {
  isError: isFlag,
  isTooLarge: isFlag,
  isLast: isFlag,
  durationMs: isCount,
  peakMemoryMb: isCount,
};

/** A function may write into the pipe itself. Throws when `header` is none of an instance's. */
export function readFromInstance(header: unknown): FromInstance {
  const given = Object(header) as Record<string, unknown>;
  const isKnown =
    given.type === 'answer'
      ? Object.entries(PARTS_OF_ANSWER).every(([name, isSound]) => isSound(given[name]))
      : ['ready', 'init-error', 'log'].includes(given.type as string);
  if (!isKnown) throw new Error('the pipe carries no frames');
  return header as FromInstance;
}

/** Takes the bytes of a pipe as they come and gives `onFrame` each whole frame. Throws when the bytes are no frames. */
export function createFrameReader<Header>(onFrame: (frame: Frame<Header>) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let wantedBytes = LENGTHS_BYTES;

  return (chunk) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < wantedBytes) return;
    let rest = chunks.length === 1 ? chunk : Buffer.concat(chunks, bytes);
    for (wantedBytes = frameBytes(rest); rest.length >= wantedBytes; wantedBytes = frameBytes(rest)) {
      onFrame(toFrame(rest.subarray(0, wantedBytes)));
      rest = rest.subarray(wantedBytes);
    }
    chunks = rest.length ? [rest] : [];
    bytes = rest.length;
  };
}

/** How long the frame is that `bytes` begins with, as far as one can tell. */
function frameBytes(bytes: Buffer): number {
  if (bytes.length < LENGTHS_BYTES) return LENGTHS_BYTES;
  const [headerBytes, payloadBytes] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  if (headerBytes > LARGEST_HEADER_BYTES || payloadBytes > LARGEST_PAYLOAD_BYTES) throw new Error('the pipe carries no frames');
  return LENGTHS_BYTES + headerBytes + payloadBytes;
}

function toFrame<Header>(frame: Buffer): Frame<Header> {
  const payloadAt = LENGTHS_BYTES + frame.readUInt32BE(0);
  return { header: JSON.parse(frame.toString('utf8', LENGTHS_BYTES, payloadAt)), payload: frame.subarray(payloadAt) };
}
