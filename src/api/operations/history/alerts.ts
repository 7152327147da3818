// Delivery Alerts as they were told.
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params } from '../params.ts'

export function alertOperations({ alerts, by }: OperationContext): OperationsOf<'alerts'> {
  return {
    'alerts.list': async (values) => {
      const params = new Params(values)
      const limit = params.count('limit', { least: 1, most: 1000 })
      params.done()
      return alerts.list(limit)
    },
    'alerts.test': async (values) => {
      new Params(values).done()
      return alerts.test(by)
    },
  }
}
