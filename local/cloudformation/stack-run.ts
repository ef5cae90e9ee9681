import { isDeepStrictEqual } from 'node:util';
import { changedNames, isReplacedBy } from './change-plan.ts';
import { CustomResourceFailure, isCustom } from './custom-resource.ts';
import { type Desired, resolveOutputs } from './desired.ts';
import { type JsonObject, resolve } from './intrinsics.ts';
import { type Context, createResourceTypes, type Existing, type Surroundings } from './resources.ts';
import { type Claim, claimOf, definitionOf, isMade, type Stack, type StackDefinition, type StackResource } from './stacks.ts';
import { readNumbers, refuseDynamicReferences, type TemplateResource } from './template.ts';

/** What one run does to a stack, for whoever undoes or ends it. */
export interface Run {
  stack: Stack;
  /** What the stack was before. */
  definition: StackDefinition;
  resources: Map<string, StackResource>;
  /** What it touched, the latest last, with what that was before; without it where the run created it. */
  touched: { logicalId: string; before?: StackResource }[];
  /** What nobody refers to any more, in the order in which it is to be deleted. */
  leftovers: StackResource[];
}

/** A resource that could not be made or changed. */
export class ResourceFailure extends Error {
  readonly logicalId: string;
  constructor({ logicalId, type }: Pick<StackResource, 'logicalId' | 'type'>, cause: unknown) {
    super(`${logicalId} (${type}): ${messageOf(cause)}`, { cause });
    this.name = 'ResourceFailure';
    this.logicalId = logicalId;
  }
}

export type StackRunner = ReturnType<typeof createStackRunner>;

