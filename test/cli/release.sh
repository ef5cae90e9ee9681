#!/usr/bin/env bash
# Releases a function with nothing but the AWS CLI, on a local AWS of its own: one release that is promoted, one that an
# alarm reverts. Needs aws (any version that has EventBridge Scheduler), curl and Node. Ends with 1 and a sentence when
# anything is not as it should. Arguments are further options of npm run local, such as --package .serverless.
set -euo pipefail
cd "$(dirname "$0")/../.."
# Node as the project pins it, also when this is not run by npm.
PATH=$PWD/node_modules/.bin:$PATH

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
fail() {
  printf '\n✘ %s\n' "$*" >&2
  exit 1
}

command -v aws >/dev/null || fail 'this test needs the AWS CLI and found no aws on the path: apt-get install awscli, or see https://docs.aws.amazon.com/cli/'
command -v curl >/dev/null || fail 'this test needs curl and found none on the path'
say "$(aws --version 2>&1)"

folder=$(mktemp -d)
local_pid=
stop() {
  if [ -n "$local_pid" ]; then
    kill "$local_pid" 2>/dev/null || true
    wait "$local_pid" || true
  fi
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM
set -E
trap 'printf "\n✘ line %s of %s: this failed: %s\n" "$LINENO" "$0" "$BASH_COMMAND" >&2' ERR

# The person's own settings must not matter.
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_DEFAULT_OUTPUT

step 'A local AWS with Teal in it, a cloud minute in a second'
node scripts/local.ts --port 0 --speed 60 "$@" >"$folder/printed" 2>"$folder/log" &
local_pid=$!
until grep -q '^{' "$folder/printed"; do
  kill -0 "$local_pid" 2>/dev/null || fail "npm run local ended before it was ready: $(cat "$folder/log")"
  sleep 0.1
done
grep -v '^{' "$folder/printed"
eval "$(grep -E '^  (unset|export) ' "$folder/printed")"

# An AWS CLI before 2.13 does not read AWS_ENDPOINT_URL.
cloud() { aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
# What a command prints, in one line.
ask() { cloud "$@" --output text | tr '\t\n' '  ' | sed 's/ *$//'; }
expect() { # what, what it is, what it should be
  [ "$2" = "$3" ] || fail "$1 is \"$2\", and should be \"$3\""
  say "  $1: $2"
}
refused() { # a sentence, what must be in the error, the command
  local about=$1 words=$2
  shift 2
  local said
  if said=$("$@" 2>&1); then fail "$about: it was not refused, but answered $said"; fi
  said=$(printf '%s' "$said" | tr '\n' ' ' | sed 's/^ *//; s/ *$//')
  case $said in
    *"$words"*) say "  $about: $said" ;;
    *) fail "$about: refused with \"$said\", which does not say \"$words\"" ;;
  esac
}

code() { # a zip of a function that answers the text $1
  node -e 'require("node:fs").writeFileSync(process.argv[1], require("fflate").zipSync({ "index.mjs": Buffer.from(`export const handler = async () => ({ statusCode: 200, body: ${JSON.stringify(process.argv[2])} });`) }))' "$folder/$1.zip" "$1"
  printf 'fileb://%s' "$folder/$1.zip"
}
answer() { # what users get through the alias
  cloud lambda invoke --function-name orders-api:live "$folder/answer" >/dev/null
  cat "$folder/answer"
}
alias_routing() { ask lambda get-alias --function-name orders-api --name live --query '[FunctionVersion, to_string(RoutingConfig.AdditionalVersionWeights)]'; }
alarm_state() { ask cloudwatch describe-alarms --alarm-names orders-errors --query 'MetricAlarms[0].StateValue'; }
record_of() { # a field of the release's record
  ask dynamodb get-item --table-name "$table" --key "{\"pk\":{\"S\":\"release#$1\"},\"sk\":{\"S\":\"record\"}}" --consistent-read --query "Item.$2"
}
start() { # starts release $1 with the plan $2, prints its ARN
  ask stepfunctions start-execution --state-machine-arn "$machine" --name "$1" --query executionArn \
    --input "{\"targets\":[\"orders-api\"],\"alarms\":[\"orders-errors\"],\"plan\":\"$2\",\"reason\":\"by hand\"}"
}
# Tells the states that release $1 enters and what the alias does, until green has a weight or the end: that is $2.
watch() {
  local arn=$1 until=$2 states tries=0
  [ "$until" = end ] || told='' last=''
  while :; do
    states=$(ask stepfunctions get-execution-history --execution-arn "$arn" --query "events[?stateEnteredEventDetails || starts_with(type, 'Execution')].not_null(stateEnteredEventDetails.name, type)")
    routing=$(alias_routing)
    [ "$states" = "$told" ] || say "  states: ${states#"$told"}"
    [ "$routing" = "$last" ] || say "  alias live: $routing"
    told=$states last=$routing
    case "$until $routing" in weight*null) ;; weight*) return ;; esac
    case $states in
      *ExecutionSucceeded | *ExecutionFailed | *ExecutionAborted | *ExecutionTimedOut)
        [ "$until" = end ] || fail "the release was over before green had any traffic: $(ask stepfunctions describe-execution --execution-arn "$arn" --query cause)"
        return
        ;;
    esac
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || fail "the release is still going on after $tries looks; it entered $states"
  done
}

