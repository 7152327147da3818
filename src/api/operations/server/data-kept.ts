// What the home keeps, how long its disk lasts, and people who are erased from it.
import { parseMailbox } from '../../../smtp/address.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

export function dataOperations({ data, settings, by }: OperationContext): OperationsOf<'disk'> & OperationsOf<'erase'> {
  return {
    'disk.use': async (values) => {
      new Params(values).done()
      return data.use()
    },
    'erase.start': async (values) => {
      const params = new Params(values)
      const text = params.text('address', 320)
      const mailbox = text.isWellFormed() ? parseMailbox(text, true) : 'it is no text'
      const [dryRun, cancel] = [params.flag('dryRun'), params.flag('cancel')]
      const suppress = params.optional('suppress', () => params.flag('suppress')) ?? true
      params.done()
      if (typeof mailbox === 'string') throw refused(`That is no address: ${mailbox}.`, 'Write it as ann@example.com.')
      const erasure = await data.erase({ address: mailbox.address, by, dryRun, cancel, suppress })
      // Who was erased is not noted: it would name him for as long as the audit is kept.
      if (!dryRun) settings.note(by, 'person erased', `erasure ${erasure.id}`)
      return erasure
    },
    'erase.list': async (values) => {
      new Params(values).done()
      return data.erasures()
    },
    'erase.show': async (values) => {
      const params = new Params(values)
      const id = params.count('id', { least: 1, most: Number.MAX_SAFE_INTEGER })
      params.done()
      const found = data.erasures().find((one) => one.id === id)
      if (found === undefined) throw refused(`There is no erasure ${id}.`, "'hms erase ls' lists them.")
      return found
    },
  }
}
