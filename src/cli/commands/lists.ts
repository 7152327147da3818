// `hms lists`: the owner's list files about replies and bounces: which copy counts, what is wrong in it, what it makes of a reply.
import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { messageOf, Fault } from '../../base/fault.ts'
import { requireHome } from '../../lifecycle/home-state.ts'
import { ownList, shippedList } from '../../lifecycle/list-files.ts'
import type { ListProblem } from '../../policy/lists/list-file.ts'
import { checkList, LIST_NAMES, type ListName, replyLists } from '../../policy/lists/reply-lists.ts'
import { askLists } from '../../policy/lists/verdict.ts'
import type { Cli } from '../cli.ts'
import { fields, table } from '../output/table.ts'

interface ListState {
  readonly name: ListName
  readonly file: string
  readonly copy: 'own' | 'shipped'
  readonly entries: number
  readonly problems: readonly ListProblem[]
}

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
      const { status, wait, code } = askLists(
        replyLists((name) => textOf(cli.home, name)),
        reply,
      )
      const answer = { status: status?.status ?? null, alert: status?.alert ?? null, wait: wait ?? null, code: code ?? null }
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
  const states = LIST_NAMES.map((name) => stateOf(cli.home, name))
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

function stateOf(home: string, name: ListName): ListState {
  const own = ownList(home, name)
  const isOwn = existsSync(own)
  return { name, file: isOwn ? own : shippedList(name), copy: isOwn ? 'own' : 'shipped', ...checkList(name, textOf(home, name)) }
}

function textOf(home: string, name: ListName): string {
  const own = ownList(home, name)
  const file = existsSync(own) ? own : shippedList(name)
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Fault('list-unreadable', `The list ${file} cannot be read: ${messageOf(error)}.`, { blame: 'owner' })
  }
}
