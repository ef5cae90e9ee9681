import type { Context } from './resources.ts';

interface Tag {
  Key: string;
  Value: string;
}

/** A template's list of tags as the map that some services take. */
export const tagMap = (tags: Tag[] = []): Record<string, string> => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));

/** What CloudFormation writes on a resource besides the template's own tags: those of the stack, and who made it. */
export const stackTags = ({ stack, logicalId }: Pick<Context, 'stack' | 'logicalId'>): Record<string, string> => ({
  ...stack.tags,
  'aws:cloudformation:stack-name': stack.name,
  'aws:cloudformation:stack-id': stack.id,
  'aws:cloudformation:logical-id': logicalId,
});
