// Whether an older version can read a home, and what has to be done before it can.
import { Fault } from '../../base/fault.ts'
import { FORMATS } from '../../contract/formats.ts'
import type { Config } from '../../contract/options.ts'
import { findFormats } from '../formats/look.ts'
import { lossesOf, revertSettings } from '../formats/settings.ts'
import type { ReleaseManifest } from '../release/manifest.ts'

export interface WayBack {
  /** The format that the settings go back to; null: the older version reads all as it is. */
  readonly settings: number | null
  /** What the older version has no place for, in words. */
  readonly losses: readonly string[]
}

/** Throws a Fault `downgrade-formats` where there is no way. */
export async function wayBack(home: string, config: Config, { version, formats }: ReleaseManifest): Promise<WayBack> {
  // A store that it does not know it leaves alone.
  const unread = (await findFormats(home, config)).filter(({ store, format }) => formats[store]?.reads.includes(format) === false)
  const target = formats['settings']?.writes ?? 0
  const losses = unread.some(({ store }) => store === 'settings') ? lossesOf(FORMATS.settings.writes, target) : []
  const lost = unread.filter(({ store }) => store !== 'settings' || losses === null)
  if (lost.length === 0 && losses !== null) return { settings: unread.length > 0 ? target : null, losses }
  const what = lost.map(({ path, format }) => `${path} (format ${format})`).join(', ')
  throw new Fault('downgrade-formats', `Version ${version} cannot read ${what}, and there is no way back: all in it would be lost.`, {
    blame: 'caller',
    mend: 'Restore a backup from before the upgrade into an empty home, or stay with this version.',
  })
}

export async function takeWayBack(home: string, { settings }: WayBack): Promise<void> {
  if (settings !== null) await revertSettings(home, settings)
}
