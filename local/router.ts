import { NoReply, performFaulty } from './faults.ts';
import type { HttpApi } from './http-api.ts';
import type { Iam } from './iam/iam.ts';
import { toServiceError } from './json-protocol.ts';
import { operationOf } from './operation.ts';
import { refusal } from './refusal.ts';
import type { Introduced, UnsignedWireRequest } from './request-handler.ts';
import { type Caller, type Ground, ServiceError, type WireResponse, type WireService } from './service.ts';
import { checkSignature, type Identity, readSignature, type Signature } from './signature.ts';

export interface RouterOptions {
  /** By the name that signatures are scoped to: `monitoring` for CloudWatch, `states` for Step Functions. */
  services: Record<string, WireService>;
  httpApi: HttpApi;
  findIdentity(accessKeyId: string): Identity | undefined;
  iam: Pick<Iam, 'authorize' | 'mayCallApi'>;
  /** With `faults`, calls go wrong; with `quotas`, those too many are refused. */
  ground: Ground;
  /** The machine's time: signature dates run on it. */
  machineNowMs(): number;
}

/** On AWS the host name says which service is meant; behind this one door the operation's name does, where it has a prefix. */
const SERVICE_OF_TARGET: Record<string, string> = {
  AmazonEC2ContainerRegistry_V20150921: 'ecr',
  AWSEvents: 'events',
  AWSStepFunctions: 'states',
  DynamoDB_20120810: 'dynamodb',
  ResourceGroupsTaggingAPI_20170126: 'tagging',
  GraniteServiceVersion20100801: 'monitoring',
};

/** One door for all services: the scope of the signature says which one is meant, the path that an HTTP API is. */
export function createRouter({ services, httpApi, findIdentity, iam, ground, machineNowMs }: RouterOptions) {
  const { region, faults } = ground;
  const byName = new Map(Object.entries(services));

  const authenticate = (request: UnsignedWireRequest, signature: Signature): Caller => {
    if (signature.region !== region) {
      const message = `Credential should be scoped to a valid region, not '${signature.region}': the local AWS is ${region}.`;
      throw new ServiceError('InvalidSignatureException', message, 403);
    }
    return checkSignature(request, signature, findIdentity, machineNowMs());
  };

  const callApi = async (request: UnsignedWireRequest): Promise<WireResponse> => {
    let caller: Caller | undefined;
    try {
      const signature = readSignature(request);
      if (signature?.service === 'execute-api') caller = authenticate(request, signature);
    } catch {
      // An HTTP API tells a caller it does not know only that: whether the route asks for one is its own matter.
    }
    if (caller && !(await iam.mayCallApi(caller, request))) caller = undefined;
    return httpApi.handle({ ...request, caller });
  };

  const callService = async (request: UnsignedWireRequest, introduced?: Introduced): Promise<WireResponse> => {
    const meant = SERVICE_OF_TARGET[request.headers['x-amz-target']?.split('.')[0] ?? ''];
    let name = introduced?.service ?? meant ?? '';
    try {
      const signature = introduced ? undefined : readSignature(request);
      if (!signature && !introduced) throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
      if (signature && meant && signature.service !== meant) {
        throw new ServiceError('InvalidSignatureException', `Credential should be scoped to correct service: '${meant}'.`, 403);
      }
      name = signature?.service ?? name;
      const service = byName.get(name);
      if (!service) throw unsupported(name, operationOf(request, name), [...byName.keys()]);
      const caller = introduced?.caller ?? authenticate(request, signature!);
      const operation = operationOf(request, name);
      await iam.authorize({ caller, service: name, operation, request, inputOf: service.inputOf });
      const perform = () => {
        ground.quotas?.admitCall({ service: name, operation });
        return service.handle({ ...request, caller });
      };
      if (!faults) return await perform();
      const call = { caller: caller.arn, service: name, operation };
      return await performFaulty(ground, await faults.onCall?.(call), name, async () => {
        const answer = await perform();
        await faults.onAnswer?.(call, request, answer);
        return answer;
      });
    } catch (error) {
      if (error instanceof NoReply) throw error;
      return refusal(request, name, toServiceError(error));
    }
  };

  return (request: UnsignedWireRequest, introduced?: Introduced): Promise<WireResponse> =>
    request.path.startsWith('/execute-api/') ? callApi(request) : callService(request, introduced);
}

/** That AWS has the service and this does not, in one line for whoever asked. */
const unsupported = (name: string, operation: string, known: string[]) =>
  new ServiceError('UnknownOperationException', `the local AWS does not support ${operation} of ${name}: it has ${known.join(', ')} only`);
