import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ASL_FILE, drawDiagram, placeDiagram, README_FILE, type StateMachine } from '../scripts/diagram.ts';

const small: StateMachine = {
  StartAt: 'Try',
  States: {
    Try: {
      Type: 'Task',
      Next: 'Did it work?',
      Catch: [
        { ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Note it' },
        { ErrorEquals: ['States.ALL'], Next: 'Failed' },
      ],
    },
    'Did it work?': { Type: 'Choice', Choices: [{ Variable: '$.works', BooleanEquals: false, Next: 'Failed' }], Default: 'Which way?' },
    'Which way?': { Type: 'Choice', Choices: [{ Variable: '$.way', StringEquals: 'on', Next: 'Done' }], Default: 'Try' },
    'Note it': { Type: 'Pass', Next: 'Failed' },
    Done: { Type: 'Succeed' },
    Failed: { Type: 'Fail' },
  },
};

describe('the diagram', () => {
  it('in the README is that of the state machine (npm run diagram draws it anew)', () => {
    const readme = readFileSync(README_FILE, 'utf8');
    const machine = JSON.parse(readFileSync(ASL_FILE, 'utf8')) as StateMachine;
    expect(readme).toBe(placeDiagram(readme, drawDiagram(machine)));
  });

  it('shows the flow with full lines, choices with what they choose by, and failures with dashed lines', () => {
    expect(drawDiagram(small).split('\n')).toEqual([
      'flowchart TD',
      '  start(( )) --> Try',
      '  Try["Try"]',
      '  Did_it_work{"Did it work?"}',
      '  Which_way{"Which way?"}',
      '  Note_it("Note it")',
      '  Done(["✓ Done"])',
      '  Failed(["✗ Failed"])',
      '  Try --> Did_it_work',
      '  Did_it_work -->|"no"| Failed',
      '  Did_it_work -->|"yes"| Which_way',
      '  Which_way -->|"on"| Done',
      '  Which_way -->|"otherwise"| Try',
      '  Note_it --> Failed',
      '  Try -.->|"HeartbeatTimeout"| Note_it',
      '  Try -.-> Failed',
    ]);
  });

  it('refuses a rule that it cannot draw, rather than leave it out', () => {
    const rule = { Variable: '$.way', And: [], StringEquals: 'on', Next: 'Done' };
    expect(() => drawDiagram({ StartAt: 'A', States: { A: { Type: 'Choice', Choices: [rule] }, Done: { Type: 'Succeed' } } })).toThrow(
      'leads to Done',
    );
  });

  it('draws a comparison with what may not be there as the comparison', () => {
    const And = [
      { Variable: '$.way', IsPresent: true },
      { Variable: '$.way', StringEquals: 'on' },
    ];
    const machine = { StartAt: 'A', States: { A: { Type: 'Choice', Choices: [{ And, Next: 'Done' }] }, Done: { Type: 'Succeed' } } };
    expect(drawDiagram(machine)).toContain('A -->|"on"| Done');
  });

  it('takes its place between the markers and touches nothing else', () => {
    const readme = 'before\n<!-- diagram:begin -->\nan old one\n<!-- diagram:end -->\nafter\n';
    const placed = placeDiagram(readme, 'flowchart TD');
    expect(placed).toBe('before\n<!-- diagram:begin -->\n\n```mermaid\nflowchart TD\n```\n\n<!-- diagram:end -->\nafter\n');
    expect(placeDiagram(placed, 'flowchart TD')).toBe(placed);
  });

  it.each(['no markers', '<!-- diagram:begin --> only', '<!-- diagram:end --> before <!-- diagram:begin -->'])(
    'says what is missing in a README with %s',
    (readme) => {
      expect(() => placeDiagram(readme, 'flowchart TD')).toThrow('<!-- diagram:begin --> and <!-- diagram:end -->');
    },
  );
});
