import * as sdk from '@aws-sdk/client-cloudformation';
import { createQueryService } from '../query-protocol.ts';
import type { WireService } from '../service.ts';
import { readModel } from '../service-model.ts';
import { createChangeSets } from './change-sets.ts';
import { type ClientConfig, createClients } from './clients.ts';
import { createReads } from './reads.ts';
import type { Surroundings } from './resources.ts';
import { createStackLifecycle } from './stack-lifecycle.ts';
import { createTemplateSummaries } from './template-summary.ts';
import { createWrites } from './writes.ts';

const MODEL = readModel(sdk);

/** CloudFormation over its wire. What it does not know it refuses by name. */
export function createCloudFormation(
  clientConfig: ClientConfig,
  account: Omit<Surroundings, 'clients' | 'readZip'>,
): Required<WireService> {
  const { stacks, buckets } = account;
  const surroundings: Surroundings = {
    ...account,
    clients: createClients(clientConfig),
    readZip: (s3Bucket, s3Key) => buckets.object(s3Bucket, s3Key).body,
  };
  const lifecycle = createStackLifecycle(surroundings);
  return createQueryService({
    service: 'CloudFormation',
    version: '2010-05-15',
    namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    model: MODEL,
    operations: {
      ...createReads(stacks),
      ...createTemplateSummaries(surroundings),
      ...createWrites(surroundings, lifecycle),
      ...createChangeSets(surroundings, lifecycle),
    },
  });
}
