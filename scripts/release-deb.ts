// hms_VERSION_ARCH.deb (deb(5)): the release as it is, and the scripts that install it as `./install` does. dpkg owns only the release
// file and the documents: the versions under /opt/hms belong to hms, so that the one before stays for a downgrade.
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { type ReleaseOrder, TIME } from './release-content.ts'

interface DebFile {
  readonly path: string
  readonly octets: Buffer
  readonly mode?: number
}

const root = join(import.meta.dirname, '..')
const ARCHITECTURE = { x64: 'amd64', arm64: 'arm64' } as const
/** An unpacked release beside its archive, in KiB: what dpkg shows as the size. */
const UNPACKED_FACTOR = 4

/** Makes the package beside the release and returns its path. */
export async function writeDebianPackage(release: string, { arch, version, out }: ReleaseOrder): Promise<string> {
  const octets = readFileSync(release)
  const data: DebFile[] = [
    { path: `usr/lib/hms/${basename(release)}`, octets },
    { path: 'usr/share/doc/hms/copyright', octets: readFileSync(join(root, 'LICENSE')) },
    { path: 'usr/share/doc/hms/changelog.gz', octets: gzipSync(readFileSync(join(root, 'CHANGELOG.md'))) },
  ]
  const size = Math.ceil((octets.length * UNPACKED_FACTOR) / 1024)
  const control: DebFile[] = [
    { path: 'control', octets: Buffer.from(controlFile(debianVersion(version), ARCHITECTURE[arch], size)) },
    { path: 'md5sums', octets: Buffer.from(data.map((file) => `${md5(file.octets)}  ${file.path}\n`).join('')) },
    ...['postinst', 'prerm', 'postrm'].map((path) => ({
      path,
      octets: Buffer.from(
        readFileSync(join(root, 'packaging/debian', path), 'utf8').replaceAll('@RELEASE@', `/usr/lib/hms/${basename(release)}`),
      ),
      mode: 0o755,
    })),
  ]
  const file = join(out, `hms_${debianVersion(version)}_${ARCHITECTURE[arch]}.deb`)
  const members: [string, Buffer][] = [
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzipSync(await tarOf(control))],
    // Not compressed again: nearly all of it is.
    ['data.tar', await tarOf(data)],
  ]
  writeFileSync(`${file}.new`, Buffer.concat([Buffer.from('!<arch>\n'), ...members.flatMap(([name, content]) => arMember(name, content))]))
  renameSync(`${file}.new`, file)
  return file
}

/** A pre-release sorts before its release: `1.0.0-rc.1` is `1.0.0~rc.1`. */
function debianVersion(version: string): string {
  return version.replace('-', '~')
}

function controlFile(version: string, architecture: string, size: number): string {
  return `Package: hms
Version: ${version}
Architecture: ${architecture}
Maintainer: Hurricane MTA Server <postmaster@localhost>
Installed-Size: ${size}
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1, passwd, tar, gzip
Recommends: systemd, ca-certificates
Section: mail
Priority: optional
Description: mail transfer agent for people who send a lot of mail
 Hurricane MTA Server takes mail over SMTP, keeps it safely on disk, delivers
 it at the pace that receiving servers accept, and tells what became of each
 recipient. It has its own runtime and needs no database server.
`
}

function md5(octets: Buffer): string {
  return createHash('md5').update(octets).digest('hex')
}

/** With every folder that the files are in, as dpkg wants it. */
async function tarOf(files: readonly DebFile[]): Promise<Buffer> {
  const tar = pack()
  const common = { mtime: TIME, uname: 'root', gname: 'root' }
  const folders = new Set(files.flatMap(({ path }) => path.split('/').map((_, i, parts) => parts.slice(0, i).join('/'))))
  for (const folder of [...folders].sort())
    tar.entry({ ...common, name: folder === '' ? './' : `./${folder}/`, type: 'directory', mode: 0o755 })
  for (const { path, octets, mode = 0o644 } of files) tar.entry({ ...common, name: `./${path}`, mode }, octets)
  tar.finalize()
  return buffer(tar)
}

/** ar(5): a header of sixty columns, the content, and a line feed where its length is odd. */
function arMember(name: string, content: Buffer): Buffer[] {
  const columns = [
    name.padEnd(16),
    String(TIME.getTime() / 1000).padEnd(12),
    '0'.padEnd(6),
    '0'.padEnd(6),
    '100644'.padEnd(8),
    String(content.length).padEnd(10),
  ]
  return [Buffer.from(`${columns.join('')}\`\n`), content, Buffer.from(content.length % 2 === 0 ? '' : '\n')]
}
