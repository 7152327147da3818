// `hms lists`: the owner's list files about replies and bounces: which copy counts, what is wrong in it, what it makes of a reply.
import type { Command } from 'commander'
import { requireHome } from '../../../lifecycle/home-state.ts'
import { listStates, triedLists } from '../../../lifecycle/list-files.ts'
import type { Cli } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'

export function register(command: Command, cli: Cli): void {
  command.action(() => show(cli))
  command
    .command('ls')
    .description('which copy of each file counts, how many of its lines, and what is wrong in it; exit code 1 where something is')
    .action(() => show(cli))
  command
    .command('try <reply>')
    .description('what the files make of a reply: code, enhanced code and text on one line')
    .action((reply: string) => {
      requireHome(cli.home)
      const answer = triedLists(cli.home, reply)
      cli.answer(answer, () =>
        fields([
          ['recipient', answer.status === null || answer.status === 'default' ? 'as the program decides' : answer.status],
          ['alert', answer.alert ?? 'none'],
          ['next attempt', answer.wait === null ? 'by the retry schedule' : `after ${answer.wait / 1000} s`],
          ['failure code', answer.code === null ? 'as the program decides' : String(answer.code)],
        ]),
      )
    })
  command.addHelpText('after', '\nExamples:\n  hms lists\n  hms lists try "451 4.7.1 Greylisted, come back later"')
}

function show(cli: Cli): void {
  requireHome(cli.home)
  const states = listStates(cli.home)
  if (states.some(({ problems }) => problems.length > 0)) process.exitCode = 1
  cli.answer(states, (rows) => {
    const list = table(
      rows,
      [
        { title: 'LIST', of: (row) => row.name },
        { title: 'COPY', of: (row) => row.copy },
        { title: 'LINES', of: (row) => String(row.entries) },
        { title: 'FILE', of: (row) => row.file, shrinks: true },
      ],
      cli.terminal.width,
      '',
    )
    const wrong = rows.flatMap(({ file, problems }) => problems.map(({ line, problem }) => `${file}:${line}: ${problem}\n`))
    return wrong.length === 0 ? list : `${list}\nThese lines do not count:\n${wrong.join('')}`
  })
}
