import { createValidatedPolicy } from '@cloud-copilot/iam-policy';
import { runUnsafeSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import { roleNameOf } from '../identities.ts';
import { type Ground, ServiceError } from '../service.ts';
import type { PolicyDocument, Statement } from './policy.ts';
import type { Role, Roles } from './roles.ts';

/** One thing that someone wants to do. */
export interface Want {
  /** "lambda:UpdateAlias" */
  action: string;
  /** An ARN, or `*` for an action that knows no resources. */
  resource: string;
  /** Condition keys that go with the action, such as `cloudwatch:namespace`. */
  context?: Record<string, string | string[]>;
  /** The policy of the resource itself. */
  resourcePolicy?: PolicyDocument | undefined;
}

export interface Denial {
  principal: string;
  action: string;
  resource: string;
  message: string;
}

type Decision = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';

/** What was decided by the same policies is decided: the same questions come every minute, and in every test. */
const decided = new Map<string, Decision>();
const MOST_DECIDED = 10_000;
const MOST_DENIALS = 1_000;

export type Authority = ReturnType<typeof createAuthority>;

/** Who may do what: decides by policies as IAM does, and remembers what it denied. */
export function createAuthority(
  { region, accountId }: Pick<Ground, 'region' | 'accountId'>,
  roles: Roles,
  onDenied?: (denial: Denial) => void,
) {
  const denials: Denial[] = [];

  const decide = (principal: string, role: Role | undefined, want: Want): Decision => {
    const key = JSON.stringify([principal, role?.arn, role?.policyId, region, want]);
    const known = decided.get(key);
    if (known) return known;
    const decision = simulate(principal, role, want);
    if (decided.size >= MOST_DECIDED) decided.clear();
    decided.set(key, decision);
    return decision;
  };

  const simulate = (principal: string, role: Role | undefined, { action, resource, context, resourcePolicy }: Want) => {
    const isApi = action.startsWith('execute-api:');
    const fixed = isApi ? withFixedPart : (policy: PolicyDocument) => policy;
    const simulation: Simulation = {
      request: {
        principal,
        action,
        resource: { resource: isApi ? resource.replace(/^((?:[^:]*:){5})/, '$1api/') : named(resource), accountId },
        contextVariables: {
          'aws:RequestedRegion': region,
          'aws:SecureTransport': 'true',
          ...(role && { 'aws:PrincipalArn': role.arn, 'aws:PrincipalAccount': accountId }),
          ...context,
        },
      },
      identityPolicies: [...(role?.policies ?? [])].map(([name, policy]) => ({ name, policy: fixed(policy) })),
      ...(role?.boundary && { permissionBoundaryPolicies: [{ name: 'boundary', policy: fixed(role.boundary) }] }),
      // Loaded with a name: this simulation gives a resource policy none, and asks for it when a statement matches.
      ...(resourcePolicy && { resourcePolicy: createValidatedPolicy(resourcePolicy, () => [], { name: 'resource policy' }) }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    };
    // Not the checked simulation, which holds requests against the Service Authorization Reference: that has
    // states:SendTaskSuccess without a resource, though AWS decides it on the state machine, and cannot tell an alias from a
    // version, on both of which lambda:GetProvisionedConcurrencyConfig may be asked.
    return runUnsafeSimulation(simulation, {});
  };

  const deny = (principal: string, { action, resource }: Want, why: string): ServiceError => {
    const message = `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
    const denial = { principal, action, resource, message };
    denials.push(denial);
    if (denials.length > MOST_DENIALS) denials.shift();
    onDenied?.(denial);
    return new ServiceError('AccessDeniedException', message, 403);
  };

  /** In AWS's words, and by the kind of policy that decided. */
  const reason = (principal: string, role: Role | undefined, want: Want, decision: Decision): string => {
    const { boundary, ...unbound } = role ?? {};
    const isByBoundary = boundary && simulate(principal, unbound as Role, want) === 'Allowed';
    const kind = isByBoundary ? 'permissions boundary' : 'identity-based policy';
    if (decision === 'ExplicitlyDenied') return `with an explicit deny in ${isByBoundary ? 'a' : 'an'} ${kind}`;
    return `because no ${kind} allows the ${want.action} action`;
  };

  return {
    /** What was denied, the latest last. */
    denials: () => [...denials],

    /** Throws AccessDeniedException unless the role's session may do it. `session` is its ARN. */
    async authorize(session: string, want: Want): Promise<void> {
      const role = roles.named(roleOfSession(session));
      const decision = decide(session, role, want);
      if (decision !== 'Allowed') throw deny(session, want, reason(session, role, want, decision));
    },

    /** Throws AccessDeniedException unless the policy of the resource lets the service do it. */
    async authorizeService(service: string, sourceArn: string, want: Want): Promise<void> {
      const context = { ...want.context, 'aws:SourceArn': sourceArn, 'aws:SourceAccount': accountId };
      const isAllowed = want.resourcePolicy && decide(service, undefined, { ...want, context }) === 'Allowed';
      if (!isAllowed) throw deny(service, want, `because no resource-based policy allows the ${want.action} action`);
    },

    /** Whether the service may assume the role, under one of its names; a role of this account that nobody defined may be anyone's. */
    async mayAssume(principals: string[], roleArn: string, sourceArn: string): Promise<boolean> {
      const role = roles.find(roleArn);
      const isOurs = roleArn.startsWith(`arn:aws:iam::${accountId}:role/`);
      if (!role && isOurs && !roles.named(roleNameOf(roleArn))) return true;
      const context = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': accountId };
      const want: Want = { action: 'sts:AssumeRole', resource: roleArn, context, resourcePolicy: role?.trust };
      for (const principal of principals) {
        if (role && decide(principal, undefined, want) === 'Allowed') return true;
      }
      deny(
        principals[0]!,
        want,
        role ? 'because the trust policy of the role does not allow it' : 'because there is no such role in this account',
      );
      return false;
    },
  };
}

/**
 * A resource that only a policy over all of them matches, for actions on all: the library takes a `*` in a request for a
 * pattern, and would be content with a policy that overlaps it.
 */
const named = (resource: string) => (resource === '*' ? `arn:aws:${EVERY}:::${EVERY}` : resource.replace(/\*$/, EVERY));
const EVERY = '\u0001';

/**
 * The library lets no `*` stand for the first part of a resource's name, which AWS's own services have fixed; an API's is its
 * id, for which one may: so these names get a part before it.
 */
function withFixedPart(policy: PolicyDocument): PolicyDocument {
  const fix = (resource: unknown) =>
    typeof resource === 'string' ? resource.replace(/^((?:[^:]*:){2}execute-api:[^:]*:[^:]*:)(.+)$/, '$1api/$2') : resource;
  const Statement = [policy.Statement].flat().map((statement) => {
    const fixed: Statement = { ...statement };
    for (const key of ['Resource', 'NotResource']) if (statement[key] !== undefined) fixed[key] = [statement[key]].flat().map(fix);
    return fixed;
  });
  return { ...policy, Statement };
}

/** Of `arn:aws:sts::123456789012:assumed-role/<role>/<session>`. */
function roleOfSession(session: string): string {
  const name = /:assumed-role\/([^/]+)\//.exec(session)?.[1];
  if (!name) throw new Error(`${session} is not the session of a role`);
  return name;
}
