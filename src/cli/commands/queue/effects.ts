// `hms effects`: what automation holds back at the moment, why and until when; ended or made longer by hand.
import type { Command } from 'commander'
import { formatDuration, parseDuration } from '../../../base/quantities.ts'
import type { BlockEffect } from '../../../contract/blocks.ts'
import { placeWords } from '../../../policy/blocks/places.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { dateTime } from '../../output/when.ts'
import { notFound } from '../../not-found.ts'

export function register(command: Command, cli: Cli): void {
  command
    .command('ls')
    .description('list what is held back now, with cause, start and end')
    .action(async () => cli.answer(await cli.call('effects.list', {}), (effects) => listing(effects, cli.terminal.width)))
  command
    .command('end <id>')
    .description('end one now: mail goes as before')
    .action(async (id: string) => {
      const result = await cli.call('effects.end', { id })
      if (!result.found) throw noEffect(id)
      cli.answer(result, () => 'Ended. Mail goes as before.\n')
    })
  command
    .command('extend <id> <time>')
    .description('let one hold for so long from now, such as 30m or 4h')
    .action(async (id: string, time: string) => {
      const span = parseDuration(time)
      if (span === undefined || span < 1000 || span > 7 * 86_400_000)
        throw badArgument(`"${time}" is no time from 1s to 7d, such as 30m or 4h.`)
      const result = await cli.call('effects.extend', { id, for: span })
      if (!result.found) throw noEffect(id)
      cli.answer(result, () => `It holds for ${formatDuration(span)} from now.\n`)
    })
  command.addHelpText('after', '\nExamples:\n  hms effects ls\n  hms effects end 3f2a9c01de\n  hms effects extend 3f2a9c01de 4h')
}

function noEffect(id: string): Error {
  return notFound(`There is no effect ${visible(id)}.`, "'hms effects ls' lists them; one that ended is no longer there.")
}

function listing(effects: readonly BlockEffect[], width: number): string {
  return table(
    effects,
    [
      { title: 'ID', of: ({ id }) => id },
      { title: 'WHERE', of: ({ place }) => placeWords(place), shrinks: true },
      { title: 'NOW', of: doing },
      { title: 'SINCE', of: ({ since }) => dateTime(since) },
      { title: 'UNTIL', of: ending },
      { title: 'RULE', of: ({ rule, block }) => `${rule}: ${block}` },
      { title: 'CAUSE', of: ({ cause }) => cause, shrinks: true },
    ],
    width,
    'Nothing is held back.',
  )
}

/** After its end a pace or a number of connections comes back step by step. */
function ending({ until, recoversUntil }: BlockEffect): string {
  return until > Date.now() || recoversUntil <= until ? dateTime(until) : `whole ${dateTime(recoversUntil)}`
}

function doing({ action, to, target }: BlockEffect): string {
  if (action === 'pool') return `from pool ${target}`
  if (action === 'priority') return `priority ${target}`
  if (action === 'fail') return 'failed'
  if (to === null) return 'paused'
  return action === 'slow' ? `${to} messages per minute` : `${to} connection${to === 1 ? '' : 's'}`
}
