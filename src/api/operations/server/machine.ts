// How busy the machine and the processes are: of this process, and of the workers as they say it.
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params } from '../params.ts'

const MOST_SITES = 100

export function machineOperations({ machine, workers, now }: OperationContext): OperationsOf<'machine'> {
  return {
    'machine.show': async (values) => {
      new Params(values).done()
      const [uses, facts] = await Promise.all([workers.some('machine.use', {}), workers.some('alarms.facts', {})])
      const all = uses.answers.flatMap((use) => {
        const its = facts.answers.find(({ slot }) => slot === use.slot)
        return its === undefined ? [] : [{ ...use, spoolMemory: its.memory, commitTime: its.commitTime }]
      })
      const oldest = new Map<string, number>()
      for (const { site, due } of facts.answers.flatMap((one) => one.oldest)) oldest.set(site, Math.min(due, oldest.get(site) ?? due))
      return {
        at: now(),
        ...machine(),
        workers: all.toSorted((a, b) => a.slot - b.slot),
        missing: [...new Set([...uses.missing, ...facts.missing])].toSorted((a, b) => a - b),
        oldest: [...oldest]
          .map(([site, due]) => ({ site, due }))
          .toSorted((a, b) => a.due - b.due)
          .slice(0, MOST_SITES),
      }
    },
  }
}
