import { ServiceError } from '../service.ts';

/** A task that waits for its token. */
export interface WaitingTask {
  succeed(output: string): void;
  fail(error: string | undefined, cause: string | undefined): void;
  heartbeat(): void;
}

export type TaskTokens = ReturnType<typeof createTaskTokens>;

/** The tokens of all attempts that are open. A token names its execution, so that a spent one is told from an unknown one. */
export function createTaskTokens(newId: () => string) {
  const open = new Map<string, WaitingTask>();
  return {
    issue: (executionArn: string) => Buffer.from(`${newId()} ${executionArn}`).toString('base64'),
    open(token: string, task: WaitingTask) {
      open.set(token, task);
    },
    close(token: string) {
      open.delete(token);
    },
    /** Throws InvalidToken, TaskDoesNotExist, or TaskTimedOut when its task is over. */
    find(token: unknown, isExecution: (arn: string) => boolean): WaitingTask {
      const task = open.get(token as string);
      if (task) return task;
      if (!isExecution(executionOfToken(token))) throw new ServiceError('TaskDoesNotExist', 'Task does not exist');
      throw new ServiceError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    },
  };
}

/** The ARN of the execution that a token names. Throws InvalidToken. */
export function executionOfToken(token: unknown): string {
  const arn = typeof token === 'string' ? /^\S+ (arn:\S+)$/.exec(Buffer.from(token, 'base64').toString())?.[1] : undefined;
  if (!arn) throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  return arn;
}
