/** A function's own policy: what of it the alias needs too, and how that is written. */

/** A statement as GetPolicy gives it. */
export interface PolicyStatement {
  Sid: string;
  Effect: string;
  Principal: unknown;
  Action: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** What AddPermission takes. */
export interface Permission {
  statementId: string;
  action: string;
  /** A service, an account's id, an ARN, or "*". */
  principal: string;
  sourceArn?: string;
  sourceAccount?: string;
  eventSourceToken?: string;
  principalOrgId?: string;
  functionUrlAuthType?: string;
  invokedViaFunctionUrl?: boolean;
}

/** The condition keys that AddPermission writes, which IAM compares without case. */
const FIELDS: Record<string, 'sourceArn' | 'sourceAccount' | 'eventSourceToken' | 'principalOrgId' | 'functionUrlAuthType'> = {
  'aws:sourcearn': 'sourceArn',
  'aws:sourceaccount': 'sourceAccount',
  'lambda:eventsourcetoken': 'eventSourceToken',
  'aws:principalorgid': 'principalOrgId',
  'lambda:functionurlauthtype': 'functionUrlAuthType',
};
const OPERATORS = new Set(['StringEquals', 'StringLike', 'ArnLike', 'ArnEquals', 'Bool']);

/** Undefined for a statement that AddPermission cannot write: one that denies, or that has another condition or several principals. */
export function toPermission({ Sid, Effect, Principal, Action, Condition = {} }: PolicyStatement): Permission | undefined {
  const principal = toPrincipal(Principal);
  if (Effect !== 'Allow' || typeof Action !== 'string' || principal === undefined) return undefined;
  const permission: Permission = { statementId: Sid, action: Action, principal };
  for (const [operator, keys] of Object.entries(Condition)) {
    for (const [key, value] of Object.entries(keys)) {
      const field = FIELDS[key.toLowerCase()];
      if (!OPERATORS.has(operator)) return undefined;
      if (key.toLowerCase() === 'lambda:invokedviafunctionurl' && String(value) === 'true') permission.invokedViaFunctionUrl = true;
      // Two conditions on one key both hold, and AddPermission takes one.
      else if (field && typeof value === 'string' && permission[field] === undefined) permission[field] = value;
      else return undefined;
    }
  }
  return permission;
}

function toPrincipal(principal: unknown): string | undefined {
  if (principal === '*') return '*';
  if (typeof principal !== 'object' || principal === null || Object.keys(principal).length !== 1) return undefined;
  const [named] = Object.values(principal) as unknown[];
  if (typeof named !== 'string') return undefined;
  // AddPermission takes an account by its id, and a policy names it by the ARN of its root.
  return /^arn:[^:]+:iam::(\d{12}):root$/.exec(named)?.[1] ?? named;
}

/** In place of a user or role that was deleted a policy has its unique id: it lets nobody in, and AddPermission refuses it. */
export const isOfDeletedPrincipal = ({ Principal }: PolicyStatement): boolean => /^A[A-Z0-9]{19,}$/.test(toPrincipal(Principal) ?? '');

/** The function's statements that the alias has not, by content: what the alias calls them does not matter. */
export function missingStatements(ofFunction: PolicyStatement[], ofAlias: PolicyStatement[]): PolicyStatement[] {
  const there = new Set(ofAlias.map(contentOf));
  return ofFunction.filter((statement) => !there.has(contentOf(statement)));
}

/** By what AddPermission would be told, so that two operators that say the same are the same. */
function contentOf(statement: PolicyStatement): string {
  const { Sid: _, ...raw } = statement;
  const { statementId: __, ...permission } = toPermission(statement) ?? { statementId: '' };
  return JSON.stringify(Object.keys(permission).length > 0 ? permission : { ...raw, Resource: undefined }, sortKeys);
}

const sortKeys = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** The statement's own id, or one made of it where the alias has that for something else. AddPermission takes 100 characters. */
export function freeStatementId(statementId: string, taken: string[]): string {
  let id = statementId;
  for (let number = 2; taken.includes(id); number++) id = `${statementId.slice(0, 95)}-${number}`;
  return id;
}
