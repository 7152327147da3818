// The list of pages in their groups. Where the window is too low for all of it, groups but the first fold, one of them open at a time: the one of
// the page that is shown, or the one that somebody opens.
import { useMediaQuery } from '@mantine/hooks'
import { Link, useRouterState } from '@tanstack/react-router'
import { type ReactNode, useId, useState } from 'react'
import { Icon } from '../parts/icons.tsx'
import { shell } from '../texts/shell.ts'
import { useLiveStatus } from './live.ts'
import { entriesFor, type NavigationEntry } from './navigation.ts'
import { useMay } from './session.ts'

type GroupName = NavigationEntry['group']

interface Group {
  readonly name: GroupName
  readonly entries: readonly NavigationEntry[]
}

/** In rem, as styles/shell.css has them: the head and what stands at the foot, the title of a group, a page. */
const HEIGHTS = { ends: 7.25, title: 2, page: 1.75 } as const

function groupsOf(entries: readonly NavigationEntry[]): readonly Group[] {
  const names = Object.keys(shell.groups) as GroupName[]
  return names.map((name) => ({ name, entries: entries.filter(({ group }) => group === name) })).filter((group) => group.entries.length > 0)
}

/** The group of the page that is shown; undefined: it is in none. */
function groupAt(path: string, entries: readonly NavigationEntry[]): GroupName | undefined {
  return entries.find(({ to }) => path === to || (to !== '/' && path.startsWith(`${to}/`)))?.group
}

/** `gone`: the list lies over the page, and scrolls; called when a page was chosen. */
export function NavigationLinks({ gone }: { readonly gone?: () => void }): ReactNode {
  const may = useMay()
  const entries = entriesFor(may)
  const groups = groupsOf(entries)
  const height = HEIGHTS.ends + groups.length * HEIGHTS.title + entries.length * HEIGHTS.page
  const fits = useMediaQuery(`(min-height: ${height}rem)`, true, { getInitialValueInEffect: false })
  const here = groupAt(useRouterState({ select: ({ location }) => location.pathname }), entries)
  const [chosen, setChosen] = useState<{ readonly opened: GroupName | null; readonly at: GroupName | undefined } | null>(null)
  const [first, second] = groups
  const usual = here === undefined || here === first?.name ? second?.name : here
  const opened = chosen?.at === here && chosen !== null ? chosen.opened : usual
  return (
    <div className="hms-nav-links">
      {groups.map((group) => {
        const isFolding = !fits && gone === undefined && group !== first
        const isOpen = !isFolding || group.name === opened
        const fold = isFolding ? () => setChosen({ opened: isOpen ? null : group.name, at: here }) : null
        return <LinkGroup key={group.name} group={group} isOpen={isOpen} fold={fold} gone={gone} />
      })}
      {may('status.get') && <ServerVersion />}
    </div>
  )
}

interface GroupProps {
  readonly group: Group
  readonly isOpen: boolean
  /** Null: it never folds. */
  readonly fold: (() => void) | null
  readonly gone: (() => void) | undefined
}

function LinkGroup({ group: { name, entries }, isOpen, fold, gone }: GroupProps): ReactNode {
  const id = useId()
  const title = shell.groups[name]
  return (
    <div role="group" aria-label={title}>
      {fold === null ? (
        <div className="hms-nav-title" aria-hidden="true">
          {title}
        </div>
      ) : (
        <button type="button" className="hms-nav-title" aria-expanded={isOpen} aria-controls={id} onClick={fold}>
          {title}
          <Icon name="down" size={14} />
        </button>
      )}
      <div id={id} hidden={!isOpen}>
        {entries.map(({ to, title: page, icon }) => (
          <Link key={to} to={to} className="hms-nav-link" activeOptions={{ exact: to === '/', includeSearch: false }} onClick={gone}>
            <Icon name={icon} size={18} />
            {page}
          </Link>
        ))}
      </div>
    </div>
  )
}

function ServerVersion(): ReactNode {
  const { value } = useLiveStatus()
  return (
    <div className="hms-nav-foot">
      {value !== null && <div>{shell.version(value.version)}</div>}
      <a href="/api/reference">{shell.api}</a>
    </div>
  )
}
