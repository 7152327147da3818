// What the program suppressed of itself, looked at and taken back by a person.
import { Pattern } from '../../../policy/patterns/pattern-list.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { Params, refused } from '../params.ts'

const EXAMPLES = 5
const TIMES = { least: 0, most: Number.MAX_SAFE_INTEGER } as const

export function reviewOperations({
  settings,
  suppression,
  now,
  by,
}: OperationContext): Pick<OperationTable, 'suppression.undo' | 'suppression.review' | 'suppression.settle'> {
  return {
    'suppression.review': async (values) => {
      new Params(values).done()
      return suppression.review()
    },
    'suppression.settle': async (values) => {
      const params = new Params(values)
      const site = params.text('site', 300)
      const accept = params.flag('accept')
      params.done()
      const entries = await suppression.settle(site, accept, now())
      if (entries !== null) settings.note(by, accept ? 'suppressions accepted' : 'suppressions discarded', `${entries} from ${site}`)
      return { entries }
    },
    'suppression.undo': async (values) => {
      const params = new Params(values)
      const site = params.text('site', 300)
      const [since, until] = [params.count('since', TIMES), params.count('until', TIMES)]
      const pattern = params.optional('reply', () => patternOf(params.text('reply', 1000))) ?? null
      const dryRun = params.flag('dryRun')
      params.done()
      if (since > until) throw refused('The beginning of the time is after its end.')
      const ids: number[] = []
      const examples: { target: string; reply: string }[] = []
      for await (const slice of suppression.additions({ site, since, until }))
        for (const { id, target, reply } of slice) {
          if (pattern !== null && !pattern.matches(reply.toLowerCase())) continue
          ids.push(id)
          if (examples.length < EXAMPLES) examples.push({ target, reply })
        }
      if (dryRun) return { found: ids.length, undone: 0, examples }
      const undone = await suppression.undo(ids)
      if (ids.length > 0) settings.note(by, 'suppressions undone', `${undone} from ${site}`)
      return { found: ids.length, undone, examples }
    },
  }
}

function patternOf(text: string): Pattern {
  const pattern = Pattern.read(text)
  if ('problem' in pattern) throw refused(`The pattern ${pattern.problem}.`)
  return pattern
}
