// Why a message waits, in the words of the server.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Card, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { ago, number, timeShort } from '../../texts/format.ts'
import { messages } from '../../texts/messages.ts'

const words = messages.one

export function WhyItWaits({ id }: { readonly id: string }): ReactNode {
  const may = useMay()
  const why = useQuery({
    queryKey: ['why', id],
    queryFn: ({ signal }) => api.queue.why({ message: id }, { signal }),
    enabled: may('queue.why'),
    refetchInterval: 10_000,
  })
  if (!may('queue.why')) return null
  const recipients = why.data?.messages.flatMap((message) => message.recipients) ?? []
  if (why.data !== undefined && recipients.length === 0) return null
  return (
    <Card title={words.why} flush>
      {why.isPending && <Waiting />}
      {why.error !== null && <ProblemNotice error={why.error} again={() => void why.refetch()} />}
      <ul className="hms-list">
        {recipients.map(({ address, domain, hold, ahead, expected }) => (
          <li key={address}>
            <div className="hms-spread">
              <strong className="hms-break">{address}</strong>
              {may('queue.sitesTop') && (
                <Link to="/destination" search={{ domain }} className="hms-small">
                  {words.destination(domain)}
                </Link>
              )}
            </div>
            <p>{hold.reason}</p>
            <p className="hms-muted hms-small">
              {[
                hold.by === undefined ? '' : words.by(hold.by),
                hold.until === null ? '' : words.until(timeShort(hold.until)),
                ahead === null ? '' : words.whyAhead(number(ahead)),
                expected === null ? '' : words.whyExpected(ago(expected)),
              ]
                .filter((part) => part !== '')
                .join(' · ')}
            </p>
          </li>
        ))}
      </ul>
    </Card>
  )
}
