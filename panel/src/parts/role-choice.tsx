// A role out of those that may be given, with what it may in words.
import { Select } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Role } from '../../../src/contract/access.ts'
import { shell } from '../texts/shell.ts'
import { users } from '../texts/users.ts'

interface RoleProps {
  readonly label: string
  readonly roles: readonly Role[]
  readonly role: Role
  readonly set: (role: Role) => void
}

export function RoleChoice({ label, roles, role, set }: RoleProps): ReactNode {
  return (
    <Select
      label={label}
      description={users.roles[role]}
      allowDeselect={false}
      value={role}
      data={roles.map((value) => ({ value, label: shell.roles[value] }))}
      onChange={(value) => set((value ?? role) as Role)}
    />
  )
}
