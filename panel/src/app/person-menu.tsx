// Who is logged in, how the panel looks, and the way out.
import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Icon } from '../parts/icons.tsx'
import { shell } from '../texts/shell.ts'
import { api } from './api.ts'
import { loggedOut, useMe } from './session.ts'

const words = shell.menu
const SCHEMES = [
  ['light', words.light, 'sun'],
  ['dark', words.dark, 'moon'],
  ['auto', words.system, 'server'],
] as const

/** Logs out here, and at the provider that the session began by, where it has a page for that. */
export function useLogout(): () => Promise<void> {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    const { provider } = await api.me.logout()
    loggedOut(queries)
    if (provider === null) await navigate({ to: '/login', search: {} })
    else location.assign(provider)
  }
}

export function PersonMenu({ openKeys }: { readonly openKeys: () => void }): ReactNode {
  const me = useMe()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const logout = useLogout()
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={words.open(me.name)}>
          <Icon name="user" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <strong className="hms-person">{me.name}</strong>
          <br />
          {shell.roles[me.role]}
          {me.account !== null && ` · ${shell.account(me.account)}`}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{words.theme}</Menu.Label>
        {SCHEMES.map(([scheme, title, icon]) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            leftSection={<Icon name={icon} size={16} />}
            rightSection={colorScheme === scheme && <Icon name="check" size={16} />}
            onClick={() => setColorScheme(scheme)}
          >
            {title}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="key" size={16} />} component={Link} to="/me">
          {shell.pages.me}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="keyboard" size={16} />} rightSection={<kbd>?</kbd>} onClick={openKeys}>
          {words.keys}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="out" size={16} />} onClick={() => void logout()}>
          {words.logout}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
