// Support bundles: made in the background, read in pieces, removed.
import { Fault } from '../../../base/fault.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

export function supportOperations({ lifecycle, by }: OperationContext): OperationsOf<'support'> {
  const { bundles } = lifecycle
  return {
    'support.list': async (values) => {
      new Params(values).done()
      return bundles.list()
    },
    'support.make': async (values) => {
      new Params(values).done()
      const under = lifecycle.runs().find(({ kind, ended }) => kind === 'support-bundle' && ended === null)
      if (under !== undefined)
        throw new Fault('run-under-way', `Such a one is under way already: ${under.id}, begun by ${under.by}.`, {
          blame: 'caller',
          temporary: true,
          mend: `GET /lifecycle/runs/${under.id} tells when it is there.`,
        })
      const { id, file } = await bundles.place()
      return lifecycle.start({ kind: 'support-bundle', subject: id, by, words: ['support-bundle', '--to', file, '--yes'] })
    },
    'support.read': async (values) => {
      const params = new Params(values)
      const id = idIn(params)
      const from = params.optional('from', () => params.count('from', { least: 0, most: Number.MAX_SAFE_INTEGER })) ?? 0
      params.done()
      return bundles.read(id, from)
    },
    'support.remove': async (values) => {
      const params = new Params(values)
      const id = idIn(params)
      params.done()
      return { removed: bundles.remove(id) }
    },
  }
}

function idIn(params: Params): string {
  const id = params.text('id', 16)
  if (/^\d{8}T\d{6}Z$/.test(id)) return id
  throw refused('id is none of a support bundle.', 'GET /support lists them.')
}
