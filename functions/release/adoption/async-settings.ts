import { command } from './command.ts';
import type { Adopted, Change } from './report.ts';

/** How asynchronous requests are tried again, and where their results go. What a function has does not hold for its alias. */
export interface AsyncSettings {
  maximumRetryAttempts?: number;
  maximumEventAgeSeconds?: number;
  onSuccessArn?: string;
  onFailureArn?: string;
}

/** Undefined when the alias has settings of its own, or the function none. */
export function giveAsyncSettings(
  adopted: Adopted,
  ofFunction: AsyncSettings | undefined,
  ofAlias: AsyncSettings | undefined,
): Change | undefined {
  if (!ofFunction || ofAlias) return undefined;
  const { maximumRetryAttempts, maximumEventAgeSeconds, onSuccessArn, onFailureArn } = ofFunction;
  const destinations = {
    ...(onSuccessArn && { OnSuccess: { Destination: onSuccessArn } }),
    ...(onFailureArn && { OnFailure: { Destination: onFailureArn } }),
  };
  const options = {
    'function-name': adopted.function,
    qualifier: adopted.alias,
    'maximum-retry-attempts': maximumRetryAttempts,
    'maximum-event-age-in-seconds': maximumEventAgeSeconds,
    'destination-config': Object.keys(destinations).length > 0 ? JSON.stringify(destinations) : undefined,
  };
  return {
    commands: [command('lambda put-function-event-invoke-config', adopted.region, options)],
    words: [
      'before you move a caller that does not wait for an answer: the settings of the function do not hold for its alias',
      ...(adopted.stack === undefined
        ? []
        : [
            `or, in place of the command, give the template of ${adopted.stack} an AWS::Lambda::EventInvokeConfig with the Qualifier ${adopted.alias}`,
          ]),
    ],
  };
}
