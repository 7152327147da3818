// `hms classify learn`: a line of the owner's response_translations.list out of a pattern or of an unknown reply.
import type { Command } from 'commander'
import { FAILURE_CODES, type FailureCode } from '../../../contract/failure-codes.ts'
import { requireHome } from '../../../lifecycle/home-state.ts'
import { badArgument, type Cli, domainName } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'

interface Options {
  readonly code: FailureCode
  readonly site?: string
  readonly dryRun?: true
}

const LIST = 'response_translations.list'

export function registerLearn(command: Command, cli: Cli): void {
  command
    .command('learn <pattern>')
    .description(`a rule of yours: replies that match get the failure code; a number names a reply of 'hms unknowns ls'`)
    .requiredOption('--code <code>', 'the failure code, such as 2001 (invalid address)', failureCode)
    .option('--site <domain>', 'only for mail to this domain', domainName)
    .option('--dry-run', 'tell what it would change, and change nothing')
    .action((text: string, options: Options) => learn(text, options, cli))
    .addHelpText(
      'after',
      `\nThe line goes to the end of ${LIST} in config/ of the home, which is made of the shipped one where it is not there.\nA running server sees it within two seconds.\n\nExamples:\n  hms classify learn 1 --code 2001 --dry-run\n  hms classify learn 'no longer works here' --code 2004 --site example.com`,
    )
}

function failureCode(text: string): FailureCode {
  if (Object.hasOwn(FAILURE_CODES, text)) return Number(text) as FailureCode
  throw badArgument(`"${text}" is no failure code.`, `There are ${Object.keys(FAILURE_CODES).join(', ')}.`)
}

async function learn(text: string, { code, site, dryRun }: Options, cli: Cli): Promise<void> {
  requireHome(cli.home)
  const what = /^\d{1,4}$/.test(text) ? { reply: Number(text) } : { pattern: text }
  const learned = await cli.call('replies.learn', {
    ...what,
    code,
    ...(site !== undefined && { site }),
    ...(dryRun === true && { dryRun }),
  })
  cli.answer(learned, ({ file, line, added, unknowns }) => {
    const head = fields([
      [added ? 'added to' : 'would be added to', file],
      ['line', line],
      ['means', `${code}, ${FAILURE_CODES[code]}`],
      ['matches', `${unknowns.reduce((sum, { count }) => sum + count, 0)} of the unknown replies`],
    ])
    const columns = [
      { title: 'COUNT', of: ({ count }: (typeof unknowns)[number]) => count, right: true },
      { title: 'DOMAIN', of: ({ domain }: (typeof unknowns)[number]) => domain },
      { title: 'SAMPLE', of: ({ sample }: (typeof unknowns)[number]) => sample, shrinks: true },
    ]
    return unknowns.length === 0 ? head : `${head}\n${table(unknowns.slice(0, 20), columns, cli.terminal.width, '')}`
  })
}
