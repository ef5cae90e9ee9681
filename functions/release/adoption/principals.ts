import { apiIdOf } from './apis.ts';
import { command } from './command.ts';
import type { Permission } from './policy.ts';
import { type Adopted, type Caller, change } from './report.ts';

/** Those whom a permission lets call a bare function, and whose own settings Teal does not read: said in words. */

type Words = (adopted: Adopted, source: string) => string;

/** The last part of an ARN: a bucket's, topic's or pool's name. */
const nameOf = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1).replace(/^(userpool|rule)\//, '');

const BY_SERVICE: Record<string, Words> = {
  s3: ({ aliasArn }, source) =>
    `in the notifications of bucket ${nameOf(source)} put ${aliasArn} in the function's place: read them (aws s3api get-bucket-notification-configuration), change the ARN, and write all of them back (put-bucket-notification-configuration replaces them whole)`,
  sns: ({ aliasArn }, source) =>
    `subscribe ${aliasArn} to topic ${source} with the filter policy and dead-letter queue of the function's subscription, and then end that; messages in between arrive twice`,
  'cognito-idp': ({ aliasArn }, source) =>
    `in the Lambda triggers of user pool ${nameOf(source)} put ${aliasArn} in the function's place; update-user-pool resets whatever it is not told, so better in the console or a template`,
  logs: ({ aliasArn }, source) =>
    `in the subscription filters of log group ${nameOf(source.replace(/:\*$/, ''))} put ${aliasArn} in the function's place: put-subscription-filter under the filter's own name, with its pattern`,
  elasticloadbalancing: ({ aliasArn }, source) =>
    `a target group takes one function, and changing it in place (${source}) leaves a gap: make a second target group with ${aliasArn}, let it invoke the alias (add-permission with its ARN as the source), and point the listener's rule at it`,
  'alexa-appkit': ({ aliasArn }) => `in the Alexa developer console make ${aliasArn} the skill's endpoint`,
  iot: ({ aliasArn }, source) =>
    `in the action of rule ${nameOf(source)} put ${aliasArn} in the function's place (replace-topic-rule replaces the rule whole)`,
  secretsmanager: ({ aliasArn }) =>
    `make ${aliasArn} the rotation function of the secrets that have this one (rotate-secret --rotation-lambda-arn)`,
};

export function findPrincipals(adopted: Adopted, permissions: Permission[]): Caller[] {
  return permissions.filter((permission) => !isReadElsewhere(adopted, permission)).map((permission) => toCaller(adopted, permission));
}

/** API Gateway and EventBridge of this account are read themselves, and the function's URL is. */
function isReadElsewhere(adopted: Adopted, { action, principal, sourceArn, invokedViaFunctionUrl }: Permission): boolean {
  if (action === 'lambda:InvokeFunctionUrl' || invokedViaFunctionUrl) return true;
  if (principal === 'apigateway.amazonaws.com') return apiIdOf(adopted, sourceArn) !== undefined;
  if (principal !== 'events.amazonaws.com') return false;
  const [, , , region = '*', accountId = '*'] = (sourceArn ?? '').split(':');
  return [adopted.region, '*', ''].includes(region) && [adopted.accountId, '*', ''].includes(accountId);
}

function toCaller(adopted: Adopted, { statementId, action, principal, sourceArn, sourceAccount }: Permission): Caller {
  const [, service] = /^([\w-]+)(?:\.[\w-]+)?\.amazonaws\.com$/.exec(principal) ?? [];
  const source = sourceArn ?? (sourceAccount === undefined ? 'any' : `of account ${sourceAccount}`);
  const words = service !== undefined && sourceArn !== undefined ? BY_SERVICE[service] : undefined;
  const remove = command('lambda remove-permission', adopted.region, { 'function-name': adopted.function, 'statement-id': statementId });
  return {
    kind: 'permission',
    where: { statement: statementId, principal, action, source },
    change: change(
      adopted,
      [],
      [
        words?.(adopted, source) ??
          `have ${principal === '*' ? 'everyone who calls' : principal} call ${adopted.aliasArn} instead of ${adopted.functionArn}`,
        `when nobody uses it any more, take the permission from the function, and it is off this list: ${remove}`,
      ],
    ),
  };
}
