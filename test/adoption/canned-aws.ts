import { Readable } from 'node:stream';
import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Aws } from '../../functions/aws/connect.ts';
import { noSigner } from '../../local/request-handler.ts';

interface SdkRequest {
  method: string;
  path: string;
  query?: Record<string, string>;
  headers: Record<string, string>;
  body?: string;
}

/** The body of an answer, by "GET /v2/apis/a1b2c3d4/integrations" or "ListRuleNamesByTarget"; one that looks at the request may be a function. */
export type Canned = Record<string, object | ((request: SdkRequest) => object)>;

/** The SDK's clients, before an AWS that answers what is canned, in the services' wire formats, and 404 in their words to everything else. */
export function createCannedAws(canned: Canned): Pick<Aws, 'lambda' | 'events' | 'httpApis' | 'restApis'> {
  const requestHandler = {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest) {
      const target = request.headers['x-amz-target']?.split('.')[1];
      const found = canned[target ?? `${request.method} ${decodeURIComponent(request.path)}`];
      const body = typeof found === 'function' ? found(request) : (found ?? EMPTY[target ?? request.path]);
      return toResponse(request, body);
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
  const config = {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    signer: noSigner,
    requestHandler,
    maxAttempts: 1,
  };
  return {
    lambda: new LambdaClient(config),
    events: new EventBridgeClient(config),
    httpApis: new ApiGatewayV2Client(config),
    restApis: new APIGatewayClient(config),
  };
}

/** What a list without anything in it looks like. */
const EMPTY: Record<string, object> = {
  ListRuleNamesByTarget: { RuleNames: [] },
  '/2015-03-31/event-source-mappings': { NextMarker: null, EventSourceMappings: [] },
};

function toResponse({ path }: SdkRequest, body: object | undefined) {
  const isGateway = path.startsWith('/v2/') || path.startsWith('/restapis');
  const error = isGateway ? 'NotFoundException' : 'ResourceNotFoundException';
  const text = body ?? { Type: 'User', message: 'The resource you requested does not exist.' };
  return {
    response: {
      statusCode: body ? 200 : 404,
      headers: { 'content-type': 'application/json', ...(!body && { 'x-amzn-errortype': error }) },
      body: Readable.from([Buffer.from(JSON.stringify(text))], { objectMode: false }),
    },
  };
}
