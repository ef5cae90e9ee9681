import { randomUUID } from 'node:crypto';
import { cbor, tag } from '@smithy/core/cbor';
import { type Fields, isObject, type Operation, queryErrorHeader, toServiceError } from './json-protocol.ts';
import { ServiceError, type WireRequest, type WireResponse, type WireService } from './service.ts';
import { membersOf, type OperationModel, type Shape } from './service-model.ts';

export interface CborProtocol {
  /** As the path names it. */
  prefix: string;
  model: Map<string, OperationModel>;
  /** They take and answer what they do over JSON: times are seconds since 1970. */
  operations: Record<string, Operation>;
  queryErrors: Record<string, string>;
}

const PATH = /^\/service\/([^/]+)\/operation\/([^/]+)$/;
const EPOCH_SECONDS = 1;

/** A service over Smithy RPC v2 CBOR, which the newer SDKs (Java, Go, Rust) speak to CloudWatch: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
export function createCborService({ prefix, model, operations, queryErrors }: CborProtocol): Required<WireService> {
  const byName = new Map(Object.entries(operations));
  const inputOf = ({ path, body }: Pick<WireRequest, 'path' | 'body'>): Fields => {
    const shapes = model.get(cborOperationOf(path)?.name ?? '');
    return shapes ? (mapLeaves(shapes.input, readBody(body), readLeaf) as Fields) : {};
  };
  const run = async (request: WireRequest): Promise<unknown> => {
    const { service, name } = cborOperationOf(request.path) ?? { service: '', name: request.path };
    const operation = service === prefix ? byName.get(name) : undefined;
    const shapes = model.get(name);
    if (!operation || !shapes)
      throw new ServiceError('UnknownOperationException', `the local AWS does not support ${service}.${name}`, 404);
    const answer = await operation(inputOf(request), request);
    return mapLeaves(shapes.output, answer ?? {}, writeLeaf);
  };
  return {
    inputOf,
    async handle(request) {
      try {
        return cborResponse(200, await run(request));
      } catch (error) {
        return cborError(toServiceError(error), queryErrors);
      }
    },
  };
}

/** The operation that the path of an RPC v2 request names. */
export function cborOperationOf(path: string): { service: string; name: string } | undefined {
  const [, service, name] = PATH.exec(path) ?? [];
  return service && name ? { service, name } : undefined;
}

export const isCbor = ({ headers }: Pick<WireRequest, 'headers'>) => headers['smithy-protocol'] === 'rpc-v2-cbor';

export function cborError(error: ServiceError, queryErrors: Record<string, string> = {}): WireResponse {
  const response = cborResponse(error.status, { __type: error.code, message: error.message, ...error.fields });
  response.headers['x-amzn-query-error'] = queryErrorHeader(error, queryErrors);
  return response;
}

const cborResponse = (status: number, body: unknown): WireResponse => ({
  status,
  headers: { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor', 'x-amzn-requestid': randomUUID() },
  body: cbor.serialize(body),
});

function readBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = cbor.deserialize(body);
  } catch {
    throw new ServiceError('SerializationException', 'The request body is not valid CBOR');
  }
  if (!isObject(value)) throw new ServiceError('SerializationException', 'The request body must be a CBOR map');
  return value;
}

/** `value` with `leaf` applied to all that is neither list nor structure. Members that the shape does not have stay, for the operation to refuse. */
function mapLeaves(shape: Shape, value: unknown, leaf: (shape: Shape, value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return shape.isListSchema() ? value.map((item) => mapLeaves(shape.getValueSchema(), item, leaf)) : value;
  if (!isObject(value) || !shape.isStructSchema()) return value == null ? value : leaf(shape, value);
  const members = membersOf(shape);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    entries.map(([name, member]) => [name, members.has(name) ? mapLeaves(members.get(name)!, member, leaf) : member]),
  ) as Fields;
}

/** What JSON would have said: seconds for a tagged time, text for a number that is not finite. */
function readLeaf(shape: Shape, value: unknown): unknown {
  if (shape.isTimestampSchema() && isObject(value)) return Number(value.tag) === EPOCH_SECONDS ? Number(value.value) : value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** Only the shape tells a time from a number. */
const writeLeaf = (shape: Shape, value: unknown) => (shape.isTimestampSchema() ? tag({ tag: EPOCH_SECONDS, value }) : value);
