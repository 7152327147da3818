// Mail of the queue that is bound to another pool or route: remembered as what was said, so that it counts at once, however much it is about,
// and over restarts. It is about what was accepted before, and forgotten when nothing of that can be left.
import type { QueueSelection } from '../../../contract/queue-operations.ts'
import type { Rebinding } from '../../../contract/settings.ts'
import { RULE_SETTINGS } from '../../../contract/rules.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { Params, refused } from '../params.ts'
import { countedSelection, countOf, requireNoMore } from './counted.ts'

type Table = Pick<OperationTable, 'queue.rebind' | 'queue.rebindings' | 'queue.unbind'>

/** Each is looked at for every recipient. */
const MOST = 100
const MOST_IDS = 1000
const MOST_NOTED = 500
const FORGOTTEN_AFTER = RULE_SETTINGS.expiry.max + 86_400_000

export function rebindingOperations({ settings, workers, now, live, by }: OperationContext): Table {
  const announced = (): Promise<unknown> => (live().running ? workers.all('settings.changed', {}) : Promise.resolve())
  const current = (): readonly Rebinding[] => settings.read().rebindings.filter(({ at }) => at > now() - FORGOTTEN_AFTER)
  return {
    'queue.rebindings': async (values) => {
      new Params(values).done()
      return current()
    },
    'queue.rebind': async (values) => {
      const params = new Params(values)
      const { selection, most } = countedSelection(params.raw('selection'))
      const target = targetOf(params, settings.read())
      const [isNow, dryRun] = [params.flag('now'), params.flag('dryRun')]
      params.done()
      checkSelection(selection)
      const at = now()
      const its = { ...selection, acceptedBefore: Math.min(at, selection.acceptedBefore ?? at) }
      const { recipients } = most === null ? await countOf(workers, its) : await requireNoMore(workers, its, most)
      if (dryRun || recipients === 0) return { rebinding: null, recipients }
      const all = settings.read().rebindings
      for (const { id } of all.filter((one) => !current().includes(one) && one.at <= at - FORGOTTEN_AFTER)) settings.removeRebinding(id, by)
      if (current().length >= MOST) throw refused(`There are ${MOST} bindings, as many as there may be.`, "End one: 'hms queue unbind'.")
      const rebinding: Rebinding = { id: Math.max(0, ...all.map(({ id }) => id)) + 1, selection: its, ...target, by, at }
      settings.putRebinding(rebinding, by)
      settings.note(by, 'queue rebind', `${recipients} to ${wordsFor(target)} of ${JSON.stringify(selection).slice(0, MOST_NOTED)}`)
      await announced()
      if (isNow) await workers.all('queue.act', { action: 'retry', selection: { ...its, state: 'waiting' }, by })
      return { rebinding, recipients }
    },
    'queue.unbind': async (values) => {
      const params = new Params(values)
      const id = params.count('id', { least: 1, most: Number.MAX_SAFE_INTEGER })
      params.done()
      const removed = settings.removeRebinding(id, by)
      if (removed) await announced()
      return { removed }
    },
  }
}

type Target = Pick<Rebinding, 'pool' | 'route'>

function targetOf(params: Params, { rules, routes }: ReturnType<OperationContext['settings']['read']>): Target {
  const pool = params.optional('pool', (given) => given.text('pool', 100)) ?? null
  const route = params.optional('route', (given) => given.text('route', 255)) ?? null
  if ((pool === null) === (route === null)) throw refused('Either pool or route must be given.')
  if (pool !== null && !Object.hasOwn(rules.document.pools, pool))
    throw refused(`There is no pool ${pool} in the rules.`, "'hms sources ls' shows the pools.")
  if (route !== null && !routes.some(({ pattern }) => pattern === route))
    throw refused(`There is no route ${route}.`, "'hms route ls' lists them; one for a name that no mail goes to serves for this alone.")
  return { pool, route }
}

function checkSelection({ ids, state, reason, address }: QueueSelection): void {
  if (state !== undefined || reason !== undefined) throw refused('What is bound elsewhere is not selected by its state or its last reply.')
  if (address !== undefined) throw refused('What is bound elsewhere is selected by recipient, not by address.')
  if ((ids?.length ?? 0) > MOST_IDS) throw refused(`At most ${MOST_IDS} messages are named for one binding.`)
}

function wordsFor({ pool, route }: Target): string {
  return pool === null ? `route ${route}` : `pool ${pool}`
}
