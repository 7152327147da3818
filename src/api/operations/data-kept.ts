// What the home keeps, and how long its disk lasts.
import type { OperationContext, OperationsOf } from './context.ts'
import { Params } from './params.ts'

export function dataOperations({ data }: OperationContext): OperationsOf<'disk'> {
  return {
    'disk.use': async (values) => {
      new Params(values).done()
      return data.use()
    },
  }
}
