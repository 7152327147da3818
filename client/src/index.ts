// Client of the management API of Hurricane MTA Server. `new HmsClient({ url, key })` has a method for every call, grouped as the reference is.
export type { Download } from './download.ts'
export type { StreamEvent } from './events.ts'
export { HmsClient } from './generated/calls.ts'
export type * from './generated/types.ts'
export { NoAnswer, Problem } from './problem.ts'
export type { CallOptions, ClientOptions, DownloadOptions, Page, StreamOptions, TextPage } from './transport.ts'
