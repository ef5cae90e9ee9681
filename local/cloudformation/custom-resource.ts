import { InvokeCommand } from '@aws-sdk/client-lambda';
import { isObject, type Json, type JsonObject } from './intrinsics.ts';
import type { Context, Created, ResourceType } from './resources.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html */
const LARGEST_ANSWER_BYTES = 4096;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html */
const LONGEST_SERVICE_TIMEOUT_SECONDS = 3600;

export const isCustom = (type: string) => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';

type Asked =
  | { RequestType: 'Create' }
  | { RequestType: 'Update'; PhysicalResourceId: string; OldResourceProperties: Json }
  | { RequestType: 'Delete'; PhysicalResourceId: string };

/** A resource that a function of this account makes: it is invoked with each request, and answers by a PUT to the request's ResponseURL. */
export const customResource: ResourceType = {
  properties: 'any',
  attributes: 'any',
  create: (properties, context) => ask({ RequestType: 'Create' }, properties, context),
  update(properties, { physicalId, properties: had }, context) {
    if (properties.ServiceToken !== had.ServiceToken) throw new Error('Modifying service token is not allowed.');
    return ask({ RequestType: 'Update', PhysicalResourceId: physicalId, OldResourceProperties: had }, properties, context);
  },
  remove: ({ physicalId, properties }, context) => ask({ RequestType: 'Delete', PhysicalResourceId: physicalId }, properties, context),
};

/** What a function said when it failed: that it has made something all the same. */
export class CustomResourceFailure extends Error {
  readonly physicalId?: string;
  constructor(message: string, physicalId: unknown) {
    super(message);
    this.name = 'CustomResourceFailure';
    if (typeof physicalId === 'string' && physicalId !== '') this.physicalId = physicalId;
  }
}

/** Throws, in CloudFormation's words, when the function fails, says what cannot be read, or does not answer in time. */
async function ask(asked: Asked, properties: JsonObject, context: Context): Promise<Created> {
  const { clients, stack, logicalId, type, responses, newId, work } = context;
  const requestId = newId();
  const place = `${stack.id}|${logicalId}|${requestId}`;
  const { url, answer } = responses.expect(place, timeoutSecondsOf(properties) * 1000);
  const functionArn = functionOf(properties, context);
  const event = {
    ...asked,
    ServiceToken: functionArn,
    ResponseURL: url,
    StackId: stack.id,
    RequestId: requestId,
    LogicalResourceId: logicalId,
    ResourceType: type,
    ResourceProperties: asTexts(properties),
    ...('OldResourceProperties' in asked && { OldResourceProperties: asTexts(asked.OldResourceProperties) }),
  };
  const Payload = Buffer.from(JSON.stringify(event));
  await clients.lambda.send(new InvokeCommand({ FunctionName: functionArn, InvocationType: 'Event', Payload })).catch((error: Error) => {
    // By its name it might be taken for one about the resource: that this is gone.
    throw new Error(error.message, { cause: error });
  });
  const body = await work.hold(answer);
  if (!body) {
    throw new Error(
      `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${requestId}].`,
    );
  }
  return readAnswer(body, { StackId: stack.id, RequestId: requestId, LogicalResourceId: logicalId });
}

function functionOf({ ServiceToken: token }: JsonObject, { region, accountId }: Context): string {
  const ours = `arn:aws:lambda:${region}:${accountId}:function:`;
  if (typeof token === 'string' && token.startsWith(ours)) return token;
  throw new Error(`the local AWS takes the ARN of one of its functions as ServiceToken, not ${JSON.stringify(token ?? null)}`);
}

function timeoutSecondsOf({ ServiceTimeout = LONGEST_SERVICE_TIMEOUT_SECONDS }: JsonObject): number {
  const seconds = Number(ServiceTimeout);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST_SERVICE_TIMEOUT_SECONDS) return seconds;
  throw new Error(`ServiceTimeout is a whole number of seconds from 1 to ${LONGEST_SERVICE_TIMEOUT_SECONDS}, not ${ServiceTimeout}`);
}

/** CloudFormation hands a function every value as text. */
function asTexts(value: Json): Json {
  if (Array.isArray(value)) return value.map(asTexts);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asTexts(item)]));
  return String(value);
}

function readAnswer(body: Buffer, copied: Record<string, string>): Created {
  if (body.length > LARGEST_ANSWER_BYTES) throw new Error('Response object is too long.');
  const answer = parse(body);
  for (const [name, value] of Object.entries(copied)) {
    if (answer[name] !== value) throw new Error(`the response of a custom resource must copy ${name} from its request`);
  }
  if (answer.Status === 'FAILED') {
    const reason = `Message returned: ${answer.Reason ?? ''} (RequestId: ${copied.RequestId})`;
    throw new CustomResourceFailure(`Received response status [FAILED] from custom resource. ${reason}`, answer.PhysicalResourceId);
  }
  if (answer.Status !== 'SUCCESS') throw new Error(`Invalid Status in the response of a custom resource: ${answer.Status}`);
  const physicalId = answer.PhysicalResourceId;
  if (typeof physicalId !== 'string' || physicalId === '') throw new Error('Invalid PhysicalResourceId');
  const data = answer.Data ?? {};
  if (!isObject(data)) throw new Error('Data in the response of a custom resource is not an object');
  return { physicalId, attributes: Object.fromEntries(Object.entries(data).map(([name, value]) => [name, attributeText(name, value)])) };
}

function parse(body: Buffer): JsonObject {
  let parsed: Json | undefined;
  try {
    parsed = JSON.parse(body.toString()) as Json;
  } catch {}
  if (!isObject(parsed)) throw new Error('Invalid response object: it is not a JSON object');
  return parsed;
}

function attributeText(name: string, value: Json): string {
  if (typeof value !== 'object') return String(value);
  throw new Error(`the local AWS does not support the list or object ${name} in the Data of a custom resource`);
}
