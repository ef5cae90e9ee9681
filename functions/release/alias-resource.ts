/** `Custom::TealAlias`: what CloudFormation asks for, and what it is answered. The stack owns that the alias exists; Teal owns where it points. */

import { withoutServingNote } from './serving-note.ts';

/** What CloudFormation sends (User Guide, "Custom resource request objects"); of the properties every value is text. */
export interface ResourceRequest {
  RequestType: 'Create' | 'Update' | 'Delete';
  /** A presigned URL: whoever knows it may answer. */
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  /** With Update and Delete. */
  PhysicalResourceId?: string;
  ResourceProperties: Record<string, unknown>;
}

/** What CloudFormation waits for, an hour unless the template's ServiceTimeout says less. */
export interface ResourceAnswer {
  Status: 'SUCCESS' | 'FAILED';
  Reason?: string;
  PhysicalResourceId: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  Data?: { AliasArn: string; AliasName: string; FunctionName: string };
}

/** An alias as a stack names it: of the function's name or ARN. */
export interface NamedAlias {
  function: string;
  alias: string;
}

export type Errand =
  | { act: 'make'; named: NamedAlias } // unless it is there
  | { act: 'delete'; named: NamedAlias; arn: string } // unless somebody else made it
  | { act: 'nothing'; why: string };

/** Something that cannot be; the message says what to do. */
export class Refusal extends Error {
  override name = 'Refusal';
}

/** The id of an alias that could not be made. What CloudFormation deletes under it in a rollback was never there. */
export const NEVER_MADE = 'never-made';

const PROPERTIES = ['ServiceToken', 'ServiceTimeout', 'FunctionName', 'AliasName', 'OnDelete'];

/**
 * What a request takes. Update is Create once more: an alias that is there stays as it is, one that somebody deleted is
 * made again, and another function or alias is another physical id, after which CloudFormation deletes the old one.
 * Throws a Refusal.
 */
export function readErrand({ RequestType, PhysicalResourceId, ResourceProperties }: ResourceRequest): Errand {
  if (RequestType !== 'Delete') return { act: 'make', named: readNames(ResourceProperties) };

  // The properties of what could not be made may be wrong, and a request without an answer leaves an id that CloudFormation made up.
  const [, name, alias] = /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:([\w-]+):([\w-]+)$/.exec(PhysicalResourceId ?? '') ?? [];
  if (!name || !alias) return { act: 'nothing', why: `${PhysicalResourceId} was never made` };
  if (ResourceProperties.OnDelete !== 'delete') return { act: 'nothing', why: `${PhysicalResourceId} is kept: OnDelete is not delete` };
  return { act: 'delete', named: { function: name, alias }, arn: PhysicalResourceId! };
}

function readNames(properties: Record<string, unknown>): NamedAlias {
  const unknown = Object.keys(properties).filter((name) => !PROPERTIES.includes(name));
  if (unknown.length > 0) throw new Refusal(`Custom::TealAlias has no property ${unknown.join(', ')}. It has ${PROPERTIES.join(', ')}.`);
  const { FunctionName, AliasName = 'live', OnDelete = 'keep' } = properties;
  if (typeof FunctionName !== 'string' || !/^([\w-]{1,64}|arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]{1,64})$/.test(FunctionName))
    throw new Refusal(
      `FunctionName is ${told(FunctionName)}. It is the name or the ARN of a function, without a version or an alias: !Ref OrdersFunction.`,
    );
  // Lambda takes digits for a version.
  if (typeof AliasName !== 'string' || !/^(?!\d+$)[\w-]{1,128}$/.test(AliasName))
    throw new Refusal(`AliasName is ${told(AliasName)}. It has 1 to 128 letters, digits, - and _, not digits alone; $LATEST is no alias.`);
  if (OnDelete !== 'keep' && OnDelete !== 'delete')
    throw new Refusal(`OnDelete is ${told(OnDelete)}. It is keep (the default: whoever calls the alias goes on being served) or delete.`);
  return { function: FunctionName, alias: AliasName };
}

const told = (value: unknown) => (value === undefined ? 'missing' : (JSON.stringify(value) ?? String(value)).slice(0, 200));

/**
 * The description of an alias that a stack makes. Only what carries it is deleted with OnDelete: delete, so that a rollback never
 * takes an alias that was there before. At most 220 characters, of Lambda's 256: a stack's name has 128, and a release's note goes
 * behind it where there is room.
 */
export function madeFor(stackId: string): string {
  // arn:aws:cloudformation:eu-west-1:123456789012:stack/orders-prod/1a2b…
  const [, name, uuid] = stackId.split('/');
  return `Made for the stack ${name} (${uuid}); Teal moves it.`;
}

/** Whether this stack made an alias of this description, and so may delete it. */
export const isMadeFor = (stackId: string, description: string | undefined) => withoutServingNote(description) === madeFor(stackId);

/** The answer to what went well. `arn` is the alias's, and becomes the physical id, as it is of AWS::Lambda::Alias. */
export function succeeded(request: ResourceRequest, arn: string): ResourceAnswer {
  const [functionName, alias] = arn.split(':').slice(-2);
  return {
    ...answerTo(request),
    Status: 'SUCCESS',
    PhysicalResourceId: arn,
    Data: { AliasArn: arn, AliasName: alias!, FunctionName: functionName! },
  };
}

/** The answer after a Delete, whose physical id must be the one that was asked about. */
export const deleted = (request: ResourceRequest): ResourceAnswer => ({ ...answerTo(request), Status: 'SUCCESS' });

/** The answer to what went wrong, in words for whoever reads the stack's events. */
export function failed(request: ResourceRequest, reason: string): ResourceAnswer {
  return { ...answerTo(request), Status: 'FAILED', Reason: firstBytes(reason, MOST_REASON_BYTES) };
}

const answerTo = ({ PhysicalResourceId = NEVER_MADE, StackId, RequestId, LogicalResourceId }: ResourceRequest) => ({
  PhysicalResourceId,
  StackId,
  RequestId,
  LogicalResourceId,
});

/** CloudFormation takes 4096 bytes in all; the ids have at most 1.6 KB of them. Escaped in JSON a character may have six bytes. */
const MOST_REASON_BYTES = 2048;

function firstBytes(text: string, most: number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > most - 3) return `${kept}…`;
    kept += character;
  }
  return kept;
}

/** Why a request failed, from what was thrown. `where` says where the log is. */
export function reasonOf(error: unknown, named: NamedAlias | undefined, where: string): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === 'Refusal') return message;
  const what = named ? `Alias ${named.alias} of ${named.function}: ` : '';
  if (name === 'AccessDeniedException')
    return `${what}Teal may not do this: ${message}. Its parameter releasableFunctions says which functions Teal may touch: add this one and deploy Teal again, then this stack.`;
  if (name === 'VersionNotActive') return `${what}${message}. Teal waited as long as it could: deploy again once the function is ready.`;
  if (name === 'AwsUnavailable') return `${what}AWS did not answer in time (${message}). Deploy again.`;
  return `${what}${name}: ${message}. Deploy again; if it goes on, ${where} says more.`;
}
