// What conversions of older formats left beside what is in use: looked for, then removed.
import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Card } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { size } from '../../texts/format.ts'
import { versions } from '../../texts/versions.ts'

const words = versions.left

export function LeftOvers(): ReactNode {
  const fresh = useFresh()
  const cleaning = useMutation({ mutationFn: (dryRun: boolean) => fresh(() => api.lifecycle.cleanup({ dryRun })) })
  const { data, error } = cleaning
  return (
    <Card
      title={words.title}
      about={words.about}
      actions={
        <Button size="xs" variant="default" loading={cleaning.isPending} onClick={() => cleaning.mutate(true)}>
          {words.look}
        </Button>
      }
    >
      <div className="hms-stack-tight">
        {error !== null && <ProblemNotice error={error} />}
        {data !== undefined && data.found.length === 0 && <p>{words.none}</p>}
        {data?.done === true && <p role="status">{words.removed}</p>}
        {data !== undefined && data.found.length > 0 && (
          <ul>
            {data.found.map(({ path, size: octets, what }) => (
              <li key={path} className="hms-break">
                <code>{path}</code> <span className="hms-muted">{words.item(size(octets), what)}</span>
              </li>
            ))}
          </ul>
        )}
        {data !== undefined && !data.done && data.found.length > 0 && (
          <div>
            <Button size="xs" color="red.9" loading={cleaning.isPending} onClick={() => cleaning.mutate(false)}>
              {words.remove}
            </Button>
          </div>
        )}
        <AsCommand hms="cleanup --dry-run" call="POST /lifecycle/cleanup" body={{ dryRun: true }} />
      </div>
    </Card>
  )
}
