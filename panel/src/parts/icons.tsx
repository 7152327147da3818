// The panel's own icons: 20 by 20, lines of 1.6, in the colour of the text. They stand beside words and say nothing themselves.
import type { ReactNode } from 'react'

const PATHS = {
  overview: 'M3 10.5 10 4l7 6.5M5 9v7h4v-4h2v4h4V9',
  messages: 'M3 5.5h14v9.5H3zM3.5 6l6.5 5 6.5-5',
  destinations: 'M10 17c3-3.6 5-6.2 5-8.7a5 5 0 0 0-10 0c0 2.5 2 5.1 5 8.7zM10 10a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z',
  setup: 'M4 6h7M14.5 6H16M4 14h1.5M9 14h7M11 4.3v3.4h3.5V4.3zM5.5 12.3v3.4H9v-3.4z',
  settings: 'M3 6h8.5M15 6h2M13.2 4.2v3.6M3 14h2M8.5 14H17M6.8 12.2v3.6M3 10h5M11.5 10H17M9.8 8.2v3.6',
  up: 'M10 16.5V5M5.5 9.5 10 5l4.5 4.5M4 3h12',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4',
  menu: 'M3.5 6h13M3.5 10h13M3.5 14h13',
  bell: 'M5 13.5V9a5 5 0 0 1 10 0v4.5l1.5 1.5h-13zM8.3 17h3.4',
  user: 'M10 10a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 10 10zM3.8 17c.6-3 3-4.6 6.2-4.6s5.6 1.6 6.2 4.6',
  copy: 'M7.5 7.5h8.5v8.5H7.5zM4.5 12.5h-.5v-8.5h8.5v.5',
  check: 'M4 10.5 8.2 14.5 16 6',
  warn: 'M10 3.5 17.5 16.5h-15zM10 8.5v3.5M10 14.2v.1',
  cross: 'M5 5l10 10M15 5 5 15',
  info: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9.3v4M10 6.6v.1',
  chevron: 'M7.5 5l5 5-5 5',
  down: 'M5 7.5l5 5 5-5',
  columns: 'M3.5 4.5h13v11h-13zM8 4.5v11M12.2 4.5v11',
  terminal: 'M3 4.5h14v11H3zM6 8l2.3 2L6 12M10.2 12.2h3.8',
  sun: 'M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1',
  moon: 'M15.8 11.8A6.3 6.3 0 0 1 8.2 4.2a6.3 6.3 0 1 0 7.6 7.6z',
  table: 'M3.5 4.5h13v11h-13zM3.5 8h13M3.5 11.8h13M8 8v7.5',
  chart: 'M3.5 3.5v13h13M6.5 12.5 9.5 9l2.5 2 4-5',
  live: 'M10 11.2a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4zM6.5 13.5a5 5 0 0 1 0-7M13.5 6.5a5 5 0 0 1 0 7M4 16a8.5 8.5 0 0 1 0-12M16 4a8.5 8.5 0 0 1 0 12',
  key: 'M12.5 11.5a3.7 3.7 0 1 0-3.5-2.5L3.5 14.5v2h2.5v-1.7h1.7v-1.7h1.5l.9-.9',
  out: 'M8 4H4v12h4M9 10h7.5M13.5 7l3 3-3 3',
  keyboard: 'M2.5 5.5h15v9h-15zM5.5 8.5h.1M8.5 8.5h.1M11.5 8.5h.1M14.5 8.5h.1M6.5 11.7h7',
  server: 'M3.5 4h13v5h-13zM3.5 11h13v5h-13zM6.3 6.5h.1M6.3 13.5h.1',
  domain: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM3.2 10h13.6M10 3c2.3 2 2.8 4.5 2.8 7S12.3 15 10 17C7.7 15 7.2 12.5 7.2 10S7.7 5 10 3z',
  send: 'M17 3 8.5 11.5M17 3l-5.5 14-3-5.5L3 8.5z',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6.2V10l2.6 1.7',
  filter: 'M3.5 5h13M6 10h8M8.5 15h3',
  star: 'M10 3.2l2.1 4.3 4.7.7-3.4 3.3.8 4.7-4.2-2.2-4.2 2.2.8-4.7-3.4-3.3 4.7-.7z',
  download: 'M10 3.5v9M6.5 9.5l3.5 3.5 3.5-3.5M4 16.5h12',
  block: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM5.2 5.2l9.6 9.6',
  back: 'M8 6 4 10l4 4M4.5 10H12a4 4 0 0 1 4 4v2',
  template: 'M4 3.5h12v13H4zM7 7h6M7 10h6M7 13h3.5',
  job: 'M3.5 5.5h9v7h-9zM5.5 12.5v2.5h11V8h-4M5.5 8h5M5.5 10h3',
  shield: 'M10 3l6 2.2v4.3c0 3.6-2.4 6.2-6 7.5-3.6-1.3-6-3.9-6-7.5V5.2zM7.3 10l2 2 3.5-3.7',
  people:
    'M7.5 9.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.5 16c.5-2.6 2.4-4 5-4s4.5 1.4 5 4M13 9.3a2.3 2.3 0 1 0-.6-4.5M14.2 11.9c1.8.4 2.9 1.7 3.3 3.6',
  plug: 'M7 3v4M13 3v4M5 7h10v3a5 5 0 0 1-10 0zM10 15v2.5',
  external: 'M8 5H4v11h11v-4M11 4h5v5M16 4l-7 7',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }): ReactNode {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}

/** The eye of the storm. */
export function Logo({ size = 26 }: { readonly size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#0f6b77" />
      <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round">
        <path d="M16 7.5a8.5 8.5 0 0 1 8.5 8.5M16 24.5A8.5 8.5 0 0 1 7.5 16M11.7 16a4.3 4.3 0 0 1 4.3-4.3M20.3 16a4.3 4.3 0 0 1-4.3 4.3" />
      </g>
      <circle cx="16" cy="16" r="1.7" fill="#fff" />
    </svg>
  )
}
