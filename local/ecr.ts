import { createJsonService, type Fields, readList, refuseUnknownKeys } from './json-protocol.ts';
import { type Ground, ServiceError, type WireService } from './service.ts';

/** The registry of container images, in which there is nothing: tools that remove a service ask whether it left a repository there. */
export const createEcr = ({ accountId }: Pick<Ground, 'accountId'>): WireService =>
  createJsonService({
    prefix: 'AmazonEC2ContainerRegistry_V20150921',
    version: '1.1',
    operations: {
      DescribeRepositories(input: Fields) {
        refuseUnknownKeys(input, ['registryId', 'repositoryNames', 'nextToken', 'maxResults'], 'DescribeRepositories');
        const [name] = readList(input, 'repositoryNames');
        if (name === undefined) return { repositories: [] };
        const message = `The repository with name '${name}' does not exist in the registry with id '${input.registryId ?? accountId}'`;
        throw new ServiceError('RepositoryNotFoundException', message);
      },
    },
  });
