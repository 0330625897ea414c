/** Debian packages of another architecture, from wherever this machine's own packages come from: nothing is installed. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const run = (program: string, args: readonly string[], cwd?: string): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28, ...(cwd === undefined ? {} : { cwd }) });

/** Where this machine's release of Debian comes from, and its name. */
function ownSource(): { readonly mirror: string; readonly codename: string } {
  const codename = run('sh', ['-c', '. /etc/os-release && echo "$VERSION_CODENAME"']).trim();
  const targets = run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages']).split('\n');
  const mirror = targets.map((line) => line.split(' ')).find(([, name]) => name === codename)?.[0];
  if (mirror === undefined) throw new Error(`apt knows no source of ${codename}`);
  return { mirror, codename };
}

/** apt with lists and archives of its own in one folder, for one architecture. */
export class PackageSource {
  readonly #folder: string;
  readonly #options: readonly string[];

  constructor(folder: string, architecture: string, suffix: string) {
    this.#folder = folder;
    for (const name of ['lists/partial', 'archives/partial', 'debs']) mkdirSync(join(folder, name), { recursive: true });
    const { mirror, codename } = ownSource();
    writeFileSync(join(folder, 'sources.list'), `deb [arch=${architecture}] ${mirror} ${codename}${suffix} main\n`);
    writeFileSync(join(folder, 'status'), '');
    const set = {
      'APT::Architecture': architecture, 'APT::Architectures::': architecture, 'APT::Sandbox::User': 'root',
      'Dir::State': folder, 'Dir::State::lists': join(folder, 'lists'), 'Dir::State::status': join(folder, 'status'),
      'Dir::Cache': folder, 'Dir::Etc::sourcelist': join(folder, 'sources.list'), 'Dir::Etc::sourceparts': '-',
    };
    this.#options = Object.entries(set).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  }

  update(): void {
    run('apt-get', [...this.#options, 'update', '-qq']);
  }

  /** The package that a package of no content leads to. */
  dependency(name: string): string {
    const found = /^\s*Depends: (\S+)$/m.exec(run('apt-cache', [...this.#options, 'depends', name]));
    if (found === null) throw new Error(`${name} depends on nothing`);
    return found[1]!;
  }

  /** Downloads a package, if it is not there yet; its path. */
  fetch(name: string): string {
    const folder = join(this.#folder, 'debs');
    const there = (): string | undefined => readdirSync(folder).find((file) => file.startsWith(`${name}_`));
    if (there() === undefined) run('apt-get', [...this.#options, 'download', '-qq', name], folder);
    return join(folder, there()!);
  }
}

/** Its files, into a folder that is made once. */
export function unpack(deb: string, into: string): string {
  if (!existsSync(into)) run('dpkg-deb', ['-x', deb, into]);
  return into;
}
