import { GetFunctionConfigurationCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import type { World } from './open-world.ts';

/** As a deploy with this parameter leaves Teal's functions. */
export async function setFreezeWindows({ lambda, resources }: World, ...windows: unknown[]): Promise<void> {
  for (const { type, properties } of Object.values(resources)) {
    if (type !== 'AWS::Lambda::Function') continue;
    const FunctionName = String(properties.FunctionName);
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    if (Environment?.Variables?.FREEZE_WINDOWS === undefined) continue;
    const Variables = { ...Environment.Variables, FREEZE_WINDOWS: JSON.stringify(windows) };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  }
}
