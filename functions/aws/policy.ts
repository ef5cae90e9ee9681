import {
  AddPermissionCommand,
  type FunctionUrlAuthType,
  GetPolicyCommand,
  type LambdaClient,
  PolicyLengthExceededException,
  ResourceConflictException,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import type { Permission, PolicyStatement } from '../release/adoption/policy.ts';

/** The statements of a function's own policy, or with `alias` of that one's; none where there is no policy. */
export async function readPolicy(lambda: LambdaClient, functionName: string, alias?: string): Promise<PolicyStatement[]> {
  try {
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: functionName, Qualifier: alias }));
    return (JSON.parse(Policy!) as { Statement: PolicyStatement[] }).Statement;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return [];
    throw error;
  }
}

/**
 * Lets somebody invoke the alias. "taken" when it has a statement of this id, or is being changed: read its policy again.
 * "full" when its policy would have more than Lambda's 20 KB, which it can though the function's has not: the alias's ARN is longer.
 */
export async function addPermission(
  lambda: LambdaClient,
  functionName: string,
  alias: string,
  permission: Permission,
): Promise<'added' | 'taken' | 'full'> {
  try {
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: functionName,
        Qualifier: alias,
        StatementId: permission.statementId,
        Action: permission.action,
        Principal: permission.principal,
        SourceArn: permission.sourceArn,
        SourceAccount: permission.sourceAccount,
        EventSourceToken: permission.eventSourceToken,
        PrincipalOrgID: permission.principalOrgId,
        FunctionUrlAuthType: permission.functionUrlAuthType as FunctionUrlAuthType | undefined,
        InvokedViaFunctionUrl: permission.invokedViaFunctionUrl,
      }),
    );
    return 'added';
  } catch (error) {
    if (error instanceof ResourceConflictException) return 'taken';
    if (error instanceof PolicyLengthExceededException) return 'full';
    throw error;
  }
}
