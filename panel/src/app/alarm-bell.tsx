// How many things are wrong, and which, wherever one is in the panel.
import { ActionIcon, Indicator, Popover } from '@mantine/core'
import { useRouterState } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { ButtonLink } from '../parts/button-link.tsx'
import { Icon } from '../parts/icons.tsx'
import { number } from '../texts/format.ts'
import { shell } from '../texts/shell.ts'
import { AlarmList } from './alarm-list.tsx'
import { useLiveStatus } from './live.ts'
import { countTroubles, loudAlarms } from './notices.ts'
import { useMay } from './session.ts'

export function AlarmBell(): ReactNode {
  const { value } = useLiveStatus()
  const may = useMay()
  const path = useRouterState({ select: (state) => state.location.href })
  // Whoever goes on by one of its links has read it.
  const [openedAt, setOpenedAt] = useState<string | null>(null)
  const opened = openedAt === path
  const set = (isOpen: boolean): void => setOpenedAt(isOpen ? path : null)
  const count = value === null ? 0 : countTroubles(value)
  const isGrave = value !== null && loudAlarms(value).some(({ severity }) => severity === 'critical')
  return (
    <Popover opened={opened} onChange={set} position="bottom-end" width="min(26rem, 94vw)" shadow="md" trapFocus returnFocus>
      <Indicator disabled={count === 0} label={number(count)} size={16} color={isGrave ? 'red.9' : 'orange.9'} offset={5}>
        <Popover.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={shell.alarms.open(number(count))} onClick={() => set(!opened)}>
            <Icon name="bell" />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown aria-label={shell.alarms.title}>
        <div className="hms-stack">
          <h2>{shell.alarms.title}</h2>
          {value !== null && <AlarmList status={value} />}
          {may('alarms.list') && (
            <ButtonLink to="/alarms" variant="default" size="xs">
              {shell.alarms.all}
            </ButtonLink>
          )}
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
