import type { Desired } from './desired.ts';
import type { Surroundings } from './resources.ts';
import { beginRun, createStackRunner, ResourceFailure, type Run } from './stack-run.ts';
import type { Stack } from './stacks.ts';

export type OnFailure = 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';

export type StackLifecycle = ReturnType<typeof createStackLifecycle>;

/** Takes stacks from one status to the next, as CloudFormation does. None of these throws: what went wrong is in the stack's events. */
export function createStackLifecycle(surroundings: Surroundings) {
  const { stacks, nowMs } = surroundings;
  const runner = createStackRunner(surroundings);
  const { setStatus } = stacks;

  const finishDeletion = (stack: Stack, failed: string[]) => {
    if (failed.length > 0) return setStatus(stack, 'DELETE_FAILED', `The following resource(s) failed to delete: [${failed.join(', ')}]. `);
    try {
      stacks.exportOutputs(stack, []);
    } catch (error) {
      // Somebody began to use one while its stack was going.
      return setStatus(stack, 'DELETE_FAILED', (error as Error).message);
    }
    stack.deletedMs = nowMs();
    setStatus(stack, 'DELETE_COMPLETE');
  };

  const undoCreation = async (run: Run, why: string, onFailure: OnFailure) => {
    const { stack } = run;
    if (onFailure === 'DO_NOTHING') return setStatus(stack, 'CREATE_FAILED', why);
    const isDeleted = onFailure === 'DELETE';
    setStatus(
      stack,
      isDeleted ? 'DELETE_IN_PROGRESS' : 'ROLLBACK_IN_PROGRESS',
      `${why}${isDeleted ? 'Delete' : 'Rollback'} requested by user.`,
    );
    await runner.back(run);
    const failed = await runner.clean(run);
    if (isDeleted) return finishDeletion(stack, failed);
    setStatus(stack, failed.length > 0 ? 'ROLLBACK_FAILED' : 'ROLLBACK_COMPLETE');
  };

  const undoUpdate = async (run: Run, why: string) => {
    const { stack } = run;
    setStatus(stack, 'UPDATE_ROLLBACK_IN_PROGRESS', why);
    try {
      await runner.back(run);
    } catch (error) {
      return setStatus(stack, 'UPDATE_ROLLBACK_FAILED', whyOf(error, 'update'));
    }
    setStatus(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await runner.clean(run);
    setStatus(stack, 'UPDATE_ROLLBACK_COMPLETE');
  };

  return {
    async create(stack: Stack, desired: Desired, onFailure: OnFailure): Promise<void> {
      setStatus(stack, 'CREATE_IN_PROGRESS', 'User Initiated');
      const run = beginRun(stack);
      try {
        await runner.forward(run, desired);
      } catch (error) {
        return undoCreation(run, whyOf(error, 'create'), onFailure);
      }
      setStatus(stack, 'CREATE_COMPLETE');
    },

    async update(stack: Stack, desired: Desired, isRollbackDisabled: boolean): Promise<void> {
      setStatus(stack, 'UPDATE_IN_PROGRESS', 'User Initiated');
      stack.updatedMs = nowMs();
      const run = beginRun(stack);
      try {
        await runner.forward(run, desired);
      } catch (error) {
        const why = whyOf(error, error instanceof ResourceFailure && !run.resources.has(error.logicalId) ? 'create' : 'update');
        return isRollbackDisabled ? setStatus(stack, 'UPDATE_FAILED', why) : undoUpdate(run, why);
      }
      setStatus(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      // What cannot be deleted then stays: the stack is what it was asked to be.
      await runner.clean(run);
      setStatus(stack, 'UPDATE_COMPLETE');
    },

    async remove(stack: Stack): Promise<void> {
      const before = stack.status;
      setStatus(stack, 'DELETE_IN_PROGRESS', 'User Initiated');
      for (const { name } of stacks.exports().filter((exported) => exported.stack === stack)) {
        const user = stacks.importerOf(name);
        if (user) return setStatus(stack, before, `Delete canceled. Cannot delete export ${name} as it is in use by ${user.name}.`);
      }
      finishDeletion(stack, await runner.removeAll(stack));
    },
  };
}

function whyOf(error: unknown, what: 'create' | 'update'): string {
  if (error instanceof ResourceFailure) return `The following resource(s) failed to ${what}: [${error.logicalId}]. `;
  return `${error instanceof Error ? error.message : error}. `;
}
