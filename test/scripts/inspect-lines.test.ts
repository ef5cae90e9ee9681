import { expect, it } from 'vitest';
import { inspectLines } from '../../scripts/inspect-lines.ts';

const somewhere = {
  endpoint: 'http://127.0.0.1:4566',
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
  colleagueCredentials: { accessKeyId: 'AKID2', secretAccessKey: 'secret2' },
};

// That they work is shown by test/cli/release.sh, which runs them.
it('prints commands with the names of what is there, and none for what is not', () => {
  const all = inspectLines({
    ...somewhere,
    api: 'http://127.0.0.1:4566/execute-api/abc',
    stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:release',
    tableName: 'releases',
    stackName: 'teal-prod',
  }).join('\n');
  expect(all).toContain(' http://127.0.0.1:4566/execute-api/abc/releases\n');
  expect(all).toContain('\n  export TEAL_API=http://127.0.0.1:4566/execute-api/abc\n');
  expect(all).toContain(
    '\n  AWS_ACCESS_KEY_ID=AKID2 AWS_SECRET_ACCESS_KEY=secret2 aws --endpoint-url $AWS_ENDPOINT_URL sts get-caller-identity ',
  );
  expect(all).toContain('scan --table-name releases ');
  expect(all).toContain(`"Functions[?!starts_with(FunctionName,'teal-prod-')].FunctionName"`);
  expect(all).toContain('list-executions --state-machine-arn arn:aws:states:eu-west-1:123456789012:stateMachine:release ');

  expect(inspectLines(somewhere)).toEqual([
    'For the AWS CLI, SDKs, curl and deploys with the plugin, once in each shell:',
    '  unset AWS_PROFILE AWS_DEFAULT_PROFILE',
    '  export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 AWS_PAGER= AWS_SESSION_TOKEN=',
    '  export AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=secret',
    'Functions, who serves their traffic, and alarms:',
    "  aws --endpoint-url $AWS_ENDPOINT_URL lambda list-functions --query 'Functions[].[FunctionName]' --output text",
    expect.stringMatching(
      /^ {2}for function in .*--query "Functions\[\]\.FunctionName" .* lambda list-aliases --function-name \$function .*; done$/,
    ),
    "  aws --endpoint-url $AWS_ENDPOINT_URL cloudwatch describe-alarms --query 'MetricAlarms[].[AlarmName,StateValue,StateReason]' --output table",
  ]);
});
