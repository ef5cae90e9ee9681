import { NoReply, performFaulty } from './faults.ts';
import type { HttpApi } from './http-api.ts';
import { jsonResponse, toServiceError } from './json-protocol.ts';
import { operationOf } from './operation.ts';
import type { Introduced, UnsignedWireRequest } from './request-handler.ts';
import { type Caller, type Ground, ServiceError, type WireResponse, type WireService } from './service.ts';
import { checkSignature, type Identity, readSignature, type Signature } from './signature.ts';
import { xmlError } from './sts.ts';

export interface RouterOptions {
  /** By the name that signatures are scoped to: `monitoring` for CloudWatch, `states` for Step Functions. */
  services: Record<string, WireService>;
  httpApi: HttpApi;
  findIdentity(accessKeyId: string): Identity | undefined;
  /** With `faults`, calls go wrong; with `quotas`, those too many are refused. */
  ground: Ground;
  /** The machine's time: signature dates run on it. */
  machineNowMs(): number;
}

/** These answer 400 where the others answer 403 to a signature they do not accept. */
const PLAIN_400 = new Set(['dynamodb', 'events', 'states']);

/** The services that began with the query protocol have names of their own for the same errors. */
const QUERY_SERVICES = new Set(['monitoring', 'sts']);
const QUERY_CODES: Record<string, string> = {
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
  UnrecognizedClientException: 'InvalidClientTokenId',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  ThrottlingException: 'Throttling',
};

/** One door for all services: the scope of the signature says which one is meant, the path that an HTTP API is. */
export function createRouter({ services, httpApi, findIdentity, ground, machineNowMs }: RouterOptions) {
  const { region, faults } = ground;
  const byName = new Map(Object.entries(services));

  const authenticate = (request: UnsignedWireRequest, signature: Signature): Caller => {
    if (signature.region !== region) {
      const message = `Credential should be scoped to a valid region: the local AWS is ${region}, and this request is for ${signature.region}`;
      throw new ServiceError('InvalidSignatureException', message, 403);
    }
    return checkSignature(request, signature, findIdentity, machineNowMs());
  };

  const callApi = (request: UnsignedWireRequest): Promise<WireResponse> => {
    let caller: Caller | undefined;
    try {
      const signature = readSignature(request);
      if (signature?.service === 'execute-api') caller = authenticate(request, signature);
    } catch {
      // An HTTP API tells a caller it does not know only that: whether the route asks for one is its own matter.
    }
    return httpApi.handle({ ...request, caller });
  };

  const callService = async (request: UnsignedWireRequest, introduced?: Introduced): Promise<WireResponse> => {
    let name = introduced?.service ?? '';
    try {
      const signature = introduced ? undefined : readSignature(request);
      if (!signature && !introduced) throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
      name = signature?.service ?? name;
      const service = byName.get(name);
      if (!service) throw new ServiceError('UnknownServiceException', `the local AWS does not support the service ${name}`, 400);
      const caller = introduced?.caller ?? authenticate(request, signature!);
      const perform = () => {
        ground.quotas?.admitCall({ service: name, operation: operationOf(request) });
        return service.handle({ ...request, caller });
      };
      if (!faults) return await perform();
      const call = { caller: caller.arn, service: name, operation: operationOf(request) };
      return await performFaulty(ground, await faults.onCall?.(call), name, async () => {
        const answer = await perform();
        await faults.onAnswer?.(call, request, answer);
        return answer;
      });
    } catch (error) {
      if (error instanceof NoReply) throw error;
      return refusal(name, toServiceError(error));
    }
  };

  return (request: UnsignedWireRequest, introduced?: Introduced): Promise<WireResponse> =>
    request.path.startsWith('/execute-api/') ? callApi(request) : callService(request, introduced);
}

function refusal(service: string, { code: name, message, status, fields }: ServiceError): WireResponse {
  const code = QUERY_SERVICES.has(service) ? (QUERY_CODES[name] ?? name) : name;
  if (service === 'sts') return xmlError(code, message, status);
  const response = jsonResponse(status === 403 && PLAIN_400.has(service) ? 400 : status, { __type: code, message, ...fields });
  response.headers['x-amzn-errortype'] = code;
  if (service === 'monitoring') response.headers['x-amzn-query-error'] = `${code};Sender`;
  return response;
}
