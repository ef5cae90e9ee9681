import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticOperationSchema } from '@smithy/types';

export type Shape = NormalizedSchema;

/** One operation of a service as AWS models it. */
export interface OperationModel {
  name: string;
  input: Shape;
  output: Shape;
  /** How a REST service spells it; a part of the path in braces stands for one segment. */
  http?: { method: string; path: string };
}

const OPERATION = 9;

/** The operations of a service by name, read from its SDK client: each carries AWS's own model of its service. */
export function readModel(sdkClient: object): Map<string, OperationModel> {
  const operations = Object.values(sdkClient).filter(
    (value): value is StaticOperationSchema => Array.isArray(value) && value[0] === OPERATION,
  );
  return new Map(operations.map((schema) => [schema[2], toOperation(schema)]));
}

function toOperation([, , name, traits, input, output]: StaticOperationSchema): OperationModel {
  const http = typeof traits === 'object' ? traits.http : undefined;
  return {
    name,
    input: NormalizedSchema.of(input),
    output: NormalizedSchema.of(output),
    http: http && { method: http[0], path: http[1] },
  };
}

/** The members of a structure. */
export const membersOf = (shape: Shape): Map<string, Shape> => new Map(shape.structIterator());
