import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { createLocalAws } from '../../local/aws.ts';
import { createScaledClock } from '../../local/clock.ts';
import { createProcessHost } from '../../local/lambda/process-host.ts';
import { packageService } from '../package-service.ts';
import { callSigned } from './signed-call.ts';

export type Stage = Awaited<ReturnType<typeof setStage>>;

export interface StageOptions {
  speed: number;
  signal: AbortSignal;
  /** What is ready, in words. */
  onReady(what: string): void;
}

/** The packaged service in a local AWS that serves on a free port, and clients that reach it through that port only. */
export async function setStage({ speed, signal, onReady }: StageOptions) {
  const aws = createLocalAws({ clock: createScaledClock(speed), host: createProcessHost });
  const folder = mkdtempSync(join(tmpdir(), 'teal-demo-'));
  try {
    const { endpoint } = await aws.listen(0);
    await packageService(folder, { signal, isQuiet: true });
    onReady('serverless has packaged the service');
    const { resources } = await aws.deploy(folder, { stackName: 'teal-demo' });
    onReady(`its template is deployed into the local AWS at ${endpoint}`);

    const { region, accountId, clock } = aws.ground;
    const apiId = Object.values(resources).find(({ type }) => type === 'AWS::ApiGatewayV2::Api')!.physicalId;
    const config = { region, endpoint, credentials: { ...aws.credentials } };
    const lambda = new LambdaClient(config);
    // A user's request is sent once: a retry would hide a failure.
    const users = new LambdaClient({ ...config, maxAttempts: 1 });
    const cloudwatch = new CloudWatchClient(config);
    const signer = { ...aws.credentials, region };
    return {
      accountId,
      lambda,
      users,
      cloudwatch,
      nowMs: () => clock.nowMs(),
      callApi: <Body>(method: string, path: string, body?: unknown) =>
        callSigned<Body>(signer, method, `${endpoint}/execute-api/${apiId}${path}`, body),
      async close() {
        for (const client of [lambda, users, cloudwatch]) client.destroy();
        await aws.close();
      },
    };
  } catch (error) {
    await aws.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
