// What is said when the thing that a command is about is not there: a script must notice a wrong name.
import { Fault } from '../base/fault.ts'

export function notFound(message: string, mend: string): Fault {
  return new Fault('not-found', message, { blame: 'caller', mend })
}
