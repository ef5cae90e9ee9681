import type { ResourceAnswer } from '../../functions/release/alias-resource.ts';
import type { World } from './open-world.ts';

export const STACK_ID = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/orders-prod/0b6f7d20-1a2b-11f0-8c3d-0a1b2c3d4e5f';

/** What a request says that is not always the same. */
export interface Asked {
  RequestType?: 'Create' | 'Update' | 'Delete';
  PhysicalResourceId?: string;
  StackId?: string;
  ResourceProperties?: Record<string, string>;
}

let requests = 0;

/** Hands a request to the function of Custom::TealAlias as CloudFormation does; its answer. Throws when there is none, or one that CloudFormation does not take. */
export async function askAliasResource(world: World, { ResourceProperties, ...asked }: Asked): Promise<ResourceAnswer> {
  const request = { StackId: STACK_ID, RequestId: `request-${++requests}`, LogicalResourceId: 'OrdersLive' };
  const { url: ResponseURL, answer: answered } = world.aws.responses.expect(request.RequestId, 3_600_000);
  const event = {
    RequestType: 'Create',
    ResponseURL,
    ResourceType: 'Custom::TealAlias',
    ...request,
    ...asked,
    ResourceProperties: { ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:teal-prod-aliasResource', ...ResourceProperties },
  };
  const { FunctionError, Payload } = await world.meanwhile(world.invoke('aliasResource', event));
  if (FunctionError) throw new Error(`it was not answered: ${Buffer.from(Payload!).toString()}`);
  const text = (await answered)!.toString();
  if (Buffer.byteLength(text) > 4096) throw new Error(`the answer has ${Buffer.byteLength(text)} bytes`);
  const answer = JSON.parse(text) as ResourceAnswer;
  for (const name of ['StackId', 'RequestId', 'LogicalResourceId'] as const) {
    if (answer[name] !== event[name]) throw new Error(`the answer does not copy ${name}`);
  }
  return answer;
}
