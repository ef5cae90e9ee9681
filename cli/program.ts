import completion from '@bomb.sh/tab/commander';
import { Command, InvalidArgumentError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { CommandName } from './command.ts';
import type { Machine } from './machine.ts';

/**
 * What the command line can say, on commander: typed, without dependencies, with help and suggestions for every command; 14,
 * since 15 wants a newer Node than Teal does. What a command does is imported when it is
 * called: help must be quick.
 */
export function createProgram(machine: Machine, end: (exitCode: number) => void): Command {
  const program = new Command('teal')
    .description('Blue-green releases for AWS Lambda: watched, reversible, never left half-shifted')
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({ writeOut: machine.write, writeErr: (text) => machine.warn(text.trimEnd()) })
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_CODES);

  /** A command of Teal's API, with an example. */
  const add = (usage: string, description: string, example: string) =>
    program
      .command(usage)
      .description(description)
      .option('--api <url>', "Teal's API (or TEAL_API); unless said, output ApiUrl of its stack")
      .option('--teal-stack <name>', "the CloudFormation stack of Teal's own", 'teal-prod')
      .option('--region <region>', 'the AWS region (or AWS_REGION)')
      .option('--profile <name>', 'the profile of the AWS credentials (or AWS_PROFILE)')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  $ ${example}`);
  const alias = () => new Option('--alias <name>', 'the alias').default('live');
  const noColor = () => new Option('--no-color', 'plain lines, one per change, also on a terminal');

  add('release', 'Release what is in $LATEST, and watch it to its end', 'teal release orders-api --plan "10% 5m, 50% 30m" --alarms auto')
    .argument('[functions...]', 'functions, released together or not at all')
    .addOption(alias())
    .option('--published <version>', 'release this published version of the function, and not what is in $LATEST')
    .option('--plan <plan>', 'steps such as "10% 5m, 50% 30m", or the name of a CodeDeploy configuration')
    .addOption(new Option('--alarms <which>', 'watch every alarm that names a function').choices(['auto']).conflicts('alarm'))
    .option('--alarm <name>', 'watch this alarm; may be given more than once', collect)
    .option('--stack <name>', 'all functions of this CloudFormation stack; may be given more than once', collect)
    .option('--tag <key=value>', 'all functions with this tag; may be given more than once', collect)
    .option('--file <path>', 'a release as JSON; what the command line says goes before it')
    .option('--reason <text>', 'why, for the record')
    .option('--again', 'also code that an earlier release reverted')
    .addOption(
      new Option('--on-role-change <what>', 'switch: at once at 100 %, where blue and green differ in their role').choices([
        'reject',
        'switch',
      ]),
    )
    .option('--preview <alias>', 'a second alias that is on green until the end, for testers')
    .option('--unwatched', 'also when nothing can judge it')
    .addOption(new Option('--approval <before>', 'somebody must approve it before this').choices(['traffic', 'promote']))
    .option('--start-at <time>', 'begin no earlier, such as 2026-12-01T02:00:00Z; until then it holds nothing')
    .addOption(
      new Option('--if-busy <what>', 'when another release has a function: be refused, wait for its end, or have it reverted').choices([
        'fail',
        'wait',
        'replace',
      ]),
    )
    .option('--override-freeze <why>', "also inside a freeze window of Teal's stack")
    .option('--before-traffic <function>', 'a hook before green has traffic; may be given more than once', collect)
    .option('--after-traffic <function>', 'a hook once green serves for good; may be given more than once', collect)
    .option('--after-revert <function>', 'a hook once blue serves again; may be given more than once', collect)
    .option('--warm <count>', 'so many requests at once to green just before its first traffic', Number)
    .option('--rollback-window <duration>', 'how long blue keeps its provisioned concurrency after the promotion, such as 1h')
    .option('--keep-versions <count>', 'delete older versions than these after the promotion', Number)
    .option('--detach', 'start it, and do not wait for its end')
    .addOption(
      new Option('--dry-run', 'start nothing: print the plan, every check, the cost and what differs; 2 when it would not begin').conflicts(
        'detach',
      ),
    )
    .addOption(noColor())
    .action(async (functions, options) => end(await (await import('./release.ts')).release(machine, functions, options)));

  add('watch', 'Watch a release to its end', 'teal watch orders-api-20261122-093005-4f7a2c')
    .argument('[id]', 'the release; unless said, the newest in flight', given)
    .addOption(noColor())
    .action(async (id, options) => end(await (await import('./watch.ts')).watch(machine, id, options)));

  add('list', 'List releases, the newest first', 'teal list --function orders-api --status reverted')
    .option('--function <name>', 'of this function only')
    .option('--status <status>', 'of this status only')
    .option('--limit <count>', 'at most so many')
    .action(async (options) => (await import('./list.ts')).list(machine, options));

  add('show', 'Show a release with its timeline', 'teal show orders-api-20261122-093005-4f7a2c')
    .argument('<id>', 'the release', given)
    .action(async (id, options) => (await import('./show.ts')).show(machine, id, options));

  add('status', 'Show who serves traffic now, since when, by which release', 'teal status orders-api')
    .argument('<function>', 'the function', given)
    .addOption(alias())
    .action(async (name, options) => (await import('./status.ts')).status(machine, name, options));

  const addCommand = (name: CommandName, description: string, reason: string) =>
    add(name, description, `teal ${name} orders-api-20261122-093005-4f7a2c --reason "${reason}"`)
      .argument('<id>', 'the release', given)
      .option('--reason <text>', 'why, for the record')
      .action(async (id, options) => (await import('./command.ts')).command(machine, name, id, options));
  addCommand('promote', 'Promote green now, without the bakes that are left', 'the fix is urgent');
  addCommand('advance', 'Go on to the next step now', 'traffic is quiet');
  addCommand('abort', 'Give blue all traffic again', 'support sees errors');

  addCommand('pause', 'Stay at this weight, watched, until it is resumed', 'support asks for time');
  addCommand('resume', 'Go on with what was paused', 'support is ready');
  addCommand('approve', 'Agree to what a release waits for: traffic, or its promotion', 'seen on staging');
  addCommand('decline', 'Refuse it: green gets no traffic, or has none any more', 'the copy is wrong');

  add('rollback', 'Go back to the version before the last release, after its end', 'teal rollback orders-api --reason "checkout is broken"')
    .argument('<functions...>', 'functions, rolled back together or not at all')
    .addOption(alias())
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--even-after-contract', 'also when an afterTraffic hook has been called since')
    .option('--direct', 'without Teal, by your own permissions in Lambda; Teal records it later')
    .option('--to <version>', 'with --direct: the version to go back to, where the alias does not say')
    .action(async (functions, options) => end(await (await import('./rollback.ts')).rollback(machine, functions, options)));

  add('adopt', 'Give functions the alias that Teal releases by, and list who calls them without it', 'teal adopt orders-api payments')
    .argument('<functions...>', 'the functions')
    .addOption(alias())
    .action(async (functions, options) => (await import('./adopt.ts')).adopt(machine, functions, options));

  add(
    'doctor',
    'Check credentials, region, Teal, and the aliases it manages, and say how to mend what is wrong',
    'teal doctor --region eu-west-1',
  )
    .option('--ci-policy', 'print the IAM policy that a pipeline needs')
    .action(async (options) => {
      if (options.ciPolicy) return (await import('./ci-policy.ts')).ciPolicy(machine, options);
      end(await (await import('./doctor.ts')).doctor(machine, options));
    });

  completion(program, { completionCommandName: 'completion' });
  program.commands.find((command) => command.name() === 'completion')!.addHelpText('after', COMPLETION);
  return program;
}

/** A pipeline's variable that is not set must not stand for another release. */
function given(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It is empty: is a variable not set?');
  return value;
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

const COMPLETION = `
Example (bash, which needs its package bash-completion; zsh; fish):
  $ teal completion bash > ~/.local/share/bash-completion/completions/teal
  $ teal completion zsh > ~/.zsh/completions/_teal
  $ teal completion fish > ~/.config/fish/completions/teal.fish`;

const EXIT_CODES = `
Exit codes: 0 promoted, unchanged, or gave way to a newer release that waited too, 1 reverted,
  2 rejected or refused, 3 an alias was moved or is stuck, 64 wrong usage, 69 Teal cannot be reached

Example:
  $ teal release orders-api --alarms auto`;
