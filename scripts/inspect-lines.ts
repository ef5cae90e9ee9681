interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

/** What of a running local AWS the lines are about. */
export interface Inspected {
  endpoint: string;
  region: string;
  credentials: Keys;
  /** Of another person. */
  colleagueCredentials: Keys;
  /** The address of Teal's HTTP API. */
  api?: string;
  stateMachineArn?: string;
  /** The table of releases. */
  tableName?: string;
  /** Its functions are not those that people release. */
  stackName?: string;
}

// An AWS CLI before 2.13 does not read AWS_ENDPOINT_URL.
const AWS = 'aws --endpoint-url $AWS_ENDPOINT_URL';

/**
 * How to look into a local AWS: every indented line can be pasted as it stands, in any order once the exports are done.
 * The history is that of the newest execution, so it needs one.
 */
export function inspectLines(inspected: Inspected): string[] {
  const { endpoint, region, credentials, colleagueCredentials, api, stateMachineArn, tableName, stackName } = inspected;
  const executions = `${AWS} stepfunctions list-executions --state-machine-arn ${stateMachineArn}`;
  const newest = `$(${executions} --no-paginate --query 'executions[0].executionArn' --output text)`;
  const own = stackName === undefined ? '' : `?!starts_with(FunctionName,'${stackName}-')`;
  return [
    ...section(
      'For the AWS CLI, SDKs, curl and deploys with the plugin, once in each shell',
      // A profile goes before keys in the environment.
      'unset AWS_PROFILE AWS_DEFAULT_PROFILE',
      `export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region} AWS_DEFAULT_REGION=${region} AWS_PAGER= AWS_SESSION_TOKEN=`,
      `export ${keys(credentials)}`,
      // The address in the stack's outputs is one of AWS's.
      api && `export TEAL_API=${api}`,
    ),
    ...section(
      'As a second person, who may approve what the first has started: any command with these keys before it',
      api && `${keys(colleagueCredentials)} ${AWS} sts get-caller-identity --query Arn --output text`,
    ),
    ...section(
      'Releases, as the API tells of them',
      api && `curl -s --aws-sigv4 aws:amz:${region}:execute-api -u $AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY ${api}/releases`,
    ),
    ...section(
      'Their records',
      tableName &&
        `${AWS} dynamodb scan --table-name ${tableName} --query "Items[?sk.S=='record'].[id.S,status.S,decision.M.reason.M.message.S]" --output table`,
    ),
    ...section(
      'Their executions, and the states of the newest, once there is one',
      stateMachineArn && `${executions} --query 'executions[].[name,status,startDate]' --output table`,
      stateMachineArn &&
        `${AWS} stepfunctions get-execution-history --query 'events[].[id,type,stateEnteredEventDetails.name]' --output table --execution-arn "${newest}"`,
    ),
    ...section(
      'Functions, who serves their traffic, and alarms',
      `${AWS} lambda list-functions --query 'Functions[].[FunctionName]' --output text`,
      `for function in $(${AWS} lambda list-functions --query "Functions[${own}].FunctionName" --output text); do ${AWS} lambda list-aliases --function-name $function --query 'Aliases[].[AliasArn,FunctionVersion,to_string(RoutingConfig.AdditionalVersionWeights)]' --output text; done`,
      `${AWS} cloudwatch describe-alarms --query 'MetricAlarms[].[AlarmName,StateValue,StateReason]' --output table`,
    ),
  ];
}

const keys = ({ accessKeyId, secretAccessKey }: Keys) => `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`;

function section(about: string, ...commands: (string | undefined)[]): string[] {
  const known = commands.filter((command) => command !== undefined);
  return known.length ? [`${about}:`, ...known.map((command) => `  ${command}`)] : [];
}
