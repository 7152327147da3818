// `hms log`: the end of an account's processed log (docs/logs.md), today's or another day's; read from the files, so that it
// works while the server is stopped.
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import { dayOf } from '../../../services/logs/log-batch.ts'
import { readClosedLogEnd, readLogEnd } from '../../../services/tools/log-reading.ts'
import { accountId, badArgument, type Cli, wholeNumber } from '../../cli.ts'
import { visible } from '../../output/visible.ts'
import { notFound } from '../../not-found.ts'

interface LogOptions {
  day?: string
  lines: number
  follow?: true
}

const POLL = 500
const MOST_OCTETS = 1024 ** 3

export function register(command: Command, cli: Cli): void {
  command
    .argument('[account]', 'account', '1000')
    .option('--day <yyyyMMdd>', 'of another day', (text) => {
      if (!/^\d{8}$/.test(text)) throw badArgument(`"${text}" is no day such as 20261122.`)
      return text
    })
    .option('-n, --lines <n>', 'so many lines', wholeNumber(1, 1_000_000), 20)
    .option('-f, --follow', 'go on with lines as they are written')
    .addHelpText('after', '\nExamples:\n  hms log 1001\n  hms log 1001 --day 20261121 -n 1000\n  hms log 1001 --follow')
    .action(async (account: string, options: LogOptions) => show(cli, String(accountId(account)), options))
}

async function show(cli: Cli, account: string, { day, lines, follow }: LogOptions): Promise<void> {
  const fileNow = (): string => join(cli.home, 'accounts', account, 'logfiles', `${day ?? dayOf(Date.now())}Processed.log`)
  const file = fileNow()
  const closed = `${file}.gz`
  const bounds = { lines, octets: MOST_OCTETS, before: null }
  if (!existsSync(file) && existsSync(closed)) {
    cli.answer({ file: closed, lines: (await readClosedLogEnd(closed, bounds)).lines }, printed)
    return
  }
  if (!existsSync(file) && follow !== true) throw notFound(`There is no log ${file}.`, whereElse(cli.home, day ?? dayOf(Date.now())))
  let at = 0
  if (existsSync(file)) {
    at = statSync(file).size
    cli.answer({ file, lines: (await readLogEnd(file, { ...bounds, before: at })).lines }, printed)
  }
  if (follow === true) await followFrom(cli, { file, at, fileNow })
}

interface Following {
  readonly file: string
  /** Octets of it that were shown. */
  readonly at: number
  readonly fileNow: () => string
}

/** Prints lines as they are written, in the next day's file once there is one, until the process is interrupted. */
async function followFrom(cli: Cli, { file, at, fileNow }: Following): Promise<void> {
  for (;;) {
    await wait(POLL)
    const more = existsSync(file) ? readFrom(file, at) : ''
    const whole = more.slice(0, more.lastIndexOf('\n') + 1)
    at += Buffer.byteLength(whole)
    for (const line of whole.split('\n').slice(0, -1)) cli.terminal.write(`${visible(line)}\n`)
    const newest = fileNow()
    if (newest !== file && existsSync(newest)) [file, at] = [newest, 0]
  }
}

function printed({ lines }: { readonly lines: readonly string[] }): string {
  return lines.map((line) => `${visible(line)}\n`).join('')
}

/** The accounts that have a log of that day. */
function whereElse(home: string, day: string): string {
  const folder = join(home, 'accounts')
  const accounts = existsSync(folder) ? readdirSync(folder).toSorted() : []
  const have = accounts.filter((account) =>
    ['', '.gz'].some((end) => existsSync(join(folder, account, 'logfiles', `${day}Processed.log${end}`))),
  )
  return have.length === 0
    ? 'It begins with the first message of the day that came to its end.'
    : `There are logs of that day for account ${have.join(', ')}.`
}

function readFrom(file: string, at: number): string {
  const fd = openSync(file, 'r')
  try {
    const block = Buffer.alloc(Math.max(0, fstatSync(fd).size - at))
    readSync(fd, block, 0, block.length, at)
    return block.toString('utf8')
  } finally {
    closeSync(fd)
  }
}
