import { type LambdaClient, ListTagsCommand } from '@aws-sdk/client-lambda';

/** The CloudFormation stack that deploys a function, by the tag that CloudFormation gives it. */
export async function readStackName(lambda: LambdaClient, functionArn: string): Promise<string | undefined> {
  const { Tags = {} } = await lambda.send(new ListTagsCommand({ Resource: functionArn }));
  return Tags['aws:cloudformation:stack-name'];
}
