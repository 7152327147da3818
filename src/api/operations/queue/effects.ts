// What effects hold back: one list for all workers, of which each may be a moment behind.
import type { BlockEffect } from '../../../contract/blocks.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params } from '../params.ts'

const LONGEST = 7 * 86_400_000

export function effectOperations({ workers, now, by }: OperationContext): OperationsOf<'effects'> {
  const change = async (id: string, until: number | null): Promise<{ found: boolean }> => {
    const answers = await workers.all('effects.change', { id, until, by })
    return { found: answers.some(({ found }) => found) }
  }
  return {
    'effects.list': async (values) => {
      new Params(values).done()
      const merged = new Map<string, BlockEffect>()
      for (const effect of (await workers.all('effects.list', {})).flat()) {
        // One that leaves may be of a release that names places otherwise; what it knows is known to the others.
        if (typeof effect.place !== 'object') continue
        const known = merged.get(effect.id)
        if (known === undefined || effect.until > known.until)
          merged.set(effect.id, { ...effect, since: Math.min(effect.since, known?.since ?? Infinity) })
      }
      return [...merged.values()].toSorted((a, b) => a.since - b.since)
    },
    'effects.end': async (values) => {
      const params = new Params(values)
      const id = params.text('id', 20)
      params.done()
      return change(id, null)
    },
    'effects.extend': async (values) => {
      const params = new Params(values)
      const id = params.text('id', 20)
      const span = params.count('for', { least: 1000, most: LONGEST })
      params.done()
      return change(id, now() + span)
    },
  }
}
