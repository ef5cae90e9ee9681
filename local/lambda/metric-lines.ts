/** The largest event that CloudWatch Logs takes, about; what is longer is no document. */
const LONGEST_LINE_CHARACTERS = 1_000_000;

/**
 * Picks out of what an instance prints the lines that may be metrics in the embedded metric format. A document is a line
 * of its own; CloudWatch Logs would also take one that `console.log` printed over several lines.
 */
export function createMetricLines() {
  let found: string[] = [];
  let unfinished = '';
  const add = (line: string) => {
    if (line.length <= LONGEST_LINE_CHARACTERS && line.includes('"_aws"')) found.push(line);
  };
  return {
    write(text: string): void {
      let from = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
        add(unfinished + text.slice(from, end));
        unfinished = '';
        from = end + 1;
      }
      // What has become too long already need not grow.
      if (unfinished.length <= LONGEST_LINE_CHARACTERS) unfinished += text.slice(from);
    },
    /** The lines since the last time. A request's last one may lack its end. */
    take(): string[] {
      add(unfinished);
      const taken = found;
      found = [];
      unfinished = '';
      return taken;
    },
  };
}

export type MetricLines = ReturnType<typeof createMetricLines>;