/** Makes the resources of a stack what they shall be, one after the other. */
export function createStackRunner(surroundings: Surroundings) {
  const { stacks } = surroundings;
  const types = createResourceTypes();
  const { setResourceStatus } = stacks;

  const contextOf = (stack: Stack, { logicalId, type }: StackResource): Context => ({
    ...surroundings,
    stack,
    logicalId,
    type,
    nameAnew: () => stacks.nameFor(stack, logicalId),
  });

  const create = async ({ stack }: Run, resource: StackResource) => {
    const claim = claimOf(resource);
    if (claim) stacks.claim(stack.name, claim);
    try {
      const { physicalId, attributes } = await types.get(resource.type)!.create(resource.properties, contextOf(stack, resource));
      Object.assign(resource, { physicalId, attributes });
    } catch (error) {
      if (claim) stacks.release(claim);
      // A function may have made something before it failed: it will be asked to delete that.
      if (isCustom(resource.type)) {
        const given = error instanceof CustomResourceFailure ? error.physicalId : undefined;
        resource.physicalId = given ?? stacks.nameFor(stack, resource.logicalId);
      }
      throw error;
    }
    setResourceStatus(stack, resource, 'CREATE_IN_PROGRESS', 'Resource creation Initiated');
  };

  const add = async (run: Run, resource: StackResource, failed?: StackResource) => {
    const { stack } = run;
    stack.resources.set(resource.logicalId, resource);
    run.touched.push({ logicalId: resource.logicalId });
    setResourceStatus(stack, resource, 'CREATE_IN_PROGRESS');
    await create(run, resource);
    setResourceStatus(stack, resource, 'CREATE_COMPLETE');
    // Of what failed before it was whole, unless it is this now.
    if (failed?.physicalId && failed.physicalId !== resource.physicalId) run.leftovers.push(failed);
  };

  const change = async (run: Run, before: StackResource, resource: StackResource, changed: string[]) => {
    const { stack } = run;
    const shape = types.get(resource.type)!;
    stack.resources.set(resource.logicalId, resource);
    run.touched.push({ logicalId: resource.logicalId, before });
    if (changed.some((name) => isReplacedBy(shape, name))) {
      const why = 'Requested update requires the creation of a new physical resource; hence creating one.';
      resource.physicalId = undefined;
      setResourceStatus(stack, resource, 'UPDATE_IN_PROGRESS', why);
      refuseSameName(claimOf(before), claimOf(resource));
      await create(run, resource);
      run.leftovers.push({ ...before, deletionPolicy: before.updateReplacePolicy });
    } else {
      setResourceStatus(stack, resource, 'UPDATE_IN_PROGRESS');
      await update(run, { ...before, stackTags: run.definition.tags }, resource);
    }
    setResourceStatus(stack, resource, 'UPDATE_COMPLETE');
  };

  const update = async (run: Run, { stackTags, ...before }: StackResource & Pick<Existing, 'stackTags'>, resource: StackResource) => {
    const updateType = types.get(resource.type)!.update!;
    const existing = { ...before, physicalId: before.physicalId!, stackTags };
    const { physicalId, attributes } = await updateType(resource.properties, existing, contextOf(run.stack, resource));
    Object.assign(resource, { physicalId, attributes });
    // A function made another one in its place.
    if (resource.physicalId !== before.physicalId) run.leftovers.push(before);
  };

  /** Deletes it unless it shall stay, and says whether the stack is rid of it. */
  const remove = async (stack: Stack, resource: StackResource): Promise<boolean> => {
    const claim = claimOf(resource);
    if (resource.deletionPolicy === 'Delete') {
      setResourceStatus(stack, resource, 'DELETE_IN_PROGRESS');
      try {
        const existing = { ...resource, physicalId: resource.physicalId!, stackTags: stack.tags };
        if (resource.physicalId) await types.get(resource.type)!.remove(existing, contextOf(stack, resource));
      } catch (error) {
        if (!isGone(error)) {
          setResourceStatus(stack, resource, 'DELETE_FAILED', messageOf(error));
          return false;
        }
      }
    }
    if (claim) stacks.release(claim);
    setResourceStatus(stack, resource, resource.deletionPolicy === 'Delete' ? 'DELETE_COMPLETE' : 'DELETE_SKIPPED');
    return true;
  };

  return {
    /**
     * Creates, changes and replaces what has to be, and then sets the outputs. Throws ResourceFailure, or an error about the outputs. In
     * a rehearsal nothing runs: custom resources, and whatever waits for one, are left out.
     */
    async forward(run: Run, desired: Desired, { isRehearsal = false } = {}): Promise<void> {
      const { stack } = run;
      const missing = desired.imports.find((name) => !stacks.exportOf(name));
      if (missing !== undefined) throw new Error(noExport(missing));
      const areTagsNew = !isDeepStrictEqual(stack.tags, desired.tags);
      Object.assign(stack, definitionOf(desired));
      const scope = desired.scopeOf(stack);
      const left = new Set<string>();
      const isLeft = (dependencies: string[]) => dependencies.some((logicalId) => left.has(logicalId));
      for (const wanted of desired.resources) {
        const { logicalId, type } = wanted;
        if (isRehearsal && (isCustom(type) || isLeft(wanted.dependencies))) {
          left.add(logicalId);
          continue;
        }
        const known = stack.resources.get(logicalId);
        const before = known && isMade(known) ? known : undefined;
        const resource = newResource(wanted, before);
        try {
          const { numbers = [], isTagged = false } = types.get(type)!;
          resource.properties = readNumbers(resolve(wanted.properties, scope), numbers) as JsonObject;
          // Also one that intrinsic functions put together.
          refuseDynamicReferences(resource.properties);
          const changed = before && changedNames(before.properties, resource.properties);
          if (!changed) await add(run, resource, known);
          else if (changed.length > 0 || before.status === 'UPDATE_FAILED' || (areTagsNew && isTagged))
            await change(run, before, resource, changed);
          else stack.resources.set(logicalId, resource);
        } catch (error) {
          setResourceStatus(stack, resource, before ? 'UPDATE_FAILED' : 'CREATE_FAILED', messageOf(error));
          throw new ResourceFailure(resource, error);
        }
      }
      stacks.exportOutputs(stack, resolveOutputs(desired, scope, isLeft));
      const all = stack.resources;
      const wanted = new Set(desired.resources.map(({ logicalId }) => logicalId));
      run.leftovers.push(...[...all.values()].filter(({ logicalId }) => !wanted.has(logicalId)));
      run.leftovers.reverse();
      stack.resources = new Map([...wanted].filter((logicalId) => all.has(logicalId)).map((logicalId) => [logicalId, all.get(logicalId)!]));
    },

    /** Puts back what the run changed; what it created is left over then. Throws ResourceFailure. */
    async back(run: Run): Promise<void> {
      const { stack, definition } = run;
      const { tags: triedTags } = stack;
      Object.assign(stack, definition);
      // What would have been deleted in the end is needed again.
      run.leftovers = [];
      for (const { logicalId, before } of run.touched.reverse()) {
        const now = stack.resources.get(logicalId)!;
        if (!before) {
          if (now.physicalId) run.leftovers.push({ ...now, deletionPolicy: now.deletionPolicy === 'Retain' ? 'Retain' : 'Delete' });
          continue;
        }
        const again = { ...before };
        stack.resources.set(logicalId, again);
        setResourceStatus(stack, again, 'UPDATE_IN_PROGRESS');
        try {
          const shape = types.get(before.type)!;
          const isReplaced = changedNames(before.properties, now.properties).some((name) => isReplacedBy(shape, name));
          if (!isReplaced) await update(run, { ...now, stackTags: triedTags }, again);
          else if (now.physicalId) run.leftovers.push({ ...now, deletionPolicy: now.updateReplacePolicy });
        } catch (error) {
          setResourceStatus(stack, again, 'UPDATE_FAILED', messageOf(error));
          throw new ResourceFailure(again, error);
        }
        setResourceStatus(stack, again, 'UPDATE_COMPLETE');
      }
      const isTouched = (logicalId: string) => run.touched.some((touch) => touch.logicalId === logicalId);
      stack.resources = new Map(
        [...run.resources].map(([logicalId, before]) => [logicalId, isTouched(logicalId) ? stack.resources.get(logicalId)! : before]),
      );
    },

    /** Deletes what is left over. Returns what could not be deleted. */
    async clean({ stack, leftovers }: Run): Promise<string[]> {
      const failed: string[] = [];
      for (const resource of leftovers) {
        if (!(await remove(stack, resource))) failed.push(resource.logicalId);
      }
      return failed;
    },

    /** Deletes every resource of the stack. Returns what could not be deleted: what that stands on stays with it. */
    async removeAll(stack: Stack): Promise<string[]> {
      const failed: string[] = [];
      for (const resource of [...stack.resources.values()].reverse()) {
        const { logicalId } = resource;
        const isNeeded = [...stack.resources.values()].some(({ dependencies }) => dependencies.includes(logicalId));
        if (isNeeded) continue;
        if (await remove(stack, resource)) stack.resources.delete(logicalId);
        else failed.push(logicalId);
      }
      return failed;
    },
  };
}

export const beginRun = (stack: Stack): Run => ({
  stack,
  definition: definitionOf(stack),
  resources: new Map(stack.resources),
  touched: [],
  leftovers: [],
});

const newResource = (
  { logicalId, type, dependencies, deletionPolicy, updateReplacePolicy }: TemplateResource,
  before: StackResource | undefined,
): StackResource => ({
  attributes: {},
  status: 'CREATE_IN_PROGRESS',
  updatedMs: 0,
  properties: {},
  ...before,
  logicalId,
  type,
  dependencies,
  deletionPolicy,
  updateReplacePolicy,
});

function refuseSameName(before: Claim | undefined, after: Claim | undefined): void {
  if (!after || after.name !== before?.name) return;
  throw new Error(
    `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${after.name} and update the stack again.`,
  );
}

export const noExport = (name: string) => `No export named ${name} found`;

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const isGone = (error: unknown) =>
  error instanceof Error && /NotFound|NoSuch|DoesNotExist/.test(`${error.name} ${(error as { code?: string }).code}`);
