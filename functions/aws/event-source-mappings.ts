import { type LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import type { Mapping } from '../release/adoption/event-sources.ts';
import { allPages } from './pages.ts';

/** The event source mappings of a function, by whatever name they invoke it. */
export async function listMappings(lambda: LambdaClient, functionName: string): Promise<Mapping[]> {
  const mappings = await allPages(
    (Marker) => lambda.send(new ListEventSourceMappingsCommand({ FunctionName: functionName, Marker })),
    ({ EventSourceMappings, NextMarker }) => [EventSourceMappings, NextMarker],
  );
  return mappings.map(({ UUID, FunctionArn, EventSourceArn }) => ({ uuid: UUID!, functionArn: FunctionArn!, sourceArn: EventSourceArn }));
}
