// `hms classify`: what replies mean, one a line on standard input.
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { ownTextsOf } from '../../../lifecycle/own-texts.ts'
import { MOST_LINE, toldOf, type Told } from '../../../policy/classify/told.ts'
import type { Cli } from '../../cli.ts'
import { visible } from '../../output/visible.ts'
import { registerLearn } from './classify-learn.ts'

export function register(command: Command, cli: Cli): void {
  command.action(() => classifyLines(cli))
  registerLearn(command, cli)
  command.addHelpText(
    'after',
    '\nReads replies from standard input, one a line; \\n in a line stands for a line break of the reply. No server is needed.\n\nExamples:\n  echo "550 5.1.1 User unknown" | hms classify\n  hms classify --json < replies.txt\n  hms classify learn 1 --code 2001 --dry-run',
  )
}

async function classifyLines(cli: Cli): Promise<void> {
  const own = existsSync(cli.home) ? ownTextsOf(cli.home) : null
  let first = true
  for await (const line of lines()) {
    const told = toldOf(line, own)
    if (!cli.json && first) process.stdout.write(row(['TYPE', 'CATEGORY', 'CODE', 'BLAME', 'ACTION', 'RULE', 'REPLY']))
    first = false
    const text = cli.json ? `${JSON.stringify(told)}\n` : row(cells(told))
    if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
}

function cells({ type, category, code, blame, action, rule, reply }: Told): readonly string[] {
  return [type, category, String(code), blame ?? '-', action, rule ?? '-', reply.slice(0, 100)]
}

const WIDTHS = [13, 12, 4, 10, 8, 26]

function row(texts: readonly string[]): string {
  return `${texts
    .map((text, i) => visible(text).padEnd(WIDTHS[i] ?? 0))
    .join('  ')
    .trimEnd()}\n`
}

/** Lines of standard input, each cut: what has no end does not fill the memory. */
async function* lines(): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    const parts = (rest + String(chunk)).split('\n')
    rest = (parts.pop() ?? '').slice(0, MOST_LINE)
    for (const part of parts) if (part.trim() !== '') yield part.slice(0, MOST_LINE)
  }
  if (rest.trim() !== '') yield rest
}
