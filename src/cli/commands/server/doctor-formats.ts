// Whether this program can read all that the home holds, and whether the home is the one that it says.
import { Fault, messageOf } from '../../../base/fault.ts'
import { FORMATS } from '../../../contract/formats.ts'
import type { Config } from '../../../contract/options.ts'
import { findFormats, type FoundFormat } from '../../../lifecycle/formats/look.ts'
import { settingsDiverged } from '../../../lifecycle/formats/settings.ts'
import { masterFile } from '../../../lifecycle/home-files.ts'
import { requireOwnPlace } from '../../../lifecycle/start-guard.ts'
import type { Check } from './doctor-checks.ts'

export async function checkFormats(home: string, config: Config): Promise<readonly Check[]> {
  try {
    const found = await findFormats(home, config)
    const refused = found.flatMap(unreadable)
    const place = refused.length > 0 ? [] : await checkOwnPlace(home, config)
    return [...refused, ...place, ...conversion(home, found), told(found)].slice(0, 20)
  } catch (error) {
    return [failed('formats', error)]
  }
}

function failed(name: string, error: unknown): Check {
  const mend = error instanceof Fault ? error.mend : undefined
  return { name, state: 'fail', what: messageOf(error), ...(mend !== undefined && { mend }) }
}

/** Nothing where a start would take it for what it is. */
async function checkOwnPlace(home: string, config: Config): Promise<Check[]> {
  try {
    await requireOwnPlace(home, config)
    return []
  } catch (error) {
    return [failed('identity', error)]
  }
}

function unreadable({ store, path, format }: FoundFormat): Check[] {
  if (FORMATS[store].reads.includes(format)) return []
  const what = `${path} has format ${format}; this program reads ${FORMATS[store].reads.join(', ')}.`
  return [{ name: 'formats', state: 'fail', what, mend: 'Run the release that made it, or a newer one.' }]
}

function conversion(home: string, found: readonly FoundFormat[]): Check[] {
  if (!found.some(({ path }) => path === masterFile(home)))
    return [{ name: 'formats', state: 'warn', what: 'The settings are of an older release.', mend: 'The next start converts them.' }]
  if (!settingsDiverged(home)) return []
  const mend = "Make the changes again that are missed; 'hms cleanup' removes the older settings."
  return [{ name: 'formats', state: 'warn', what: 'An older release changed its settings after they were converted.', mend }]
}

function told(found: readonly FoundFormat[]): Check {
  const formats = new Map(found.map(({ store, format }) => [store, format]))
  return { name: 'formats', state: 'ok', what: `${[...formats].map(([store, format]) => `${store} ${format}`).join(', ')}.` }
}
