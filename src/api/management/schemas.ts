// JSON Schemas (2020-12) of every operation and of every call about the own access, as scripts/schemas made them of the types of the contract. Read when they are asked for: whoever
// needs them again keeps them.
import { readFileSync } from 'node:fs'
import type { PersonalName } from '../../contract/access.ts'
import type { OperationName } from '../../contract/operations.ts'

export type Schema = { readonly [keyword: string]: unknown }

export interface OperationSchema {
  /** An object; what is not named is refused. */
  readonly params: Schema
  readonly result: Schema
  readonly description?: string
}

export interface ContractSchemas {
  readonly operations: Readonly<Record<OperationName | PersonalName, OperationSchema>>
  /** Types of the contract by their names; references are `#/$defs/NAME`. */
  readonly $defs: Readonly<Record<string, Schema>>
}

export function readSchemas(): ContractSchemas {
  return JSON.parse(readFileSync(new URL('../../contract/generated/schemas.json', import.meta.url), 'utf8')) as ContractSchemas
}
