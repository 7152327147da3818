// What a start makes sure of, with the home's lock in hand and before anything listens: that this program can read all of the home, that
// the home is the one it says, and that it is not older than its delivery journal. A home that was restored or cloned by hand would send
// again what was sent since: it accepts and delivers nothing until its owner says what it is.
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import type { Config } from '../contract/options.ts'
import { ownNewest } from '../store/journal/journal.ts'
import { journalPositions, type Positions } from '../store/journal/reader.ts'
import { readCursors } from '../store/sqlite/events/events.ts'
import { openSettings } from '../store/sqlite/settings/settings.ts'
import { settingsFacts } from '../store/sqlite/settings/settings-formats.ts'
import { shardNumbers, skipEvents } from '../store/sqlite/spool/shard-numbers.ts'
import { requireFormats } from './formats/look.ts'
import { bringSettings, type ConvertedSettings } from './formats/settings.ts'
import { journalFolder, keyFile, masterFile, settingsFiles, settingsInForce, shardsOf } from './home-files.ts'
import { copiedFrom, readIdentity, writeIdentity } from './identity.ts'
import { crashPoint } from '../base/crash-point.ts'

const MEND =
  "'hms restore --in-place' compares it with the delivery journal and says what will be done; with --moved where the other home is gone and sent nothing since."

const MEND_LOST =
  "'hms restore BACKUP' brings back what a backup has of it ('hms backup ls' lists them). Without one 'hms restore --in-place' names what is gone and goes on."

/**
 * Throws a Fault: `format-newer`, `format-older`, `home-copied`, `home-behind`, `journal-foreign`, `journal-unreadable`, `conversion-failed`,
 * `no-room`. Gives what was converted.
 */
export async function prepareHome(home: string, config: Config): Promise<ConvertedSettings | null> {
  // A folder that is no home is told so by whoever opens its settings.
  if (settingsFiles(home).length === 0) return null
  await requireFormats(home, config)
  requireOriginal(home)
  const converted = await bringSettings(home)
  using settings = openSettings({ file: masterFile(home), keyFile: keyFile(home, config) })
  await requirePresent(home, config, settings.installation())
  return converted
}

/** Throws the Fault by which a start would refuse a home that is a copy, or older than its journal. Changes nothing; a server may run. */
export async function requireOwnPlace(home: string, config: Config): Promise<void> {
  requireOriginal(home)
  const installation = settingsFacts(settingsInForce(home))?.installation ?? null
  // Before the settings had one there was no journal.
  if (installation !== null) await requirePresent(home, config, installation)
}

function requireOriginal(home: string): void {
  // Settings that are not converted yet may be from before there was an identity.
  const isKnown = readIdentity(home) !== null || settingsFiles(home).some(({ path }) => path === masterFile(home))
  const why = isKnown ? copiedFrom(home) : null
  if (why === null) return
  throw new Fault('home-copied', `The home ${home} is a copy (${why}), so nothing is accepted or delivered.`, {
    blame: 'owner',
    mend: MEND,
  })
}

async function requirePresent(home: string, config: Config, installation: string): Promise<void> {
  const journal = { folder: journalFolder(home, config), installation }
  await ownNewest(journal)
  const positions = await journalPositions(journal)
  // Whatever was known when the home was adopted: each shard was there then.
  const there = new Set(shardsOf(home))
  const lost = [...positions.keys()].find((shard) => !there.has(shard))
  const why = lost === undefined ? behind(home, positions) : `shard ${lost} is lost`
  if (why === null) return
  throw new Fault('home-behind', `The home ${home} is older than its delivery journal (${why}), so nothing is accepted or delivered.`, {
    blame: 'owner',
    mend: lost === undefined ? MEND : MEND_LOST,
  })
}

/** What of the home the journal is ahead of, as the middle of a sentence; each of its shards is there. */
function behind(home: string, positions: Positions): string | null {
  const known = readIdentity(home)?.known ?? {}
  const ahead = [...positions].filter(([shard, number]) => number > (known[shard] ?? 0))
  const spool = new Map(ahead.map(([shard]) => [shard, shardNumbers(join(home, 'spool'), shard)]))
  // After the outboxes: what went from them meanwhile was told before.
  const told = readCursors(join(home, 'events'))
  for (const [shard, number] of ahead) {
    const numbers = spool.get(shard) ?? null
    if (numbers === null) continue
    const what = `the journal knows events of shard ${shard} up to ${number}`
    if (number >= numbers.nextEvent) return `${what}, the spool gave numbers below ${numbers.nextEvent}`
    // An event is either told or waits in the outbox. Without cursors nothing is said of what was told.
    const last = Math.max(told?.get(shard) ?? 0, numbers.lastWaiting)
    if (told !== null && number > last) return `${what}, the home up to ${last}`
  }
  return null
}

/**
 * This folder is the home from now on: its identity is written anew, new messages get ids of a new epoch, and no event gets a number that
 * the journal or the desk knows. The caller holds the home's lock and has made sure that nothing is sent twice. May be repeated.
 */
export async function adoptHome(home: string, config: Config, by: string): Promise<void> {
  using settings = openSettings({ file: masterFile(home), keyFile: keyFile(home, config) })
  const installation = settings.installation()
  const positions = await journalPositions({ folder: journalFolder(home, config), installation })
  const taken = new Map(readCursors(join(home, 'events')))
  for (const [shard, number] of positions) taken.set(shard, Math.max(number, taken.get(shard) ?? 0))
  crashPoint('adopt-begun')
  for (const [shard, number] of taken) skipEvents(join(home, 'spool'), shard, number)
  crashPoint('adopt-numbered')
  settings.renewEpoch(by)
  crashPoint('adopt-renewed')
  await writeIdentity(home, installation, Object.fromEntries(positions))
}
