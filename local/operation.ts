import type { UnsignedWireRequest } from './request-handler.ts';

/** The operation that a request asks for: "GetItem" by its header, "UpdateAlias" by method and path. */
export function operationOf({ headers, method, path }: Pick<UnsignedWireRequest, 'headers' | 'method' | 'path'>): string {
  const target = headers['x-amz-target'];
  if (target) return target.slice(target.lastIndexOf('.') + 1);
  const verb = { GET: 'Get', PUT: 'Update', POST: 'Create', DELETE: 'Delete' }[method] ?? method;
  if (path.endsWith('/invocations')) return 'Invoke';
  if (path.includes('/aliases/')) return `${verb}Alias`;
  if (path.endsWith('/versions')) return method === 'POST' ? 'PublishVersion' : 'ListVersionsByFunction';
  if (path.endsWith('/provisioned-concurrency')) return `${verb === 'Update' ? 'Put' : verb}ProvisionedConcurrencyConfig`;
  return path.includes('/schedules') ? `${verb}Schedule` : `${verb}Function`;
}
