// What the command palette finds: pages, actions, accounts, domains, and whatever looks like an address or the id of a message, by a few letters.
import { useMantineColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react'
import { Icon, type IconName } from '../parts/icons.tsx'
import { palette as words } from '../texts/palette.ts'
import { shell } from '../texts/shell.ts'
import { api } from './api.ts'
import { entriesFor } from './navigation.ts'
import { PAGE_WORDS } from './page-words.ts'
import { useLogout } from './person-menu.tsx'
import { useMay } from './session.ts'
import './palette.css'

const MOST_SHOWN = 30
const MESSAGE_ID = /^[0-9a-hjkmnp-tv-z]{16}$/

interface Found {
  readonly id: string
  readonly group: keyof typeof words.groups
  readonly title: string
  readonly note?: string
  readonly icon: IconName
  readonly also?: string
  readonly run: () => void
}

interface SearchProps {
  readonly close: () => void
  readonly openKeys: () => void
}

export function PaletteSearch({ close, openKeys }: SearchProps): ReactNode {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const list = useId()
  const found = useFound(text.trim(), openKeys)
  const at = Math.min(chosen, found.length - 1)
  const run = (one: Found | undefined): void => {
    if (one === undefined) return
    close()
    one.run()
  }
  const key = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setChosen((at + step + found.length) % Math.max(1, found.length))
    }
    if (event.key === 'Enter') run(found[at])
  }
  return (
    <div>
      <div className="hms-palette-input">
        <Icon name="search" />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={found[at] === undefined ? undefined : `${list}-${at}`}
          aria-label={words.title}
          placeholder={words.placeholder}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setChosen(0)
          }}
          onKeyDown={key}
        />
      </div>
      <ul className="hms-palette-list" role="listbox" id={list} aria-label={words.title}>
        {found.map((one, n) => (
          <li
            key={one.id}
            id={`${list}-${n}`}
            role="option"
            aria-selected={n === at}
            ref={(row) => {
              if (n === at) row?.scrollIntoView({ block: 'nearest' })
            }}
            onPointerMove={() => setChosen(n)}
            onClick={() => run(one)}
          >
            <Icon name={one.icon} size={18} />
            <span>{one.title}</span>
            <small>{one.note ?? words.groups[one.group]}</small>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="hms-palette-none hms-muted">{words.nothing}</p>}
      <p className="hms-palette-hint hms-muted">{words.hint}</p>
    </div>
  )
}

function useFound(text: string, openKeys: () => void): readonly Found[] {
  const may = useMay()
  const navigate = useNavigate()
  const pages = entriesFor(may).map(({ to, title, icon }): Found => ({
    id: to,
    group: 'page',
    title,
    icon,
    also: PAGE_WORDS[to] ?? '',
    run: () => void navigate({ to }),
  }))
  const all = [...pages, ...useActions(openKeys), ...useThings(text !== '')]
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = ({ title, also = '', note = '' }: Found): boolean => {
    const all = `${title} ${also} ${note}`.toLowerCase()
    return parts.every((part) => all.includes(part))
  }
  return [...useSearches(text), ...all.filter(fits)].slice(0, MOST_SHOWN)
}

function useActions(openKeys: () => void): readonly Found[] {
  const { setColorScheme } = useMantineColorScheme()
  const logout = useLogout()
  const menu = shell.menu
  return [
    { id: 'light', group: 'action', title: `${menu.theme}: ${menu.light}`, icon: 'sun', run: () => setColorScheme('light') },
    { id: 'dark', group: 'action', title: `${menu.theme}: ${menu.dark}`, icon: 'moon', run: () => setColorScheme('dark') },
    { id: 'auto', group: 'action', title: `${menu.theme}: ${menu.system}`, icon: 'server', run: () => setColorScheme('auto') },
    { id: 'keys', group: 'action', title: menu.keys, icon: 'keyboard', run: openKeys },
    { id: 'logout', group: 'action', title: menu.logout, icon: 'out', run: () => void logout() },
  ]
}

/** Accounts and domains, once somebody types. */
function useThings(isAsked: boolean): readonly Found[] {
  const may = useMay()
  const navigate = useNavigate()
  const options = { staleTime: 30_000 }
  const accounts = useQuery({
    ...options,
    queryKey: ['palette', 'accounts'],
    queryFn: ({ signal }) => api.accounts.list({ limit: 1000 }, { signal }),
    enabled: isAsked && may('accounts.list'),
  })
  const domains = useQuery({
    ...options,
    queryKey: ['palette', 'domains'],
    queryFn: ({ signal }) => api.domains.list({ limit: 1000 }, { signal }),
    enabled: isAsked && may('domains.list'),
  })
  return [
    ...(accounts.data?.data ?? []).map(({ id, name }): Found => ({
      id: `account ${id}`,
      group: 'account',
      title: name,
      note: shell.account(id),
      icon: 'user',
      run: () => void navigate({ to: '/messages', search: { account: id } }),
    })),
    ...(domains.data?.data ?? []).map(({ domain }): Found => ({
      id: `domain ${domain}`,
      group: 'domain',
      title: domain,
      icon: 'domain',
      run: () => void navigate({ to: '/setup', search: { domain } }),
    })),
  ]
}

function useSearches(text: string): readonly Found[] {
  const navigate = useNavigate()
  const id = text.toLowerCase()
  if (MESSAGE_ID.test(id))
    return [
      {
        id: 'message',
        group: 'search',
        title: words.message(id),
        icon: 'messages',
        run: () => void navigate({ to: '/messages/$id', params: { id } }),
      },
    ]
  if (!/^\S+@\S+\.\S+$/.test(text)) return []
  const run = (): void => void navigate({ to: '/messages', search: { recipient: text } })
  return [{ id: 'mail', group: 'search', title: words.mailTo(text), icon: 'search', run }]
}
