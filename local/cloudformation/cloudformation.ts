import * as sdk from '@aws-sdk/client-cloudformation';
import { createQueryService } from '../query-protocol.ts';
import type { WireService } from '../service.ts';
import { readModel } from '../service-model.ts';
import { createReads } from './reads.ts';
import type { Stacks } from './stacks.ts';

const MODEL = readModel(sdk);

/** CloudFormation over its wire. What it does not know it refuses by name. */
export const createCloudFormation = (stacks: Stacks): Required<WireService> =>
  createQueryService({
    service: 'CloudFormation',
    version: '2010-05-15',
    namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    model: MODEL,
    operations: createReads(stacks),
  });
