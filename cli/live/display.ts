import { tellChanges } from '../../client/watch.ts';
import type { Machine, Terminal } from '../machine.ts';
import type { ReleaseAnswer } from '../release-answer.ts';
import { isSameBut, type LiveModel } from './model.ts';
import { printModel } from './printer.ts';

/** Where a release is shown. */
export interface Display {
  /** Whether the numbers of CloudWatch are shown. */
  showsNumbers: boolean;
  show(model: LiveModel, release: ReleaseAnswer): void;
  /** Shows that something is up with the connection. */
  notice(line: string): void;
  /** Leaves the last frame where it is. */
  close(): void;
}

/** JSON lines with --json; one frame, drawn in place, on a terminal; else plain lines, one per change. */
export function openDisplay(machine: Machine, { json, color }: { json?: boolean; color: boolean }): Display {
  const { terminal } = machine;
  if (json) return jsonLines(machine);
  return terminal && color && machine.env.TERM !== 'dumb' ? frames(machine, terminal) : plainLines(machine);
}

function jsonLines({ write, warn }: Machine): Display {
  let last: LiveModel | undefined;
  return {
    showsNumbers: true,
    show(model) {
      if (!last || !isSameBut(model, last)) write(`${JSON.stringify(model)}\n`);
      last = model;
    },
    notice: warn,
    close() {},
  };
}

function plainLines({ write, warn }: Machine): Display {
  const tell = tellChanges((line) => write(`${line}\n`));
  return { showsNumbers: false, show: (_, release) => tell(release), notice: warn, close() {} };
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_BELOW = '\x1b[J';
const up = (lines: number) => (lines > 0 ? `\x1b[${lines}A` : '');

function frames({ write, env }: Machine, terminal: Terminal): Display {
  let drawn = 0;
  let drawnColumns = 0;
  let isOpen = true;
  let notice: string | undefined;
  let last: LiveModel | undefined;
  const draw = (model: LiveModel) => {
    const columns = terminal.columns();
    // Another width has wrapped what was drawn before: the frame begins anew below it.
    if (columns !== drawnColumns) drawn = 0;
    drawnColumns = columns;
    // What has left the screen at its top cannot be drawn over.
    const rows = Math.max(1, terminal.rows() - 1);
    const lines = printModel(model, { columns, rows, hasColour: !env.NO_COLOR, notice });
    write(`${HIDE_CURSOR}\r${up(drawn)}${CLEAR_BELOW}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines.length;
  };
  return {
    showsNumbers: true,
    show(model) {
      notice = undefined;
      last = model;
      draw(model);
    },
    notice(line) {
      notice = line;
      if (last) draw(last);
      else write(`${line}\n`);
    },
    close() {
      if (isOpen && drawn > 0) write(SHOW_CURSOR);
      isOpen = false;
    },
  };
}
