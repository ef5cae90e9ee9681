/** What an adoption answers: what was made of a function, and who calls it still by its bare name. */

/** A function that has its alias now. */
export interface Adopted {
  function: string;
  alias: string;
  /** "arn:aws:lambda:eu-west-1:123456789012:function:orders-api" */
  functionArn: string;
  aliasArn: string;
  region: string;
  accountId: string;
  /** The CloudFormation stack that deploys it. */
  stack?: string;
}

export type CallerKind =
  | 'api-integration' // of an HTTP or WebSocket API
  | 'api-authorizer'
  | 'rest-api-integration'
  | 'rest-api-authorizer'
  | 'rest-api-stage-variable'
  | 'event-source-mapping'
  | 'event-rule'
  | 'function-url'
  | 'permission'; // someone whose own settings Teal cannot read

/** Someone who invokes the bare function. */
export interface Caller {
  kind: CallerKind;
  where: Record<string, string | string[]>;
  change: Change;
}

/** What to do, in this order: the commands, and what the words say beside. */
export interface Change {
  commands: string[];
  words: string[];
}

/** Reads what an ARN of an alias says. */
export function adoptedBy(functionName: string, alias: string, aliasArn: string, stack: string | undefined): Adopted {
  const functionArn = aliasArn.slice(0, -alias.length - 1);
  const [, , , region, accountId] = functionArn.split(':');
  return { function: functionName, alias, functionArn, aliasArn, region: region!, accountId: accountId!, stack };
}

/** A change with what holds of each: that the stack which deploys the function must say the same. */
export function change({ stack }: Adopted, commands: string[], words: string[] = []): Change {
  return {
    commands,
    words:
      stack === undefined
        ? words
        : [
            ...words,
            `${stack} is the CloudFormation stack of the function: make the change in its template too, or the next deploy that touches it undoes it`,
          ],
  };
}

/** Whether an ARN is the function itself, or its $LATEST. */
export const isBare = ({ functionArn }: Adopted, arn: string | undefined): boolean =>
  arn === functionArn || arn === `${functionArn}:$LATEST`;

/**
 * The address of an integration or an authorizer with the alias in place of the bare function; undefined when it is not the bare
 * function's. API Gateway has two forms: the function's ARN, and `arn:aws:apigateway:…:lambda:path/2015-03-31/functions/<ARN>/invocations`
 * (`…/2021-11-15/functions/<ARN>/response-streaming-invocations` where the answer is a stream).
 */
export function withAlias(adopted: Adopted, uri: string | undefined): string | undefined {
  const [, before = '', arn, after = ''] =
    /^(arn:[^/]+:lambda:path\/[\d-]+\/functions\/)?(arn:[^/]+?)(\/(?:response-streaming-)?invocations)?$/.exec(uri ?? '') ?? [];
  return isBare(adopted, arn) ? `${before}${adopted.aliasArn}${after}` : undefined;
}

/** What an adoption cannot see, and so says. */
export const NOT_SEEN = [
  'callers that name the function in their own code or environment: SDK calls, the AWS CLI, other functions, other accounts and regions',
  'EventBridge Scheduler, EventBridge Pipes and Step Functions: they call by roles of their own, and their definitions name the function',
  'APIs that call by a role of their own and that no permission of the function names; HTTP APIs that name it by a stage variable; rules of event buses that no permission names',
  'the policies of those roles: one that allows the ARN of the function alone does not allow that of its alias',
];
