// What ends the reading of a call or of a message; caught where it is answered.
import type { Problem } from '../../contract/injection.ts'

export class Refused extends Error {
  override readonly name = 'Refused'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

export function refuse(code: Problem['code'], message: string, field?: string): never {
  throw new Refused({ code, message, ...(field !== undefined && { field }) })
}

/** A field that cannot be sent as it is, to be thrown. */
export function unfit(message: string, field: string, code: Problem['code'] = 'invalid-field'): Refused {
  return new Refused({ code, message, field })
}