step 'Who am I, and what is there'
expect 'caller' "$(ask sts get-caller-identity --query Arn)" 'arn:aws:iam::123456789012:user/administrator'
machine=$(ask stepfunctions list-state-machines --query 'stateMachines[0].stateMachineArn')
table=$(ask dynamodb list-tables --query 'TableNames[0]')
say "  state machine: $machine"
say "  table: $table"
say "  rules: $(ask events list-rules --query 'Rules[].Name')"
schedule=$(ask scheduler list-schedules --query 'Schedules[0].Name')
expect "schedule $schedule" "$(ask scheduler get-schedule --name "$schedule" --query '[ScheduleExpression, State]')" 'rate(1 minute) ENABLED'

step 'A function with an alias and an alarm'
cloud lambda create-function --function-name orders-api --runtime nodejs24.x --handler index.handler \
  --role arn:aws:iam::123456789012:role/orders --zip-file "$(code one)" >/dev/null
cloud lambda wait function-active-v2 --function-name orders-api
expect 'published version' "$(ask lambda publish-version --function-name orders-api --query Version)" 1
cloud lambda create-alias --function-name orders-api --name live --function-version 1 >/dev/null
# On a metric that nobody reports: CloudWatch keeps a state that was set until the next evaluation that finds data.
cloud cloudwatch put-metric-alarm --alarm-name orders-errors --namespace Orders --metric-name RefusedOrders --statistic Sum \
  --period 60 --evaluation-periods 1 --threshold 0 --comparison-operator GreaterThanThreshold --treat-missing-data ignore
cloud cloudwatch set-alarm-state --alarm-name orders-errors --state-value OK --state-reason 'it is new'
expect 'alarm orders-errors' "$(alarm_state)" OK
expect 'alias live' "$(alias_routing)" '1 null'
expect 'users get' "$(answer)" '{"statusCode":200,"body":"one"}'

step 'A release that is promoted: 50% 10m, 100% 1m'
cloud lambda update-function-code --function-name orders-api --zip-file "$(code two)" >/dev/null
arn=$(start promoted-by-hand '50% 10m, 100% 1m')
watch "$arn" weight
expect 'alias live' "$routing" '1 {"2":0.5}'
watch "$arn" end
expect 'execution' "$(ask stepfunctions describe-execution --execution-arn "$arn" --query status)" SUCCEEDED
expect 'record' "$(record_of promoted-by-hand '[status.S, decision.M.side.S]')" 'promoted promote'
expect 'alias live' "$(alias_routing)" '2 null'
expect 'users get' "$(answer)" '{"statusCode":200,"body":"two"}'

step 'A release that an alarm reverts: 10% 30m'
cloud lambda update-function-code --function-name orders-api --zip-file "$(code three)" >/dev/null
arn=$(start reverted-by-hand '10% 30m')
watch "$arn" weight
expect 'alias live' "$routing" '2 {"3":0.1}'
cloud cloudwatch set-alarm-state --alarm-name orders-errors --state-value ALARM --state-reason 'a drill'
expect 'alarm orders-errors' "$(alarm_state)" ALARM
watch "$arn" end
expect 'execution' "$(ask stepfunctions describe-execution --execution-arn "$arn" --query '[status, error]')" 'FAILED Reverted'
expect 'record' "$(record_of reverted-by-hand '[status.S, decision.M.side.S, decision.M.reason.M.code.S]')" 'reverted revert alarm'
expect 'alias live' "$(alias_routing)" '2 null'
expect 'users get' "$(answer)" '{"statusCode":200,"body":"two"}'

step 'What the local AWS has not is refused by name, and so is who it does not know'
refused 'an operation of a service' ListLayers cloud lambda list-layers
refused 'an operation over the query protocol' PutDashboard cloud cloudwatch put-dashboard --dashboard-name orders --dashboard-body '{}'
refused 'a service in JSON' 'DescribeLogGroups of logs' cloud logs describe-log-groups
refused 'a service in XML' 'ListRoles of iam' cloud iam list-roles
refused 'an operation of S3' GetBucketWebsite cloud s3api get-bucket-website --bucket orders
refused 'a wrong secret' InvalidSignatureException env AWS_SECRET_ACCESS_KEY=wrong aws --endpoint-url "$AWS_ENDPOINT_URL" lambda list-functions
refused 'a wrong secret in XML' SignatureDoesNotMatch env AWS_SECRET_ACCESS_KEY=wrong aws --endpoint-url "$AWS_ENDPOINT_URL" sts get-caller-identity

step 'The lines that npm run local prints work as they stand'
grep -E '^  (aws|curl|for) ' "$folder/printed" >"$folder/lines"
[ "$(wc -l <"$folder/lines")" -ge 7 ] || fail "it printed fewer lines than it should: $(cat "$folder/lines")"
while IFS= read -r line; do
  said=$(bash -c "$line" </dev/null 2>&1) || fail "this line ended with $?: $line"$'\n'"$said"
  case $said in
    *promoted-by-hand* | *reverted-by-hand* | *orders-api* | *orders-errors* | *Promoted* | *ShiftTraffic*) ;;
    *) fail "this line tells nothing of what happened: $line"$'\n'"$said" ;;
  esac
  printf '%s\n' "$said" | head -12 | cut -c1-140
done <"$folder/lines"

say
say '✔ all went as it should'
