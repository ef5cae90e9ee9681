import { decodePath } from '../http-api-format.ts';
import { roleNameOf } from '../identities.ts';
import { functionArn, readReference } from '../lambda/function-name.ts';
import type { FunctionHost, HostedVersion } from '../lambda/host.ts';
import type { UnsignedWireRequest } from '../request-handler.ts';
import type { Caller, Ground, InvocationCall, Invoker } from '../service.ts';
import { createAuthority, type Denial, type Want } from './authority.ts';
import { type CurrentRoles, PASSING, type PassedRole, passedRole } from './passed-role.ts';
import type { PolicyDocument } from './policy.ts';
import { createRoles } from './roles.ts';
import { readCall, type WireCall, wantsOf } from './wants.ts';

export interface IamOptions {
  ground: Ground;
  /** Whether this caller may do everything. */
  isAdministrator(arn: string): boolean;
  /** The resource policy of a function, a version or an alias. */
  policyOf(functionName: string, qualifier: string | undefined): PolicyDocument | undefined;
  current: CurrentRoles;
  onDenied?: ((denial: Denial) => void) | undefined;
  /** Told once of each role that a service assumes though no template defined it: what it may do nobody knows here. */
  onUnchecked?: ((roleArn: string) => void) | undefined;
}

export type Iam = ReturnType<typeof createIam>;

/** IAM: who may do what, decided by `@cloud-copilot/iam-simulate` from the policies that templates bring. */
export function createIam({ ground, isAdministrator, policyOf, current, onDenied, onUnchecked }: IamOptions) {
  const roles = createRoles();
  const authority = createAuthority(ground, roles, onDenied);
  const sessionArn = (roleArn: string, session: string) =>
    `arn:aws:sts::${ground.accountId}:assumed-role/${roleNameOf(roleArn)}/${session}`;

  const wantToInvoke = (functionName: string, qualifier?: string): Want => ({
    action: 'lambda:InvokeFunction',
    resource: functionArn(ground, readReference(ground, functionName, qualifier)),
    resourcePolicy: policyOf(functionName, qualifier),
  });

  const checkPassed = async (caller: Caller, { roleArn, isNamed, principals, sourceArn, refusal, demands }: PassedRole) => {
    if (isNamed && !isAdministrator(caller.arn)) {
      const context = { 'iam:PassedToService': principals[0]! };
      await authority.authorize(caller.arn, { action: 'iam:PassRole', resource: roleArn, context });
    }
    if (!(await authority.mayAssume(principals, roleArn, sourceArn))) throw refusal();
    if (!roles.find(roleArn)) return;
    for (const { refusal: refused, ...want } of demands) {
      await authority.authorize(sessionArn(roleArn, 'checked'), want).catch((denied) => {
        if (refused) throw refused();
        return denied;
      });
    }
  };

  const trusted = new Set<string>();
  /** On AWS nobody makes a state machine or a schedule with a role that does not exist; here a person may name one that only their account has. */
  const takeOnTrust = (roleArn: string) => {
    if (!trusted.has(roleArn)) onUnchecked?.(roleArn);
    trusted.add(roleArn);
  };

  const authorizeInvocation = async ({ functionName, qualifier, by }: InvocationCall) => {
    const want = wantToInvoke(functionName, qualifier);
    if ('service' in by) await authority.authorizeService(by.service, by.sourceArn, want);
    else if (roles.find(by.roleArn)) await authority.authorize(sessionArn(by.roleArn, by.session), want);
    else takeOnTrust(by.roleArn);
  };

  return {
    roles,
    denials: authority.denials,

    /** Throws AccessDeniedException in AWS's words unless the caller may make this call. */
    async authorize({ caller, ...asked }: WireCall & { caller: Caller }): Promise<void> {
      const mayDoAll = isAdministrator(caller.arn);
      if (mayDoAll && !PASSING.test(asked.operation)) return;
      const call = await readCall(asked, ground);
      if (!mayDoAll) {
        for (const want of wantsOf(call)) await authority.authorize(caller.arn, withFunctionPolicy(want));
      }
      const passed = passedRole(call, current);
      if (passed) await checkPassed(caller, passed);
    },

    /** Whether the caller may call an HTTP API whose route asks for IAM. */
    async mayCallApi(caller: Caller, { method, path }: Pick<UnsignedWireRequest, 'method' | 'path'>): Promise<boolean> {
      if (isAdministrator(caller.arn)) return true;
      const [, apiId, rest = ''] = /^\/execute-api\/([^/]*)\/?(.*)$/.exec(path) ?? [];
      const route = decodePath(rest);
      if (route === undefined) return false;
      const resource = `arn:aws:execute-api:${ground.region}:${ground.accountId}:${apiId}/$default/${method}/${route}`;
      return authority.authorize(caller.arn, { action: 'execute-api:Invoke', resource }).then(
        () => true,
        () => false,
      );
    },

    /** Lambda as other services reach it: each on its own right or on that of the role it assumed. */
    authorized: (invoker: Invoker): Invoker => ({
      async invoke(call) {
        await authorizeInvocation(call);
        return invoker.invoke(call);
      },
      async invokeAsync(call) {
        await authorizeInvocation(call);
        return invoker.invokeAsync(call);
      },
    }),

    /** A host whose functions write their logs as AWS's do, with their own role: without the right to, nothing fails and no log is kept. */
    logging: (host: FunctionHost): FunctionHost => ({
      open(version) {
        let mayLog: boolean | undefined;
        const runtime = host.open(version);
        return {
          ...runtime,
          async invoke(call) {
            mayLog ??= await isLoggingAllowed(version);
            const answer = await runtime.invoke(call);
            // Metrics in the embedded metric format are made from the log.
            return mayLog ? answer : { ...answer, metricLines: [] };
          },
        };
      },
    }),
  };

  async function isLoggingAllowed({ functionName, role }: HostedVersion): Promise<boolean> {
    if (!roles.find(role)) return true;
    let isAllowed = true;
    const resource = `arn:aws:logs:${ground.region}:${ground.accountId}:log-group:/aws/lambda/${functionName}:log-stream:local`;
    for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) {
      await authority.authorize(sessionArn(role, functionName), { action, resource }).catch(() => {
        isAllowed = false;
      });
    }
    return isAllowed;
  }

  function withFunctionPolicy(want: Want): Want {
    if (!want.resource.includes(':function:')) return want;
    return { ...want, resourcePolicy: policyOf(want.resource, undefined) };
  }
}
