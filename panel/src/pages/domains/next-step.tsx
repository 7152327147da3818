// What is to be done next at a domain, one thing at a time: prove it, give it a key, look, publish what is missing.
import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { DkimKeyView, DomainHealth, SenderDomain } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { domains } from '../../texts/domains.ts'
import { number } from '../../texts/format.ts'

const words = domains.one.next

interface NextProps {
  readonly own: SenderDomain
  readonly keys: readonly DkimKeyView[] | undefined
  readonly health: DomainHealth | null
  readonly check: () => void
}

export function NextStep({ own, keys, health, check }: NextProps): ReactNode {
  const may = useMay()
  if (own.verifiedAt === null) return <Prove own={own} />
  if (keys?.length === 0)
    return (
      <Notice tone="warn" title={words.key}>
        {words.keyWhat}
      </Notice>
    )
  if (health === null)
    return (
      <Notice
        tone="info"
        title={words.check}
        actions={
          may('domains.check') && (
            <Button size="xs" variant="default" onClick={check}>
              {domains.one.check}
            </Button>
          )
        }
      >
        {words.checkWhat}
      </Notice>
    )
  const open = health.findings.filter(({ state }) => state === 'wrong' || state === 'missing').length
  if (open === 0) return <Notice tone="ok" title={words.well} />
  return (
    <Notice tone="warn" title={words.publish(number(open))}>
      {words.publishWhat}
    </Notice>
  )
}

function Prove({ own: { domain } }: Pick<NextProps, 'own'>): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const looking = useMutation({
    mutationFn: () => api.domains.verify(domain),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['domains'] }),
  })
  return (
    <>
      <Notice
        tone="warn"
        title={words.prove}
        actions={
          may('domains.verify') && (
            <Button size="xs" loading={looking.isPending} onClick={() => looking.mutate()}>
              {words.look}
            </Button>
          )
        }
      >
        {words.proveWhat(`_hms.${domain}`)}
      </Notice>
      {looking.data?.verified === false && (
        <div role="status">
          <Notice tone="info" title={words.notFound}>
            {looking.data.found.length > 0 && <code className="hms-break">{looking.data.found.join(' ')}</code>}
          </Notice>
        </div>
      )}
      {looking.error !== null && <ProblemNotice error={looking.error} />}
    </>
  )
}
