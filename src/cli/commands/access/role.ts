// A role as a command is given it.
import { type Role, ROLES } from '../../../contract/access.ts'
import { badArgument } from '../../cli.ts'

export function role(text: string): Role {
  const found = ROLES.find((one) => one === text)
  if (found === undefined) throw badArgument(`"${text}" is none of ${ROLES.join(', ')}.`)
  return found
}
