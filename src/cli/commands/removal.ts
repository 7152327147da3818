// What is said when the thing to remove is not there: a script that removes must notice a wrong name.
import { Fault } from '../../base/fault.ts'

export function notFound(message: string, mend: string): Fault {
  return new Fault('not-found', message, { blame: 'caller', mend })
}
