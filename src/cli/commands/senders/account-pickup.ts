// `hms account pickup`: whether files in a folder of the account are taken for mail.
import { existsSync, readdirSync } from 'node:fs'
import type { Command } from 'commander'
import type { Account } from '../../../contract/settings.ts'
import { pickupPlace } from '../../../lifecycle/home-files.ts'
import { accountId, badArgument, type Cli } from '../../cli.ts'
import { fields } from '../../output/table.ts'

interface PickupView {
  readonly account: Account['id']
  readonly on: boolean
  readonly folder: string
  readonly badmail: string
  /** Files that wait, are being taken, and were refused; null: there is no such folder, or not for whoever asks. */
  readonly waiting: number | null
  readonly taken: number | null
  readonly refused: number | null
}

export function registerPickup(command: Command, cli: Cli): void {
  command
    .command('pickup <id>')
    .description("show or change whether files (*.eml) in the account's pickup folder are taken for mail")
    .option('--on', 'take them')
    .option('--off', 'leave them there')
    .action(async (id: string, { on, off }: { on?: true; off?: true }) => {
      if (on && off) throw badArgument('Both --on and --off were given.')
      const known = accountId(id)
      const account =
        on || off
          ? await cli.call('account.set', { id: known, change: { pickup: on === true } })
          : (await cli.call('account.show', { id: known })).account
      cli.answer(viewOf(account, cli.home), describe)
    })
    .addHelpText('after', '\nExamples:\n  hms account pickup 1001 --on\n  hms account pickup 1001')
}

export function pickupInWords({ pickup }: Account): string {
  return pickup === true ? 'files are taken' : 'off'
}

function viewOf({ id, pickup = false }: Account, home: string): PickupView {
  const { folder, taken, badmail } = pickupPlace(home, id)
  const isMail = (name: string): boolean => /^[^.].*\.eml$/i.test(name)
  const counts = {
    waiting: countIn(folder, isMail),
    taken: countIn(taken, () => true),
    refused: countIn(badmail, (name) => !name.endsWith('.reason.txt')),
  }
  return { account: id, on: pickup, folder, badmail, ...counts }
}

function countIn(folder: string, counts: (name: string) => boolean): number | null {
  try {
    return existsSync(folder) ? readdirSync(folder).filter(counts).length : null
  } catch {
    return null
  }
}

function describe({ account, on, folder, badmail, waiting, taken, refused }: PickupView): string {
  const files = (count: number | null): string => (count === null || count === 0 ? 'nothing' : `${count} ${count === 1 ? 'file' : 'files'}`)
  return fields([
    ['account', account],
    ['pickup', on ? 'on' : 'off'],
    ['folder', folder],
    ['waiting', files(waiting)],
    ...(taken === null || taken === 0 ? [] : [['being taken', files(taken)] as const]),
    ['refused', files(refused) === 'nothing' ? 'nothing' : `${files(refused)} in ${badmail}, each with its reason beside it`],
  ])
}
