import * as sdk from '@aws-sdk/client-sts';
import { userIdOf } from './identities.ts';
import { type Fields, refuseUnknownKeys } from './json-protocol.ts';
import { createQueryService } from './query-protocol.ts';
import type { WireRequest, WireService } from './service.ts';
import { readModel } from './service-model.ts';

const MODEL = readModel(sdk);

/** STS as far as `aws sts get-caller-identity`: the one call with which people check whose credentials they hold. */
export const createSts = ({ accountId }: { accountId: string }): WireService =>
  createQueryService({
    service: 'STS',
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    model: MODEL,
    operations: {
      GetCallerIdentity(input: Fields, { caller }: WireRequest) {
        refuseUnknownKeys(input, [], 'GetCallerIdentity');
        return { Arn: caller.arn, UserId: userIdOf(caller.arn), Account: accountId };
      },
    },
  });
