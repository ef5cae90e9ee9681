import { pageOf } from './paging.ts';
import { runtimeError } from './state-error.ts';

export interface HistoryEvent {
  id: number;
  previousEventId: number;
  type: string;
  atMs: number;
  details: Record<string, unknown> | undefined;
}

export const MAX_EVENTS = 25_000;
export const HISTORY_LIMIT_CAUSE = `The execution reached the maximum number of history events (${MAX_EVENTS}).`;

/** Adds an event of a state. Throws when the next one must be the execution's last: AWS keeps event 25,000 for its end. */
export function recordEvent(history: HistoryEvent[], type: string, atMs: number, details?: Record<string, unknown>): number {
  if (history.length >= MAX_EVENTS - 1) throw runtimeError(HISTORY_LIMIT_CAUSE);
  return appendEvent(history, type, atMs, details);
}

/** Adds an event that starts, redrives or ends an execution; answers its id. */
export function appendEvent(history: HistoryEvent[], type: string, atMs: number, details?: Record<string, unknown>): number {
  const id = history.length + 1;
  // AWS: the first state's event points at 0 too, not at ExecutionStarted, and so does a timeout of the execution.
  const previousEventId = id <= 2 || type === 'ExecutionTimedOut' ? 0 : id - 1;
  history.push({ id, previousEventId, type, atMs, details });
  return id;
}

/** The answer of GetExecutionHistory. */
export function historyPage(
  history: HistoryEvent[],
  input: { maxResults?: unknown; nextToken?: unknown; reverseOrder?: boolean; includeExecutionData?: boolean },
) {
  const events = input.reverseOrder ? history.toReversed() : history;
  const { page, nextToken } = pageOf(events, ({ id }) => String(id), input);
  return { events: page.map((event) => eventView(event, input.includeExecutionData ?? true)), nextToken };
}

function eventView({ id, previousEventId, type, atMs, details }: HistoryEvent, withData: boolean) {
  const shown = details && (withData ? withDataDetails(details) : withoutData(details));
  return { timestamp: atMs / 1000, type, id, previousEventId, ...(shown && { [detailsField(type)]: shown }) };
}

function detailsField(type: string): string {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type[0]!.toLowerCase()}${type.slice(1)}EventDetails`;
}

function withDataDetails({ input, output, ...rest }: Record<string, unknown>) {
  return {
    ...(input !== undefined && { input, inputDetails: { truncated: false } }),
    ...(output !== undefined && { output, outputDetails: { truncated: false } }),
    ...rest,
  };
}

const withoutData = ({ input: _input, output: _output, ...rest }: Record<string, unknown>) => rest;
